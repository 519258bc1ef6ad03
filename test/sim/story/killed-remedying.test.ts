import { describe } from '@jest/globals';
import { REMEDYING, survivesDeathAt } from './killed.ts';
import { remedied, WITH_REMEDY } from './life.ts';

describe('an orchestrator that dies while it restarts IPsec', () => {
  survivesDeathAt(remedied, REMEDYING, WITH_REMEDY);
});
