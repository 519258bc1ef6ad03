import { readFileSync } from 'node:fs';

const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

/** The house (docs/how-it-works.md): each room, and the rooms that it knows. */
const house = JSON.parse(readFileSync(new URL('./tools/house.json', import.meta.url), 'utf8'));

/** `lib` is everything in it, `lab/*.ts` the files of that folder alone. */
const within = (room) =>
  room.endsWith('/*.ts')
    ? `^${room.slice(0, -4)}[^/]+\\.ts$`
    : `^${room.replaceAll('.', '\\.')}(/|$)`;
const ROOMS = '^(bin|lib|lambda|opnsense|packages|sim|lab|tools|test)/';

/** An arrow that is not in the plan. */
const rooms = house.map(({ room, is, knows }) =>
  forbid(
    `${room} knows ${knows.join(', ') || 'no other room'}`,
    { path: within(room) },
    { path: ROOMS, pathNot: [room, ...knows].map(within).join('|') },
    `${room}: ${is}.`,
  ),
);

export default {
  forbidden: [
    ...rooms,
    forbid(
      'core-is-pure',
      { path: '^lambda/core' },
      { pathNot: '^lambda/core|node_modules/zod' },
      'The core is data and pure functions: no SDK, no port, no Node module.',
    ),
    forbid(
      'handlers-know-no-library',
      { path: '^lambda/handlers' },
      { pathNot: '^lambda/|node_modules/zod' },
      'Adapters are handed to a handler; what Lambda puts around every one of them is in lambda/aws/handler.ts.',
    ),
    forbid(
      'memory-is-changed-in-one-place',
      { pathNot: '^lambda/core/remember(/|\\.ts$)' },
      { path: '^lambda/core/remember/' },
      'Whoever changes what is remembered tells `remember` what has happened.',
    ),
    forbid(
      'only-adapters-know-the-sdk',
      { path: '^lambda', pathNot: '^lambda/aws' },
      { path: 'node_modules/@(aws-sdk|smithy)/' },
      'A handler sees AWS through its ports.',
    ),
    forbid(
      'functions-are-entries',
      {},
      { path: '^lambda/functions' },
      'Lambda loads a function, and it reads its environment at once; everybody else imports its handler.',
    ),
    {
      name: 'only-functions-are-entries',
      severity: 'error',
      comment: 'What no product code imports is an entry of its own, or dead.',
      from: { pathNot: '^test/' },
      module: {
        path: '^lambda/',
        pathNot: '^lambda/functions/',
        numberOfDependentsLessThan: 1,
      },
    },
    forbid(
      'local-aws-has-doors',
      { pathNot: '^packages/local-aws' },
      {
        path: '^packages/local-aws',
        pathNot: '/src/(index|chance|clock|parts|testing/index)\\.ts$',
      },
      'What package.json exports is the whole of it for everybody else.',
    ),
    forbid(
      'two-doors-are-for-tests',
      {
        pathNot: '^(test/|sim/fast-world/|packages/local-aws/(test/|src/testing/|src/parts\\.ts))',
      },
      { path: '^packages/local-aws/(test/|src/testing/|src/parts\\.ts)' },
      'What runs needs a whole local AWS; parts and helpers are for tests.',
    ),
    forbid('no-cycles', {}, { circular: true }, 'A cycle means that two files are one room.'),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    // Else what a package exports is not looked up, and no rule would see who imports local-aws.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^cdk\\.out|^out/)' },
  },
};
