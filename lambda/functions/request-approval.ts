import { connectLedger, connectNotices, connectObserver, systemClock } from '../aws/connections.ts';
import { readEnvironment } from '../aws/environment.ts';
import { readPairs } from '../aws/pairs.ts';
import { createRequestApproval } from '../handlers/request-approval.ts';

const environment = readEnvironment('request-approval', process.env);

export const handler = createRequestApproval({
  pairs: readPairs(new URL('./settings.json', import.meta.url)),
  clock: systemClock,
  ledger: connectLedger(environment),
  observer: connectObserver(environment),
  notices: connectNotices(environment),
});
