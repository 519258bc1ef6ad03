import { describe } from '@jest/globals';
import { FAILING_BACK, survivesDeathAt } from './killed.ts';
import { rolledBack } from './resumed-runs.ts';

describe('an orchestrator that dies while it holds, fails back or rolls back', () => {
  survivesDeathAt(rolledBack, FAILING_BACK);
});
