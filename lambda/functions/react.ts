import {
  connectLedger,
  connectNotices,
  connectObserver,
  connectWorkflow,
  systemClock,
} from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createReact } from '../handlers/react.ts';

const environment = readEnvironment('react', process.env);

export const handler = createReact({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
  observer: connectObserver(environment),
  notices: connectNotices(environment),
  workflow: connectWorkflow(environment),
});
