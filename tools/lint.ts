import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { lintKeys } from './lint-keys.ts';

// ESLint for all files whose result may have changed since they passed.

const root = fileURLToPath(new URL('..', import.meta.url));
const record = join(root, 'node_modules', '.cache', 'lint', 'passed.json');

/** Of some ten versions of each file: another branch, and back. */
const MOST_KEPT = 5000;

/** The keys of files that passed; none if nobody knows. */
function passedBefore(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(readFileSync(record, 'utf8')) as string[]);
  } catch {
    return new Set();
  }
}

const keys = lintKeys(root);
const before = passedBefore();
const files = [...keys].flatMap(([file, key]) => (before.has(key) ? [] : [file]));

const eslint = new ESLint({ cwd: root });
const results = files.length === 0 ? [] : await eslint.lintFiles(files);
const formatter = await eslint.loadFormatter('stylish');
process.stdout.write(await formatter.format(results));

const complaints = new Set(
  results.flatMap(({ filePath, messages }) =>
    messages.length === 0 ? [] : [relative(root, filePath)],
  ),
);
const passed = [...keys].flatMap(([file, key]) => (complaints.has(file) ? [] : [key]));
mkdirSync(dirname(record), { recursive: true });
writeFileSync(record, JSON.stringify([...new Set([...passed, ...before])].slice(0, MOST_KEPT)));
if (results.some(({ errorCount }) => errorCount > 0)) process.exitCode = 1;
