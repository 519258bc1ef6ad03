/** Dependencies point one way (docs/how-it-works.md): bin -> lib; handlers -> aws -> ports -> core. */
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
      'adapters-do-not-know-handlers',
      { path: '^lambda/aws' },
      { path: '^lambda/[^/]+\\.ts$' },
      'Handlers call adapters, never the other way round.',
    ),
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
      { path: '^(lambda|lib)', pathNot: '^lambda/core/invariants\\.ts$' },
      'The simulation runs the synthesized artifact, not the source.',
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
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^cdk\\.out|^out/)' },
  },
};
