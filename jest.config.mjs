/** middy is ESM only, so the suite runs as ESM (the npm script passes --experimental-vm-modules). */
export default {
  testEnvironment: 'node',
  maxWorkers: '100%',
  // Tests start real shells; a busy machine may need seconds for one that takes a tenth.
  testTimeout: 30_000,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
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
