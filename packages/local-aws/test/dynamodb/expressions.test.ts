import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyUpdate, holds } from '../../src/dynamodb/evaluate.ts';
import { Placeholders } from '../../src/dynamodb/expressions.ts';
import { parseCondition, parseUpdate } from '../../src/dynamodb/parser.ts';
import { addNumbers, canonicalNumber, compare, equals } from '../../src/dynamodb/values.ts';
import type { AttributeValue, Item } from '../../src/dynamodb/values.ts';
import { n, s } from './tables.ts';

/** An item as plain numbers, which the reference below understands without any DynamoDB. */
type Numbers = Readonly<Partial<Record<'a' | 'b' | 'c', number>>>;

/** A condition as text, and what it means. */
interface Sample {
  readonly text: string;
  readonly means: (item: Numbers) => boolean;
  /** How tightly it binds: 1 OR, 2 AND, 3 what they join. */
  readonly level: number;
}

const RELATIONS: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  '=': (x, y) => x === y,
  '<>': (x, y) => x !== y,
  '<': (x, y) => x < y,
  '<=': (x, y) => x <= y,
  '>': (x, y) => x > y,
  '>=': (x, y) => x >= y,
};
const VALUES = { ':v0': n(0), ':v1': n(1), ':v2': n(2), ':v3': n(3) };

const name = fc.constantFrom('a' as const, 'b' as const, 'c' as const);
const value = fc.nat(3);

const comparison = fc
  .tuple(name, fc.constantFrom(...Object.keys(RELATIONS)), value)
  .map(([left, relation, right]): Sample => {
    const relates = RELATIONS[relation];
    return {
      text: `${left} ${relation} :v${right}`,
      means: (item) => {
        const x = item[left];
        return x === undefined ? relation === '<>' : relates?.(x, right) === true;
      },
      level: 3,
    };
  });
const existence = fc.tuple(name, fc.boolean()).map(([attribute, isWanted]): Sample => ({
  text: `${isWanted ? 'attribute_exists' : 'attribute_not_exists'}(${attribute})`,
  means: (item) => (item[attribute] !== undefined) === isWanted,
  level: 3,
}));
const { condition } = fc.letrec<{ condition: Sample }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    comparison,
    existence,
    fc.tuple(tie('condition'), tie('condition')).map(([left, right]): Sample => ({
      text: `${inside(left, 2)} AND ${inside(right, 2)}`,
      means: (item) => left.means(item) && right.means(item),
      level: 2,
    })),
    fc.tuple(tie('condition'), tie('condition')).map(([left, right]): Sample => ({
      text: `${left.text} OR ${right.text}`,
      means: (item) => left.means(item) || right.means(item),
      level: 1,
    })),
  ),
}));

/** Only the parentheses that are needed. */
function inside(sample: Sample, level: number): string {
  return sample.level < level ? `(${sample.text})` : sample.text;
}

function inWireForm(item: Numbers): Item {
  return Object.fromEntries(Object.entries(item).map(([key, number]) => [key, n(number)]));
}

describe('a condition', () => {
  it('means what it says: AND before OR, missing attributes differ from all', () => {
    const items = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(condition, items, ({ text, means }, item) => {
        const parsed = parseCondition('ConditionExpression', text, new Placeholders({}, VALUES));
        expect(holds(parsed, inWireForm(item))).toBe(means(item));
      }),
      { numRuns: 2_000 },
    );
  });

  const item: Item = {
    pk: s('site-a'),
    word: s('checkout'),
    numbers: { L: [n(1), n('2.50')] },
    nested: { M: { deep: { M: { up: { BOOL: true } } } } },
    nothing: { NULL: true },
  };
  it.each<[string, AttributeValue, boolean]>([
    ['begins_with(word, :v)', s('check'), true],
    ['begins_with(word, :v)', s('out'), false],
    ['begins_with(absent, :v)', s(''), false],
    ['begins_with(word, :v)', n(1), false],
    ['nested.deep.up = :v', { BOOL: true }, true],
    ['nested.flat.up = :v', { BOOL: true }, false],
    ['numbers = :v', { L: [n('1.0'), n('25e-1')] }, true],
    ['nested.deep = :v', { M: { up: { BOOL: true } } }, true],
    ['nothing = :v', { NULL: true }, true],
    ['word = :v', n(1), false],
    ['word < :v', n(1), false],
  ])('%s with %j is %s', (text, given, expected) => {
    const parsed = parseCondition('C', text, new Placeholders({}, { ':v': given }));
    expect(holds(parsed, item)).toBe(expected);
  });
});

describe('an update', () => {
  const before: Item = {
    x: n(1),
    y: n(2),
    nested: { M: { a: n(1), b: n(2) } },
  };
  it.each<[string, Item]>([
    ['SET x = y, y = x', { x: n(2), y: n(1) }],
    ['SET x = x + :one, y = y - x', { x: n(2), y: n(1) }],
    ['SET z = if_not_exists(z, :one)', { z: n(1) }],
    ['SET y = if_not_exists(y, :one)', { y: n(2) }],
    ['SET z = if_not_exists(z, if_not_exists(y, :one)) + x', { z: n(3) }],
    ['set nested.a = :one remove nested.b', { nested: { M: { a: n(1) } } }],
    ['REMOVE absent', {}],
    ['ADD x :one, z :one', { x: n(2), z: n(1) }],
  ])('%s', (text, changes) => {
    const frozen = structuredClone(before);
    const after = applyUpdate(parseUpdate(text, new Placeholders({}, { ':one': n(1) })), before);
    expect(after).toEqual({ ...before, ...changes });
    expect(before).toEqual(frozen);
  });

  it('removes an attribute', () => {
    const { y, nested } = before;
    const after = applyUpdate(parseUpdate('REMOVE x', new Placeholders()), before);
    expect(after).toEqual({ y, nested });
  });
});

describe('a number', () => {
  const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.nat(9));
  const write = ([units, scale]: [bigint, number]): string => `${units}e-${scale}`;

  it('is exact: sums and order are those of integers', () => {
    fc.assert(
      fc.property(scaled, scaled, (x, y) => {
        const lift = ([units, scale]: [bigint, number]) => units * 10n ** BigInt(9 - scale);
        const [a, b] = [lift(x), lift(y)];
        expect(addNumbers(write(x), write(y))).toBe(canonicalNumber(`${a + b}e-9`));
        expect(addNumbers(write(x), write(y), -1)).toBe(canonicalNumber(`${a - b}e-9`));
        expect(Math.sign(compare({ N: write(x) }, { N: write(y) }) ?? NaN)).toBe(
          a === b ? 0 : a < b ? -1 : 1,
        );
        expect(equals({ N: write(x) }, { N: write(y) })).toBe(a === b);
      }),
    );
  });

  it.each([
    ['1.50', '1.5'],
    ['-0.0', '0'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['12e3', '12000'],
    ['1E-3', '0.001'],
    ['-10', '-10'],
  ])('%s is kept as %s', (written, kept) => {
    expect(canonicalNumber(written)).toBe(kept);
  });
});
