/**
 * Dependencies point one way (docs/how-it-works.md): bin -> lib, which bundles lambda/functions by path;
 * functions -> handlers -> ports -> core, and functions -> aws -> ports -> core.
 */
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid(
      'core-is-pure',
      { path: '^lambda/core' },
      { pathNot: '^lambda/core|node_modules/zod' },
      'The core is data and pure functions: no SDK, no port, no Node module.',
    ),
    forbid(
      'ports-know-the-core-only',
      { path: '^lambda/ports' },
      { pathNot: '^lambda/(core|ports)' },
      'A port is an interface in the words of the core.',
    ),
    forbid(
      'memory-is-changed-in-one-place',
      { pathNot: '^lambda/core/remember(/|\\.ts$)' },
      { path: '^lambda/core/remember/' },
      'Whoever changes what is remembered tells `remember` what has happened.',
    ),
    forbid(
      'adapters-do-not-know-handlers',
      { path: '^lambda/aws' },
      { path: '^lambda/(handlers|functions)' },
      'Functions hand adapters to handlers; no adapter calls one.',
    ),
    forbid(
      'only-adapters-know-the-sdk',
      { path: '^lambda', pathNot: '^lambda/aws' },
      { path: 'node_modules/@(aws-sdk|smithy)/' },
      'A handler sees AWS through its ports.',
    ),
    forbid(
      'handlers-know-ports-only',
      { path: '^lambda/handlers' },
      {
        pathNot: '^lambda/(handlers|ports|core)/|^lambda/aws/handler\\.ts$|node_modules/zod',
      },
      'Adapters are handed to a handler; all it imports is what Lambda puts around every one of them.',
    ),
    forbid(
      'functions-only-wire',
      { path: '^lambda/functions' },
      { pathNot: '^lambda/(handlers|aws)/' },
      'A function connects a handler to its adapters, and decides nothing.',
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
      'lambda-stands-alone',
      { path: '^lambda' },
      { path: '^(bin|lib|sim|lab|tools|test)' },
      'What is deployed knows nothing of how it is deployed or tried.',
    ),
    forbid(
      'lib-bundles-handlers-by-path',
      { path: '^lib' },
      { path: '^(lambda/(?!core/)|bin|sim|lab|test)' },
      'Constructs name handler files; they never import them.',
    ),
    forbid(
      'sim-knows-the-artifact-only',
      { path: '^sim' },
      { path: '^(lambda|lib)' },
      'The simulation runs the synthesized artifact, not the source.',
    ),
    forbid(
      'local-aws-stands-alone',
      { path: '^packages/local-aws' },
      { path: '^(bin|lib|lambda|opnsense|sim|lab|test)/' },
      'The local AWS runs any stack; it knows nothing of this one.',
    ),
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
      { pathNot: '^(test/|packages/local-aws/(test/|src/testing/|src/parts\\.ts))' },
      { path: '^packages/local-aws/(test/|src/testing/|src/parts\\.ts)' },
      'What runs needs a whole local AWS; parts and helpers are for tests.',
    ),
    forbid(
      'deployed-without-local-aws',
      { path: '^(bin|lib|lambda)/' },
      { path: '^packages' },
      'What is deployed talks to AWS, whichever that is.',
    ),
    forbid(
      'nothing-is-built-on-tools',
      { path: '^(?!tools/|test/)' },
      { path: '^tools/' },
      'Tools make pages and check the code; they are run by people, CI and tests.',
    ),
    forbid(
      'tools-read-what-they-show',
      { path: '^tools' },
      {
        path: '^(bin|lib|lambda|sim|lab|test)/',
        pathNot: '^(lambda/core|lib|lab|sim/report)/|^sim/story/kept\\.ts$',
      },
      'A page is made of the code that it shows: settings, rules, figures; never of handlers or of a world.',
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
