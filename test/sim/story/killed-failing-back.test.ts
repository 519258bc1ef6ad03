import { describe } from '@jest/globals';
import { rolledBack } from './life.ts';
import { survivesDeathAt } from './killed.ts';

describe('an orchestrator that dies while it holds, fails back or rolls back', () => {
  survivesDeathAt(rolledBack, [
    'Read the input',
    'Dry run?',
    'Take the lease',
    'Lease taken?',
    'Observe',
    'What now?',
    'Hold',
    'Wait for the gate',
    'Release',
    'Soak',
    'Roll back',
  ]);
});
