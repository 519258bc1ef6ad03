import { describe } from '@jest/globals';
import { RESTARTING_IPSEC, survivesDeathAt } from './killed.ts';
import { ipsecRestarted, WITH_IPSEC_RESTART } from './resumed-runs.ts';

describe('an orchestrator that dies while it restarts IPsec', () => {
  survivesDeathAt(ipsecRestarted, RESTARTING_IPSEC, WITH_IPSEC_RESTART);
});
