import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STACKS, synthesize } from './stacks.ts';
import type { Outcome } from './synthesized.ts';

// Writes what becomes of every app in stacks.ts into the folder that it is given, one file each.

const [, , folder = ''] = process.argv;
mkdirSync(folder, { recursive: true });
for (const [name, build] of Object.entries(STACKS)) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(outcomeOf(build)));
}

function outcomeOf(build: (typeof STACKS)['example']): Outcome {
  try {
    return { templates: synthesize(build) };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}
