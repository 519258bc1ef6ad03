import { createDynamoDb } from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { START } from 'local-aws/testing';

export const TABLE = 'Ledger';

/** The ledger's table in the local AWS, empty. */
export function ledger() {
  const clock = new Clock(START);
  const service = createDynamoDb({
    tables: {
      [TABLE]: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      },
    },
    clock,
    chance: new Chance(1),
  });
  return { clock, service };
}
