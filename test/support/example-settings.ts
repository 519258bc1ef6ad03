import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';

/** The text of holdback.yaml, the example that people start from. */
export const exampleText = readFileSync('holdback.yaml', 'utf8');

/** A place in the settings, and what to write there; `undefined` takes the key out. */
export type Edit = readonly [path: string, value: unknown];

/** The example as plain data, with some places changed: `['pairs.0.holdSeconds', -1]`. */
export function exampleWith(...edits: readonly Edit[]): unknown {
  const document = parseDocument(exampleText);
  for (const [path, value] of edits) {
    const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    if (value === undefined) document.deleteIn(steps);
    else document.setIn(steps, document.createNode(value));
  }
  return document.toJS();
}
