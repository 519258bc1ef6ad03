import type {
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  QueryOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import type { Chance } from '../chance.ts';
import type { Clock } from '../clock.ts';
import { query } from './query.ts';
import { Table } from './table.ts';
import type { TableDefinition } from './table.ts';
import { checkedItem, invalid, unsupported } from './values.ts';
import type { Item } from './values.ts';
import { isAllowed, readPut, readUpdate } from './writes.ts';
import type { Write } from './writes.ts';
import { AwsError } from '../service.ts';
import type { Service } from '../service.ts';

export interface DynamoDbOptions {
  /** By name: the properties of each AWS::DynamoDB::GlobalTable. */
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface DynamoDb extends Service {
  /** All items of a table, in no particular order. */
  items(tableName: string): readonly Readonly<Item>[];
}

/** Members that change what a request means and that are not emulated. */
const UNSUPPORTED_MEMBERS = [
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'FilterExpression',
  'IndexName',
  'KeyConditions',
  'ProjectionExpression',
  'QueryFilter',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'Select',
];

/**
 * DynamoDB: single items, and queries of one partition. Reads without ConsistentRead may miss writes of
 * the last second; conditions and updates always see the newest item.
 */
export function createDynamoDb({ tables: definitions, clock, chance }: DynamoDbOptions): DynamoDb {
  const tables = new Map(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      new Table(name, definition, clock, chance),
    ]),
  );

  const tableOf = (name = ''): Table => {
    const table = tables.get(name.replace(/^arn:.*:table\//, ''));
    if (table) return table;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table ${name}`);
  };

  return {
    name: 'DynamoDB',
    items: (tableName) => tableOf(tableName).items(),
    operations: {
      GetItem(input: GetItemInput): GetItemOutput {
        refuseUnsupported(input);
        const { Key: key = {}, ConsistentRead: isConsistent = false } = input;
        const table = tableOf(input.TableName);
        const item = table.get(table.exactKey(checkedItem(key)), isConsistent);
        return item ? { Item: structuredClone(item) } : {};
      },
      PutItem(input: PutItemInput): PutItemOutput {
        refuseUnsupported(input);
        return commit(readPut(tableOf(input.TableName), input), input.ReturnValues, ['ALL_OLD']);
      },
      UpdateItem(input: UpdateItemInput): UpdateItemOutput {
        refuseUnsupported(input);
        const shown = ['ALL_OLD', 'ALL_NEW'];
        return commit(readUpdate(tableOf(input.TableName), input), input.ReturnValues, shown);
      },
      Query(input: QueryInput): QueryOutput {
        refuseUnsupported(input);
        return query(tableOf(input.TableName), input);
      },
    },
  };
}

/** @param supported the ReturnValues that this operation knows here besides NONE */
function commit(
  write: Write,
  returnValues: string | undefined = 'NONE',
  supported: readonly string[],
): { Attributes?: Item } {
  if (returnValues !== 'NONE' && !supported.includes(returnValues)) {
    throw invalid(`ReturnValues can not be ${returnValues}`);
  }
  const { table, key } = write;
  const before = table.get(key, true);
  if (!isAllowed(write)) {
    const members = write.showsItemOnFailure && before ? { Item: structuredClone(before) } : {};
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
      members,
    });
  }
  const after = write.after(before);
  table.set(key, after);
  const shown = { NONE: undefined, ALL_OLD: before, ALL_NEW: after }[returnValues];
  return shown ? { Attributes: structuredClone(shown) } : {};
}

function refuseUnsupported(input: object): void {
  const members = Object.entries(input)
    .filter(([, value]) => value !== undefined && value !== 'NONE')
    .map(([name]) => name);
  const refused = members.filter((name) => UNSUPPORTED_MEMBERS.includes(name));
  if (refused.length > 0) throw unsupported(refused.join(', '));
}
