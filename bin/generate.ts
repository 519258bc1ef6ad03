import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonSchema } from '../lib/configuration.ts';
import { rulesPage } from '../lib/rules-page.ts';

// Writes what is made from the code; with --check it only compares, for CI.
const generated: Readonly<Record<string, () => string>> = {
  'docs/rules.md': rulesPage,
  'holdback.schema.json': jsonSchema,
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
