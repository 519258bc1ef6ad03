import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../service.ts';

/** Attribute values in their wire form, `{ S: 'text' }`, and what DynamoDB knows about them. */

export type { AttributeValue };
export type Item = Record<string, AttributeValue>;

/** A ValidationException, as DynamoDB reports every fault of a request. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** For what the real DynamoDB can do and this one cannot: never a silently different answer. */
export function unsupported(what: string): AwsError {
  return invalid(`The local DynamoDB does not support ${what}.`);
}

const TYPES = ['S', 'N', 'BOOL', 'NULL', 'M', 'L'] as const;
const UNSUPPORTED_TYPES = ['B', 'SS', 'NS', 'BS'] as const;

const isType = (name: string): name is (typeof TYPES)[number] =>
  (TYPES as readonly string[]).includes(name);

/** The one type that a value has; throws ValidationException. */
export function typeOf(value: AttributeValue): (typeof TYPES)[number] {
  const [only, another] = Object.keys(value);
  if (only !== undefined && another === undefined && isType(only)) return only;
  const refused = UNSUPPORTED_TYPES.find((candidate) => value[candidate] !== undefined);
  if (refused) throw unsupported(`values of type ${refused}`);
  const [type, ...more] = TYPES.filter((candidate) => value[candidate] !== undefined);
  if (type && more.length === 0) return type;
  throw invalid('Supplied AttributeValue must contain exactly one of the supported datatypes');
}

/** A decimal number as DynamoDB keeps it: exact, with up to 38 significant digits. */
interface Decimal {
  readonly units: bigint;
  /** The number is `units` / 10 ** `scale`. */
  readonly scale: number;
}

function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || whole + fraction === '') {
    throw invalid('A value provided cannot be converted into a number');
  }
  let scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > 200) throw invalid('Number overflow or underflow');
  let units = BigInt(whole + fraction);
  if (scale < 0) {
    units *= 10n ** BigInt(-scale);
    scale = 0;
  }
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  if (String(units).replace(/0+$/, '').length > 38) {
    throw invalid('Attempting to store more than 38 significant digits in a Number');
  }
  return { units: sign === '-' ? -units : units, scale };
}

function formatDecimal({ units, scale }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Most numbers are spelt so already. */
const CANONICAL = /^(?:0|-?[1-9]\d{0,36})$/;

/** The one spelling of a number: `1.50` and `15e-1` become `1.5`. */
export function canonicalNumber(text: string): string {
  if (CANONICAL.test(text)) return text;
  return formatDecimal(parseDecimal(text));
}

/** Exact: DynamoDB does not count in floating point. */
export function addNumbers(a: string, b: string, sign: 1 | -1 = 1): string {
  const [x, y] = aligned(a, b);
  const units = x.units + BigInt(sign) * y.units;
  return canonicalNumber(formatDecimal({ units, scale: x.scale }));
}

function aligned(a: string, b: string): [Decimal, Decimal] {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  const scale = Math.max(x.scale, y.scale);
  const lift = (d: Decimal): Decimal => ({
    units: d.units * 10n ** BigInt(scale - d.scale),
    scale,
  });
  return [lift(x), lift(y)];
}

/**
 * Less than, equal to or greater than zero; undefined if the two cannot be ordered. Strings are
 * ordered by their bytes (DynamoDB Developer Guide, "Query: sort key").
 */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.N !== undefined && b.N !== undefined) {
    const [x, y] = aligned(a.N, b.N);
    return x.units < y.units ? -1 : Number(x.units > y.units);
  }
  if (a.S !== undefined && b.S !== undefined) return Buffer.from(a.S).compare(Buffer.from(b.S));
  return undefined;
}

/** Same type and same content. */
export function equals(a: AttributeValue, b: AttributeValue): boolean {
  return keyText(a) === keyText(b);
}

/** A text that two values share exactly if they are equal. */
export function keyText(value: AttributeValue): string {
  return JSON.stringify(keyForm(value));
}

function keyForm(value: AttributeValue): unknown {
  const type = typeOf(value);
  if (value.N !== undefined) return [type, canonicalNumber(value.N)];
  if (value.L) return [type, ...value.L.map(keyForm)];
  if (value.M) {
    const entries = Object.entries(value.M).map(([name, member]) => [name, keyForm(member)]);
    return [type, ...entries.sort(([x], [y]) => (String(x) < String(y) ? -1 : 1))];
  }
  return [type, value[type]];
}

/** Maps and lists that have been checked, and their sizes. They are never changed, so items share them. */
const sizes = new WeakMap<AttributeValue, number>();

/** A copy with every number in its one spelling; throws ValidationException. */
function checkedValue(value: AttributeValue): AttributeValue {
  if (sizes.has(value)) return value;
  const type = typeOf(value);
  if (value.N !== undefined) return { N: canonicalNumber(value.N) };
  if (!value.L && !value.M) return { [type]: value[type] } as unknown as AttributeValue;
  const copy = value.L ? { L: value.L.map(checkedValue) } : { M: checkedItem(value.M) };
  sizes.set(copy, 'L' in copy ? listSize(copy.L) : itemSize(copy.M));
  return copy;
}

/** A copy with every number in its one spelling; throws ValidationException. */
export function checkedItem(item: Readonly<Item>): Item {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, checkedValue(value)]),
  );
}

/** The length of a checked value as text, which is somewhat longer than what DynamoDB counts. */
const sizeOf = (value: AttributeValue): number =>
  sizes.get(value) ?? (value.S ?? value.N ?? 'false').length + 8;

const listSize = (list: readonly AttributeValue[]): number =>
  list.reduce((sum, member) => sum + sizeOf(member), 8);

/** The same for a checked item. */
export const itemSize = (item: Readonly<Item>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 8);
