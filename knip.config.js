/**
 * `knip` sees tests as users, `knip --production` does not: it finds what nothing but tests uses. What the
 * local AWS offers to tests alone is left out there.
 */
const isProduction = process.argv.includes('--production');
const FOR_TESTS = ['src/parts.ts', 'src/testing/**'];

export default {
  workspaces: {
    '.': {
      entry: [
        'bin/*.ts!',
        'lambda/functions/*.ts!',
        '{sim,lab}/{,story/,campaign/}{main,worker}.ts!',
        'tools/{check,generate,lint}.ts!',
        'test/support/write-templates.ts',
      ],
      project: ['{bin,lib,lambda,sim,lab,tools}/**/*.{ts,mjs}!', 'test/**/*.{ts,mjs}'],
    },
    'packages/local-aws': {
      entry: ['src/lambda/worker.mjs!'],
      project: ['src/**/*.{ts,mjs}!', 'test/**/*.{ts,mjs}'],
      includeEntryExports: true,
      ignore: isProduction ? FOR_TESTS : [],
    },
  },
  ignoreExportsUsedInFile: true,
  ignoreDependencies: ['asl-validator', 'aws-cdk'],
  ignoreBinaries: ['mkfifo', 'openssl', 'shellcheck'],
};
