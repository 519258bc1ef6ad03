import { connectLedger, systemClock } from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createLease } from '../handlers/lease.ts';

const environment = readEnvironment('lease', process.env);

export const handler = createLease({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
});
