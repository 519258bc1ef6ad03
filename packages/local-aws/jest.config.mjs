import root from '../../jest.config.mjs';

/** This package's tests alone; the root's run has them too. */
export default { ...root, rootDir: '../..', roots: ['<rootDir>/packages/local-aws/test'] };
