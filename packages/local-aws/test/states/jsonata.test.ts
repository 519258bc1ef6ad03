import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../src/states/jsonata.ts';
import type { Json } from '../../src/states/definition.ts';

const input = { order: 'site-a', tunnels: [{ up: true }, { up: false }], empty: [] };

function evaluated(expression: string): Promise<Json> {
  return evaluate(`{% ${expression} %}`, 'Output', {
    variables: { stableSeconds: 300 },
    states: { input, context: { State: { Name: 'Observe' } } },
    where: '',
  });
}

describe('an expression in a JSONata state', () => {
  it.each<[string, Json]>([
    ['$states.input.order', 'site-a'],
    ['$states.context.State.Name', 'Observe'],
    ['$stableSeconds * 2', 600],
    ['$count($states.input.tunnels[up])', 1],
    ['$states.input.tunnels.up', [true, false]],
    ['$map([1], function($v) { $v })', 1],
    ['[$map([1], function($v) { $v })]', [1]],
    ['$exists($states.input.none) ? 1 : "default"', 'default'],
    ['null', null],
    ['{"a": $states.input.none, "b": 1}', { b: 1 }],
    ['$toMillis("2026-01-01T12:00:01Z") - $toMillis("2026-01-01T12:00:00Z")', 1000],
  ])('%s gives %j', async (expression, value) => {
    expect(await evaluated(expression)).toEqual(value);
  });

  it.each([
    ['gives nothing', '$states.input.none', 'returned nothing (undefined)'],
    ['reads a variable that was never assigned', '$none', 'returned nothing (undefined)'],
    ['filters everything away', '$states.input.tunnels[up = "x"]', 'returned nothing'],
    ['mixes types', '"a" + 1', 'T2001'],
    ['calls $eval, which Step Functions forbids', '$eval("1")', 'T1006'],
    ['calls what does not exist', '$nonsense()', 'T1006'],
    ['asks for the real time', '$now()', 'T1006'],
    ['draws from real randomness', '$random()', 'T1006'],
    ['calls what Step Functions adds', '$uuid()', 'T1006'],
    ['gives a function', 'function($x) { $x }', 'The result is a function'],
  ])('fails the state when it %s', async (_, expression, cause) => {
    await expect(evaluated(expression)).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      reason: expect.stringContaining(cause) as unknown,
    });
  });

  it('finds by a plain path what JSONata finds', async () => {
    const json = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Json>(0, 1, '', 'x', true, false, null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'and'), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    const paths = fc.array(fc.constantFrom('a', 'b', 'toString', 'length'), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(json, paths, async (value, names) => {
        const path = ['$x', ...names].join('.');
        const bindings = { variables: { x: value }, states: { input, context: {} }, where: '' };
        const found = (source: string): Promise<unknown> =>
          evaluate(`{% ${source} %}`, 'Output', bindings).catch(
            (error: unknown) => (error as { error: string }).error,
          );
        // In parentheses it is a block, which JSONata itself evaluates.
        expect(await found(path)).toEqual(await found(`(${path})`));
      }),
      { numRuns: 500 },
    );
  });

  it('names the field that failed, down to the member', async () => {
    const template = { order: [{ id: '{% $states.input.none %}' }] };
    const bindings = { variables: {}, states: { input, context: {} }, where: '' };
    await expect(evaluate(template, 'Arguments', bindings)).rejects.toThrow(
      "specified for the field 'Arguments/order[0]/id'",
    );
  });

  it('gives plain arrays, not the sequences of jsonata', async () => {
    const value = await evaluated('$states.input.tunnels[up or $not(up)]');
    expect(Object.getOwnPropertyNames(value)).toEqual(['0', '1', 'length']);
  });

  it('leaves strings without the signs alone', async () => {
    const template = ['$states.input.order', ' {% 1 %}', { a: '{% 1 %} ' }];
    const states = { input, context: {} };
    expect(await evaluate(template, 'Output', { variables: {}, states, where: '' })).toEqual(
      template,
    );
  });
});
