import { connectLedger, systemClock } from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createRecord } from '../handlers/record.ts';

const environment = readEnvironment('record', process.env);

export const handler = createRecord({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
});
