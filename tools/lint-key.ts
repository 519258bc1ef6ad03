import { readdirSync } from 'node:fs';
import { digestOf } from '../sim/story/kept.ts';

/** Neither code nor what says how it is read. */
const NOT_READ = ['.git', 'node_modules', 'out', 'cdk.out', 'coverage', 'docs'];

/**
 * By what a cache of lint results is known. A rule that asks for types reads more than the file it judges,
 * so a result holds only as long as no file has changed, and no package.
 */
export function lintKey(project: string): string {
  const names = readdirSync(project).filter(
    (name) => !NOT_READ.includes(name) && !name.endsWith('.md'),
  );
  return digestOf(project, [...names, 'node_modules/.package-lock.json']);
}
