import type {
  CancellationReason,
  DeleteItemInput,
  DeleteItemOutput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  QueryOutput,
  TransactWriteItem,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import { project } from './evaluate.ts';
import { parseProjection } from './parser.ts';
import { query } from './query.ts';
import { Table } from './table.ts';
import type { TableDefinition } from './table.ts';
import { checkedItem, invalid, unsupported } from './values.ts';
import type { Item } from './values.ts';
import {
  isAllowed,
  placeholdersOf,
  readCheck,
  readDelete,
  readPut,
  readUpdate,
  targetOf,
} from './writes.ts';
import type { Write } from './writes.ts';
import { AwsError } from '../service.ts';
import type { Service } from '../service.ts';

export interface DynamoDbOptions {
  /** By name: the properties of each AWS::DynamoDB::Table or GlobalTable. */
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface DynamoDb extends Service {
  /** Copies of all items of a table, in no particular order. */
  items(tableName: string): Item[];
}

/** How long a ClientRequestToken is remembered (API reference, TransactWriteItems). */
const TOKEN_LIFETIME_MILLIS = 10 * 60_000;

/** Members that change what a request means and that are not emulated. */
const UNSUPPORTED_MEMBERS = [
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'IndexName',
  'KeyConditions',
  'QueryFilter',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'Select',
];

/**
 * DynamoDB: single items, queries of one partition, transactions. Reads without ConsistentRead may miss writes of
 * the last second; conditions, updates and transactions always see the newest item.
 */
export function createDynamoDb({ tables: definitions, clock, chance }: DynamoDbOptions): DynamoDb {
  const tables = new Map(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      new Table(name, definition, clock, chance),
    ]),
  );
  const tokens = new Map<string, { readonly content: string; readonly usedAt: Millis }>();

  const tableOf = (name = ''): Table => {
    const table = tables.get(name.replace(/^arn:.*:table\//, ''));
    if (table) return table;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table ${name}`);
  };

  const readTransactItem = (item: TransactWriteItem): Write => {
    const { Put: put, Update: update, Delete: remove, ConditionCheck: check } = item;
    const [write, ...more] = [
      put && readPut(tableOf(put.TableName), put),
      update && readUpdate(tableOf(update.TableName), update),
      remove && readDelete(tableOf(remove.TableName), remove),
      check && readCheck(tableOf(check.TableName), check),
    ].filter((one) => one !== undefined);
    if (write && more.length === 0) return write;
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  };

  return {
    name: 'DynamoDB',
    items: (tableName) => tableOf(tableName).items(),
    operations: {
      GetItem(input: GetItemInput): GetItemOutput {
        refuseUnsupported(input);
        const { Key: key = {}, ProjectionExpression: text, ConsistentRead: isConsistent } = input;
        const table = tableOf(input.TableName);
        const given = placeholdersOf(input);
        const projection = text === undefined ? undefined : parseProjection(text, given);
        given.assertAllUsed();
        const item = table.get(table.exactKey(checkedItem(key)), isConsistent ?? false);
        if (!item) return {};
        return { Item: projection ? project(item, projection) : structuredClone(item) };
      },
      PutItem(input: PutItemInput): PutItemOutput {
        refuseUnsupported(input);
        return commit(readPut(tableOf(input.TableName), input), input.ReturnValues, ['ALL_OLD']);
      },
      UpdateItem(input: UpdateItemInput): UpdateItemOutput {
        refuseUnsupported(input);
        const shown = ['ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'];
        return commit(readUpdate(tableOf(input.TableName), input), input.ReturnValues, shown);
      },
      DeleteItem(input: DeleteItemInput): DeleteItemOutput {
        refuseUnsupported(input);
        return commit(readDelete(tableOf(input.TableName), input), input.ReturnValues, ['ALL_OLD']);
      },
      Query(input: QueryInput): QueryOutput {
        refuseUnsupported(input);
        return query(tableOf(input.TableName), input);
      },
      TransactWriteItems(input: TransactWriteItemsInput): TransactWriteItemsOutput {
        refuseUnsupported(input);
        const { ClientRequestToken: token, TransactItems: items = [] } = input;
        const content = JSON.stringify(items);
        const known = token === undefined ? undefined : tokens.get(token);
        if (known && clock.now() - known.usedAt < TOKEN_LIFETIME_MILLIS) {
          if (known.content === content) return {};
          throw new AwsError('IdempotentParameterMismatchException', 'The token was used before.');
        }
        commitAll(items.map(readTransactItem));
        if (token !== undefined) tokens.set(token, { content, usedAt: clock.now() });
        return {};
      },
    },
  };
}

/** @param supported the ReturnValues that this operation knows besides NONE */
function commit(
  write: Write,
  returnValues: string | undefined = 'NONE',
  supported: readonly string[],
): { Attributes?: Item } {
  if (returnValues !== 'NONE' && !supported.includes(returnValues)) {
    throw invalid(`ReturnValues can not be ${returnValues}`);
  }
  const { table, key, touched } = write;
  const before = table.get(key, true);
  if (!isAllowed(write)) {
    const members = write.showsItemOnFailure && before ? { Item: structuredClone(before) } : {};
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
      members,
    });
  }
  const after = write.after(before);
  table.set(key, after);
  if (returnValues === 'NONE') return {};
  const shown = returnValues.endsWith('_OLD') ? before : after;
  if (!shown) return {};
  return {
    Attributes: returnValues.startsWith('ALL') ? structuredClone(shown) : project(shown, touched),
  };
}

/** All or nothing; the reasons stand in the order of the request. */
function commitAll(writes: readonly Write[]): void {
  if (writes.length === 0 || writes.length > 100)
    throw invalid('TransactItems takes 1 to 100 items');
  if (new Set(writes.map(targetOf)).size < writes.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
  const planned = writes.map((write) => plan(write));
  if (planned.some(({ reason }) => reason.Code !== 'None')) {
    const reasons = planned.map(({ reason }) => reason);
    throw new AwsError(
      'TransactionCanceledException',
      'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        `[${reasons.map(({ Code }) => Code).join(', ')}]`,
      { members: { CancellationReasons: reasons } },
    );
  }
  for (const { write, before, after } of planned) {
    if (after !== before) write.table.set(write.key, after);
  }
}

interface Planned {
  readonly write: Write;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly reason: CancellationReason;
}

function plan(write: Write): Planned {
  const before = write.table.get(write.key, true);
  const failed = (reason: CancellationReason) => ({ write, before, after: before, reason });
  if (!isAllowed(write)) {
    const shown = write.showsItemOnFailure && before ? { Item: structuredClone(before) } : {};
    const message = 'The conditional request failed';
    return failed({ Code: 'ConditionalCheckFailed', Message: message, ...shown });
  }
  try {
    return { write, before, after: write.after(before), reason: { Code: 'None' } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return failed({ Code: 'ValidationError', Message: error.message });
  }
}

function refuseUnsupported(input: object): void {
  const members = Object.entries(input)
    .filter(([, value]) => value !== undefined && value !== 'NONE')
    .map(([name]) => name);
  const refused = members.filter((name) => UNSUPPORTED_MEMBERS.includes(name));
  if (refused.length > 0) throw unsupported(refused.join(', '));
}
