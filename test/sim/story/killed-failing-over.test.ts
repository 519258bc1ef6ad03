import { describe } from '@jest/globals';
import { failedOver } from './life.ts';
import { survivesDeathAt } from './killed.ts';

describe('an orchestrator that dies while it fails over, or while it tells how it ended', () => {
  survivesDeathAt(failedOver, [
    'Wait for proof',
    'Fail over',
    'Record',
    'Publish the event',
    'Worth a notice?',
    'Notify',
    'How did it end?',
    'Done',
  ]);
});
