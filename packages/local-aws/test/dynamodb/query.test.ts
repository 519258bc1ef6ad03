import type { QueryInput, QueryOutput } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AttributeValue, Item } from '../../src/dynamodb/values.ts';
import { call } from '../../src/testing/served.ts';
import { tables, n, s, TABLE } from './tables.ts';

type Service = ReturnType<typeof tables>['service'];

function fill(service: Service, table: string, sortKeys: readonly AttributeValue[]): void {
  for (const sk of sortKeys) {
    call(service, 'PutItem', { TableName: table, Item: { pk: s('site-a'), sk } });
    call(service, 'PutItem', { TableName: table, Item: { pk: s('site-b'), sk } });
  }
}

/** All pages of a query, one after the other. */
function pages(service: Service, input: Omit<QueryInput, 'ConsistentRead'>): Item[] {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = call(service, 'Query', {
      ...input,
      ConsistentRead: true,
      ExclusiveStartKey: start,
    }) as QueryOutput;
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

const paging = fc.record({
  limit: fc.option(fc.integer({ min: 1, max: 5 })),
  isForward: fc.boolean(),
});

describe('the pages of a query', () => {
  it('hold one partition once, in the order of its numbers', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: -200, max: 200 }), { maxLength: 20 });
    fc.assert(
      fc.property(numbers, paging, (values, { limit, isForward }) => {
        const { service } = tables();
        fill(service, 'Numbered', values.map(n));
        const found = pages(service, {
          TableName: 'Numbered',
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': s('site-a') },
          ScanIndexForward: isForward,
          Limit: limit ?? undefined,
        });
        const sorted = [...values].sort((a, b) => (isForward ? a - b : b - a));
        expect(found).toEqual(sorted.map((value) => ({ pk: s('site-a'), sk: n(value) })));
      }),
      { numRuns: 60 },
    );
  });

  it('hold the strings of a range in the order of their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 });
    const texts = fc.uniqueArray(text, { maxLength: 20 });
    fc.assert(
      fc.property(texts, text, paging, (values, low, { limit, isForward }) => {
        const { service } = tables();
        fill(service, TABLE, values.map(s));
        const found = pages(service, {
          TableName: TABLE,
          KeyConditionExpression: 'pk = :pk AND sk >= :low',
          ExpressionAttributeValues: { ':pk': s('site-b'), ':low': s(low) },
          ScanIndexForward: isForward,
          Limit: limit ?? undefined,
        });
        const order = (a: string, b: string): number => Buffer.from(a).compare(Buffer.from(b));
        const sorted = values.filter((one) => order(one, low) >= 0).sort(order);
        if (!isForward) sorted.reverse();
        expect(found.map(({ sk }) => sk?.S)).toEqual(sorted);
      }),
      { numRuns: 60 },
    );
  });

  it('name a next page whenever the limit is reached, even if nothing follows', () => {
    const { service } = tables();
    fill(service, 'Numbered', [n(1), n(2)]);
    const ask = (start?: Item) =>
      call(service, 'Query', {
        TableName: 'Numbered',
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': s('site-a') },
        Limit: 2,
        ExclusiveStartKey: start,
      }) as QueryOutput;
    const first = ask();
    expect(first).toMatchObject({ Count: 2, LastEvaluatedKey: { pk: s('site-a'), sk: n(2) } });
    const next = ask(first.LastEvaluatedKey);
    expect(next).toEqual({ Items: [], Count: 0, ScannedCount: 0 });
  });

  it('end at one megabyte each', () => {
    const { service } = tables();
    for (let index = 0; index < 5; index += 1) {
      const item = { pk: s('site-a'), sk: s(`record#${index}`), evidence: s('x'.repeat(390_000)) };
      call(service, 'PutItem', { TableName: TABLE, Item: item });
    }
    const first = call(service, 'Query', {
      TableName: TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': s('site-a') },
    }) as QueryOutput;
    expect(first.Count).toBe(3);
    expect(first.LastEvaluatedKey).toEqual({ pk: s('site-a'), sk: s('record#2') });
  });
});
