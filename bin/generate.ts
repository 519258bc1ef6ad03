import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withLabTable } from '../lab/markdown.ts';
import type { LabResult } from '../lab/result.ts';
import { jsonSchema } from '../lib/configuration.ts';
import { rulesPage } from '../lib/rules-page.ts';

// Writes what is made from the code; with --check it only compares, for CI.
const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');

const generated: Readonly<Record<string, () => string>> = {
  'docs/rules.md': rulesPage,
  'holdback.schema.json': jsonSchema,
  'README.md': () =>
    withLabTable(read('README.md'), JSON.parse(read('docs/lab.json')) as LabResult),
};

const current = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

for (const [name, make] of Object.entries(generated)) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const text = make();
  if (current(file) === text) continue;
  if (process.argv.includes('--check')) {
    console.error(
      `${name} is not what the code makes of it: run "npm run generate" and commit it.`,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${name}`);
  }
}
