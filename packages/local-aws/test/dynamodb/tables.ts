import { createDynamoDb } from '../../src/dynamodb/dynamodb.ts';
import type { AttributeValue, Item } from '../../src/dynamodb/values.ts';
import { Chance } from '../../src/chance.ts';
import { Clock } from '../../src/clock.ts';
import { START } from '../../src/testing/served.ts';

export const TABLE = 'Orders';

/** A table with a string partition key and a string sort key, and one with a numeric sort key. */
export function tables(seed = 1) {
  const clock = new Clock(START);
  const table = (sortType: string) => ({
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: sortType },
    ],
  });
  const service = createDynamoDb({
    tables: { [TABLE]: table('S'), Numbered: table('N') },
    clock,
    chance: new Chance(seed),
  });
  return { clock, service };
}

export function key(pk: string, sk = 'state'): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

export function n(value: number | string): AttributeValue {
  return { N: String(value) };
}

export function s(value: string): AttributeValue {
  return { S: value };
}
