import { connectLedger, connectObserver, systemClock } from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createObserve } from '../handlers/observe.ts';

const environment = readEnvironment('observe', process.env);

export const handler = createObserve({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
  observer: connectObserver(environment),
});
