import { isRecord } from '../stack/intrinsics.ts';

/**
 * EventBridge event patterns: values that a field may have, and `prefix`. Sources: EventBridge user
 * guide, "Comparison operators for use in event patterns"; aws/event-ruler README for arrays.
 */

/** A pattern that EventBridge would refuse, or an operator that is not emulated. */
export class PatternError extends Error {
  constructor(path: readonly string[], problem: string) {
    super(`Event pattern at ${path.join('.') || 'its root'}: ${problem}`);
    this.name = 'PatternError';
  }
}

type Matcher = (event: Readonly<Record<string, unknown>>) => boolean;
type Path = readonly string[];

/** @throws {PatternError} for a pattern that cannot be evaluated exactly as EventBridge would. */
export function parsePattern(pattern: unknown): Matcher {
  return parseObject(pattern, []);
}

function parseObject(pattern: unknown, path: Path): Matcher {
  if (!isRecord(pattern)) throw new PatternError(path, 'must be an object.');
  const fields = Object.entries(pattern).map(([name, value]) =>
    parseField(name, value, [...path, name]),
  );
  if (fields.length === 0) throw new PatternError(path, 'must not be empty.');
  return (event) => fields.every((matches) => matches(event));
}

function parseField(name: string, value: unknown, path: Path): Matcher {
  if (name.startsWith('$')) throw new PatternError(path, 'is not emulated.');
  if (Array.isArray(value)) {
    if (value.length === 0) throw new PatternError(path, 'must not be an empty list.');
    const tests = value.map((item: unknown) => parseTest(item, path));
    return (event) => candidates(event[name]).some((one) => tests.some((test) => test(one)));
  }
  const nested = parseObject(value, path);
  return (event) => candidates(event[name]).filter(isRecord).some(nested);
}

/** A field that holds a list matches if one of its items does. */
function candidates(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function parseTest(test: unknown, path: Path): (value: unknown) => boolean {
  if (test === null || typeof test !== 'object') return (value) => value === test;
  const [[operator, prefix] = ['', ''], ...others] = Object.entries(test);
  if (operator !== 'prefix' || typeof prefix !== 'string' || others.length > 0) {
    throw new PatternError(path, `${JSON.stringify(test)} is not emulated; values and prefix are.`);
  }
  return (value) => typeof value === 'string' && value.startsWith(prefix);
}
