import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { parseSettings } from '../../lambda/core/settings.ts';
import type { HoldbackProps } from '../../lib/holdback.ts';

/** The text of holdback.yaml, the example that people start from. */
export const exampleText = readFileSync('holdback.yaml', 'utf8');

/** A place in the settings, and what to write there; `undefined` takes the key out. */
export type Edit = readonly [path: string, value: unknown];

/** The example as plain data, with some places changed: `['pairs.0.stableSeconds', -1]`. */
export function exampleWith(...edits: readonly Edit[]): unknown {
  const document = parseDocument(exampleText);
  for (const [path, value] of edits) {
    const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    if (value === undefined) document.deleteIn(steps);
    else document.setIn(steps, document.createNode(value));
  }
  return document.toJS();
}

/** The same as props of the construct. */
export const exampleProps = (...edits: readonly Edit[]): HoldbackProps =>
  parseSettings(exampleWith(...edits));

/** The example with as many pairs; nothing but their names is the same in two of them. */
export function propsWithPairs(count: number): HoldbackProps {
  const text = JSON.stringify(exampleProps().pairs[0]);
  const pairs = Array.from({ length: count }, (_, index) => {
    const digits = String(index).padStart(2, '0');
    // The longest name there may be.
    const name = `p${digits}`.padEnd(31, 'x');
    const one = text
      .replace('"hq"', `"${name}"`)
      .replaceAll('0a1b2c3d', `${digits}1b2c3d`)
      .replaceAll('203.0.113.', `203.0.${index}.`);
    return JSON.parse(one) as HoldbackProps['pairs'][number];
  });
  return { pairs };
}
