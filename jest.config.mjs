import { availableParallelism } from 'node:os';

/** middy is ESM only, so the suite runs as ESM (the npm script passes --experimental-vm-modules). */
export default {
  testEnvironment: 'node',
  // Some tests wait for processes: a third worker for two cores fills the gaps.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  // Against what hangs, not a timing: a busy machine may need a minute for what takes five seconds.
  testTimeout: 120_000,
  roots: ['<rootDir>/test', '<rootDir>/packages'],
  testMatch: ['**/*.test.ts'],
  testSequencer: '<rootDir>/test/support/slowest-first.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
