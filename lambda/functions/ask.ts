import { connectLedger, connectNotices, connectObserver, systemClock } from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createAsk } from '../handlers/ask.ts';

const environment = readEnvironment('ask', process.env);

export const handler = createAsk({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
  observer: connectObserver(environment),
  notices: connectNotices(environment),
});
