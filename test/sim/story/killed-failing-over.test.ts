import { describe } from '@jest/globals';
import { FAILING_OVER, survivesDeathAt } from './killed.ts';
import { failedOver, failedOverLate } from './resumed-runs.ts';

describe('an orchestrator that dies while it fails over, or while it tells how it ended', () => {
  survivesDeathAt(
    failedOver,
    FAILING_OVER.filter((state) => state !== 'Fail over'),
  );
  survivesDeathAt(failedOverLate, ['Fail over']);
});
