import { readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import ts from 'typescript';
import { digestOf, hashOf } from '../sim/story/kept.ts';

const NO_SOURCES = ['.git', 'node_modules', 'out', 'cdk.out', 'coverage'];
const SOURCES = ['.ts', '.js', '.mjs', '.cjs'];
/** What every result depends on: the rules, how types are read, and the packages that are installed. */
const COMMON = [
  'eslint.config.js',
  'tsconfig.json',
  'package.json',
  'node_modules/.package-lock.json',
];

/** Such a file changes types in others, which need not import it. */
const isAmbient = (text: string): boolean => /\bdeclare (global|module)\b/.test(text);

/**
 * By what the lint result of each source file is known. A rule that asks for types judges a file by
 * everything that it imports, directly or not, so a key changes with any of that.
 *
 * @returns keys by file, relative to the project
 */
export function lintKeys(project: string): ReadonlyMap<string, string> {
  const files = sourcesBelow(project, project);
  const importsOf = resolver(project);
  const known = new Map(
    files.map((file) => {
      const text = readFileSync(join(project, file), 'utf8');
      const imports = importsOf(file, text);
      return [file, { hash: hashOf(text), imports, ambient: isAmbient(text) }] as const;
    }),
  );
  const ambient = [...known.values()].filter((one) => one.ambient).map(({ hash }) => hash);
  const common = [digestOf(project, COMMON), process.version, ...ambient];
  const closure = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const imported of known.get(file)?.imports ?? []) closure(imported, seen);
    return seen;
  };
  const keyOf = (file: string): string =>
    hashOf(
      [...common, ...[...closure(file)].sort().map((one) => `${one} ${known.get(one)?.hash}`)].join(
        '\n',
      ),
    );
  return new Map(files.map((file) => [file, keyOf(file)]));
}

function sourcesBelow(folder: string, project: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return NO_SOURCES.includes(entry.name) ? [] : sourcesBelow(path, project);
    return SOURCES.includes(extname(entry.name)) ? [relative(project, path)] : [];
  });
}

/** Finds the project's own files that a file imports, as the compiler finds them. */
function resolver(project: string): (file: string, text: string) => string[] {
  const config = ts.readConfigFile(join(project, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config ?? {}, ts.sys, project);
  const cache = ts.createModuleResolutionCache(project, (name) => name, options);
  return (file, text) =>
    ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
      const { resolvedModule } = ts.resolveModuleName(
        fileName,
        join(project, file),
        options,
        ts.sys,
        cache,
        undefined,
        ts.ModuleKind.ESNext,
      );
      return resolvedModule ? [relative(project, resolvedModule.resolvedFileName)] : [];
    });
}
