import * as z from 'zod';
import { HoldbackError } from './error.ts';

/** Where in the settings a problem stands: keys, and positions in lists. */
export type SettingsPath = readonly (string | number)[];

/** One thing wrong with the settings; the message holds the value found and what would be right. */
export interface SettingsProblem {
  readonly path: SettingsPath;
  readonly message: string;
}

/** Thrown by `parseSettings`: everything that is wrong, at once, in `problems` and in `message`. */
export class SettingsError extends HoldbackError {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[]) {
    super(`The settings are wrong:\n${problems.map((one) => `  ${inWords(one)}`).join('\n')}`);
    this.problems = problems;
  }
}

/** `pairs[0].stableSeconds: -1 is out of range: 10 to 3600 seconds.` */
export const inWords = ({ path, message }: SettingsProblem): string =>
  path.length === 0 ? message : `${pathInWords(path)}: ${message}`;

/** A path as people write it: `pairs[0].preferred.vpnConnections[1].id`. */
export function pathInWords(path: SettingsPath): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^\w+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return steps.join('').replace(/^\./, '');
}

/** A value as it is quoted in a message; never a whole map or list. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

/** The problems in one finding of zod: one for each unknown key, else one. */
export function problemsOf(issue: z.core.$ZodIssue): readonly SettingsProblem[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const known = issue.message.split(' ');
  return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known) }));
}

/** zod's own findings in this project's words; a message given in the schema goes first. */
export const explain: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return `missing. ${meaningOf(issue.inst)}`.trimEnd();
  if (issue.code === 'invalid_type') {
    const noun = NOUNS[issue.expected] ?? issue.expected;
    return `${show(issue.input)}, where ${noun} is expected${asNumber(issue.expected, issue.input)}`;
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const meant = typeof issue.input === 'string' ? nearest(issue.input, values) : undefined;
    return `${show(issue.input)} is not one of ${values.join(', ')}${hint(meant)}`;
  }
  // Taken apart again in `problemsOf`, where each key gets a message of its own.
  if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) {
    return Object.keys(issue.inst.shape).join(' ');
  }
  if (!Array.isArray(issue.input)) return undefined;
  const entries = `${issue.input.length} entries`;
  if (issue.code === 'too_small') return `${entries}, at least ${issue.minimum} expected`;
  if (issue.code === 'too_big') return `${entries}, at most ${issue.maximum} expected`;
  return undefined;
};

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** What to write where `60s`, `1 min` or `"60"` stands for a number. */
function asNumber(expected: string, input: unknown): string {
  if ((expected !== 'number' && expected !== 'int') || typeof input !== 'string') return '';
  const [, digits, unit = ''] =
    /^\s*(\d{1,9})\s*(s|m|h|d)?(?:ec|in|our|ay)?(?:ond|ute)?s?\s*$/i.exec(input) ?? [];
  if (digits === undefined) return '';
  const quoted = unit === '' ? ', without quotes' : '';
  return `; write ${Number(digits) * (SECONDS[unit.toLowerCase()] ?? 1)}${quoted}`;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text (in quotes if it looks like a number)',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a map of keys',
};

/** The first sentence of the description that editors show. */
function meaningOf(schema: unknown): string {
  const text = schema instanceof z.ZodType ? (schema.description ?? '') : '';
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

const hint = (meant: string | undefined): string => (meant ? `; did you mean ${meant}?` : '');

// The value of an unknown key stays out of the message: it may be a secret pasted into the wrong place.
function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `unknown key${meant ? hint(meant) : `; the keys here are ${known.join(', ')}`}`;
}

/** The candidate that was probably meant, by spelling: hold_seconds, holdSecond, hold. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = plain(word);
  const ranked = candidates
    .map((candidate) => {
      const other = plain(candidate);
      const begins = wanted.length >= 3 && other.startsWith(wanted);
      const edits = distance(wanted, other);
      return { candidate, edits, close: begins || edits <= Math.ceil(other.length / 4) };
    })
    .filter(({ close }) => close)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/** Levenshtein: how many letters must be added, dropped or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const letter of a) {
    const next = [(row[0] ?? 0) + 1];
    for (let column = 1; column <= b.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}
