import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LabResult } from '../lab/result/result.ts';
import { housePicture } from './house-picture.ts';
import { withLabTable } from './lab-table.ts';
import { rulesPage } from './rules-page.ts';
import { jsonSchema } from './settings-schema.ts';

// Writes what is made from the code; with --check it only compares, for CI.
const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name: string): string => readFileSync(fileOf(name), 'utf8');

const generated: Readonly<Record<string, () => string>> = {
  'docs/rules.md': rulesPage,
  'docs/house.svg': () => housePicture('wide'),
  'docs/house-narrow.svg': () => housePicture('narrow'),
  'holdback.schema.json': jsonSchema,
  'README.md': () =>
    withLabTable(read('README.md'), JSON.parse(read('docs/lab.json')) as LabResult),
};

const current = (name: string): string | null => {
  try {
    return read(name);
  } catch {
    return null;
  }
};

for (const [name, make] of Object.entries(generated)) {
  const text = make();
  if (current(name) === text) continue;
  if (process.argv.includes('--check')) {
    console.error(
      `${name} is not what the code makes of it: run "npm run generate" and commit it.`,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(fileOf(name), text);
    console.log(`wrote ${name}`);
  }
}
