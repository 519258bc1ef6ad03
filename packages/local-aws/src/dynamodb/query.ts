import type { QueryInput, QueryOutput } from '@aws-sdk/client-dynamodb';
import { holds } from './evaluate.ts';
import type { Condition, Path } from './expressions.ts';
import { parseCondition } from './parser.ts';
import type { Table } from './table.ts';
import { checkedItem, invalid, keyText } from './values.ts';
import type { AttributeValue, Item } from './values.ts';
import { placeholdersOf } from './writes.ts';

/** A Query reads at most this much before it hands out a LastEvaluatedKey (API reference, Query). */
const PAGE_LIMIT_BYTES = 1_024 * 1_024;

/**
 * One page of a partition.
 *
 * @throws ValidationException for a key condition that names no single partition
 */
export function query(table: Table, input: QueryInput): QueryOutput {
  const given = placeholdersOf(input);
  const keyCondition = parseCondition(
    'KeyConditionExpression',
    input.KeyConditionExpression ?? '',
    given,
  );
  given.assertAllUsed();

  const partition = table.partition(
    partitionOf(table, keyCondition),
    input.ConsistentRead ?? false,
  );
  const matching = partition.filter((item) => holds(keyCondition, item));
  if (input.ScanIndexForward === false) matching.reverse();
  const rest = after(table, matching, input);
  const page = rest.slice(0, pageLength(rest, input.Limit));
  const last = page.at(-1);
  const isCutShort = page.length < rest.length || page.length === input.Limit;
  return {
    Items: page.map((item) => structuredClone(item)),
    Count: page.length,
    ScannedCount: page.length,
    // Reaching the limit is enough: DynamoDB does not look whether more would follow.
    ...(last && isCutShort && { LastEvaluatedKey: table.keyOf(last) }),
  };
}

/**
 * The value that the partition key must have. The condition is `pk = :value`, alone or with one
 * condition on the sort key (Developer Guide, "Key condition expressions for the Query operation").
 */
function partitionOf(table: Table, condition: Condition): AttributeValue {
  const terms = conjuncts(condition);
  const partition = terms.flatMap((term) =>
    term.kind === 'compare' && term.comparator === '=' && isOn(term, table.partitionKey)
      ? [term.right]
      : [],
  );
  const sort = terms.filter((term) => table.sortKey !== undefined && isOn(term, table.sortKey));
  const [value] = partition;
  if (value?.kind !== 'value' || partition.length > 1 || sort.length > 1) {
    throw invalid(`Query condition missed key schema element: ${table.partitionKey}`);
  }
  if (partition.length + sort.length < terms.length)
    throw invalid('Query key condition not supported');
  return value.value;
}

function conjuncts(condition: Condition): Condition[] {
  if (condition.kind !== 'and') return [condition];
  return [...conjuncts(condition.left), ...conjuncts(condition.right)];
}

/** One of the forms that a key condition may have, on the given attribute. */
function isOn(term: Condition, name: string): boolean {
  const isName = ([first, ...deeper]: Path): boolean => first === name && deeper.length === 0;
  if (term.kind === 'begins_with') return isName(term.path);
  if (term.kind !== 'compare' || term.comparator === '<>') return false;
  return term.left.kind === 'path' && isName(term.left.path);
}

/** What stands behind ExclusiveStartKey in the direction of the query. */
function after(table: Table, items: readonly Item[], input: QueryInput): readonly Item[] {
  const { ExclusiveStartKey: start, ScanIndexForward: isForward = true } = input;
  if (!start) return items;
  const key = table.exactKey(checkedItem(start));
  return items.filter((item) => {
    const order = table.compareSortKeys(item, key);
    return isForward ? order > 0 : order < 0;
  });
}

function pageLength(items: readonly Item[], limit = items.length): number {
  if (limit < 1 && items.length > 0) throw invalid('Limit must be greater than or equal to 1');
  let bytes = 0;
  const end = items.findIndex((item) => {
    const isFull = bytes > PAGE_LIMIT_BYTES;
    bytes += keyText({ M: item }).length;
    return isFull;
  });
  return end === -1 ? limit : Math.min(limit, end);
}
