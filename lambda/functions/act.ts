import {
  connectFirewalls,
  connectLedger,
  connectObserver,
  systemClock,
} from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createAct } from '../handlers/act.ts';

const environment = readEnvironment('act', process.env);

export const handler = createAct({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
  observer: connectObserver(environment),
  firewalls: connectFirewalls(environment),
});
