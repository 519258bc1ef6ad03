import { isRecord } from '../stack/intrinsics.ts';

/**
 * EventBridge event patterns. Sources: EventBridge user guide, "Comparison operators for use in
 * event patterns"; aws/event-ruler README for arrays, `exists` and `anything-but`.
 */

/** A pattern that EventBridge would refuse, or an operator that this simulation does not know. */
export class PatternError extends Error {
  constructor(path: readonly string[], problem: string) {
    super(`Event pattern at ${path.join('.') || 'its root'}: ${problem}`);
    this.name = 'PatternError';
  }
}

type Matcher = (event: Readonly<Record<string, unknown>>) => boolean;
/** Looks at the values of one field: none if it is absent, several if it is an array. */
type ValueTest = (values: readonly unknown[]) => boolean;
type Path = readonly string[];

/** @throws {PatternError} for a pattern that cannot be evaluated exactly as EventBridge would. */
export function parsePattern(pattern: unknown): Matcher {
  return parseObject(pattern, []);
}

function parseObject(pattern: unknown, path: Path): Matcher {
  if (!isRecord(pattern)) throw new PatternError(path, 'must be an object.');
  const fields = Object.entries(pattern).map(([name, value]) =>
    name === '$or' ? parseAlternatives(value, path) : parseField(name, value, [...path, name]),
  );
  if (fields.length === 0) throw new PatternError(path, 'must not be empty.');
  return (event) => fields.every((matches) => matches(event));
}

function parseAlternatives(value: unknown, path: Path): Matcher {
  if (!Array.isArray(value) || value.length < 2) {
    throw new PatternError([...path, '$or'], 'needs a list of at least two patterns.');
  }
  const alternatives = value.map((item, index) => parseObject(item, [...path, `$or[${index}]`]));
  return (event) => alternatives.some((matches) => matches(event));
}

function parseField(name: string, value: unknown, path: Path): Matcher {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new PatternError(path, 'must not be an empty list.');
    const tests = value.map((item: unknown) => parseTest(item, path));
    return (event) => {
      const leaves = leavesOf(event[name]);
      return tests.some((test) => test(leaves));
    };
  }
  const nested = parseObject(value, path);
  return (event) => {
    const inner = event[name];
    const candidates: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
    // A field that is absent may be what the pattern asks for: `{"exists": false}`.
    const objects = candidates.filter(isRecord);
    return objects.length === 0 ? nested({}) : objects.some(nested);
  };
}

/** Only leaves exist for EventBridge: an object or an empty array has none of its own. */
function leavesOf(value: unknown): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((item) => item !== undefined && (item === null || typeof item !== 'object'));
}

const some =
  (test: (value: unknown) => boolean): ValueTest =>
  (values) =>
    values.some(test);

const someText = (test: (text: string) => boolean): ValueTest =>
  some((value) => typeof value === 'string' && test(value));

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function parseTest(test: unknown, path: Path): ValueTest {
  if (isScalar(test)) return some((value) => value === test);
  const [operator, argument] = onlyEntry(test, path);
  switch (operator) {
    case 'exists':
      if (typeof argument !== 'boolean') throw new PatternError(path, 'exists needs a boolean.');
      return (values) => values.length > 0 === argument;
    case 'numeric': {
      const inRange = parseNumeric(argument, path);
      return some((value) => typeof value === 'number' && inRange(value));
    }
    case 'anything-but':
      return some(parseAnythingBut(argument, path));
    default:
      return someText(parseText(operator, argument, path));
  }
}

function onlyEntry(value: unknown, path: Path): [string, unknown] {
  const entries = isRecord(value) ? Object.entries(value) : [];
  const [entry, ...others] = entries;
  if (!entry || others.length > 0) {
    throw new PatternError(path, `${JSON.stringify(value)} is no comparison.`);
  }
  return entry;
}

/** The operators on text, alone or within `anything-but`. */
function parseText(operator: string, argument: unknown, path: Path): (text: string) => boolean {
  if ((operator === 'prefix' || operator === 'suffix') && isRecord(argument)) {
    const folded = onlyEntry(argument, path);
    if (folded[0] !== 'equals-ignore-case') {
      throw new PatternError(path, `${operator} with ${folded[0]} is not supported.`);
    }
    const test = parseText(operator, asText(folded[1], path).toLowerCase(), path);
    return (text) => test(text.toLowerCase());
  }
  const expected = asText(argument, path);
  switch (operator) {
    case 'prefix':
      return (text) => text.startsWith(expected);
    case 'suffix':
      return (text) => text.endsWith(expected);
    case 'equals-ignore-case':
      return (text) => text.toLowerCase() === expected.toLowerCase();
    case 'wildcard': {
      const expression = wildcard(expected);
      return (text) => expression.test(text);
    }
    default:
      throw new PatternError(path, `the operator ${operator} is not supported.`);
  }
}

function asText(value: unknown, path: Path): string {
  if (typeof value !== 'string') {
    throw new PatternError(path, `${JSON.stringify(value)} should be text.`);
  }
  return value;
}

/** `*` is any run of characters; a backslash takes the meaning off the next character. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.match(/\\?[\s\S]/g) ?? [];
  const source = parts.map((part) =>
    part === '*' ? '[\\s\\S]*' : part.slice(-1).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
  );
  return new RegExp(`^${source.join('')}$`);
}

function parseAnythingBut(argument: unknown, path: Path): (value: unknown) => boolean {
  if (isScalar(argument)) return (value) => value !== argument;
  if (Array.isArray(argument)) {
    if (argument.length === 0 || !argument.every(isScalar)) {
      throw new PatternError(path, 'anything-but needs values to compare with.');
    }
    return (value) => !argument.some((excluded) => excluded === value);
  }
  const [operator, excluded] = onlyEntry(argument, path);
  const list: readonly unknown[] = Array.isArray(excluded) ? excluded : [excluded];
  const tests = list.map((item) => parseText(operator, item, path));
  return (value) => typeof value !== 'string' || !tests.some((test) => test(value));
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function parseNumeric(argument: unknown, path: Path): (value: number) => boolean {
  if (!Array.isArray(argument) || ![2, 4].includes(argument.length)) {
    throw new PatternError(path, 'numeric needs one or two comparisons.');
  }
  const list: readonly unknown[] = argument;
  const tests = list.flatMap((operator, index) => {
    if (index % 2 === 1) return [];
    const compare = COMPARISONS[asText(operator, path)];
    const limit = list[index + 1];
    if (!compare || typeof limit !== 'number') {
      throw new PatternError(path, `${JSON.stringify(argument)} is no numeric comparison.`);
    }
    return [(value: number) => compare(value, limit)];
  });
  return (value) => tests.every((test) => test(value));
}
