import type { Put, Update as UpdateRequest } from '@aws-sdk/client-dynamodb';
import { applyUpdate, holds } from './evaluate.ts';
import { Placeholders } from './expressions.ts';
import type { Condition } from './expressions.ts';
import { parseCondition, parseUpdate } from './parser.ts';
import type { Table } from './table.ts';
import { checkedItem, invalid, itemSize } from './values.ts';
import type { Item } from './values.ts';

/** Developer Guide, "Quotas"; the size is taken from a text that is somewhat longer than the item. */
const ITEM_LIMIT_BYTES = 400 * 1_024;

/** A write that has been read and checked, but not done. */
export interface Write {
  readonly table: Table;
  readonly key: Item;
  /** The item after the write; throws ValidationException. */
  readonly after: (before: Item | undefined) => Item;
  readonly condition: Condition | undefined;
  /** ReturnValuesOnConditionCheckFailure is ALL_OLD. */
  readonly showsItemOnFailure: boolean;
}

/** The members that every conditional request shares. */
export interface Conditional {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Item> | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

/** These read a request and do nothing yet; all throw ValidationException. */
export function readPut(table: Table, { Item: item = {}, ...request }: Put): Write {
  const checked = storable(item);
  return withCondition(request, { table, key: table.keyOf(checked), after: () => checked });
}

/** An update creates the item that it does not find; see readPut. */
export function readUpdate(
  table: Table,
  { Key: key = {}, UpdateExpression: text, ...request }: Partial<UpdateRequest>,
): Write {
  const given = placeholdersOf(request);
  const update = text === undefined ? undefined : parseUpdate(text, given);
  const touched = [
    ...(update?.sets.map(({ path }) => path) ?? []),
    ...(update?.removes ?? []),
    ...(update?.adds.map(({ path }) => path) ?? []),
  ];
  const changed = touched.find(([name = '']) => table.keyNames.includes(name));
  if (changed) {
    throw invalid(`Cannot update attribute ${changed.join('.')}. It is part of the key`);
  }
  const at = readKey(table, key);
  const after = (before: Item = at.key): Item =>
    storable(update ? applyUpdate(update, before) : before);
  return withCondition(request, { ...at, after }, given);
}

/** Whether the newest item meets the condition of the write. */
export function isAllowed({ table, key, condition }: Write): boolean {
  return !condition || holds(condition, table.get(key, true) ?? {});
}

/** @throws ValidationException for an empty map or an ill-formed value */
export function placeholdersOf(request: Conditional): Placeholders {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = request;
  for (const map of [names, values]) {
    if (map && Object.keys(map).length === 0) {
      throw invalid('ExpressionAttributeNames and ExpressionAttributeValues must not be empty');
    }
  }
  return new Placeholders(names, values && checkedItem(values));
}

function storable(item: Readonly<Item>): Item {
  const checked = checkedItem(item);
  if (itemSize(checked) <= ITEM_LIMIT_BYTES) return checked;
  throw invalid('Item size has exceeded the maximum allowed size');
}

function readKey(table: Table, key: Readonly<Item>) {
  return { table, key: table.exactKey(checkedItem(key)) };
}

function withCondition(
  request: Conditional,
  write: Omit<Write, 'condition' | 'showsItemOnFailure'>,
  given = placeholdersOf(request),
): Write {
  const { ConditionExpression: text } = request;
  const condition =
    text === undefined ? undefined : parseCondition('ConditionExpression', text, given);
  given.assertAllUsed();
  const showsItemOnFailure = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return { ...write, condition, showsItemOnFailure };
}
