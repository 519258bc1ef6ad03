import { describe, expect, it } from '@jest/globals';
import { evaluate } from '../../src/states/jsonata.ts';
import type { Json } from '../../src/states/definition.ts';

const input = { order: 'site-a', tunnels: [{ up: true }, { up: false }], empty: [] };

function evaluated(expression: string, draws: number[] = []): Promise<Json> {
  return evaluate(`{% ${expression} %}`, 'Output', {
    variables: { holdSeconds: 300 },
    states: { input, context: { State: { Name: 'Observe' } } },
    host: {
      now: Date.UTC(2026, 0, 1, 12),
      fraction: () => draws.shift() ?? 0,
      id: (length) => 'abcdef0123456789abcdef0123456789'.slice(0, length),
    },
    where: '',
  });
}

describe('an expression in a JSONata state', () => {
  it.each<[string, Json]>([
    ['$states.input.order', 'site-a'],
    ['$states.context.State.Name', 'Observe'],
    ['$holdSeconds * 2', 600],
    ['$count($states.input.tunnels[up])', 1],
    ['$states.input.tunnels.up', [true, false]],
    ['$map([1], function($v) { $v })', 1],
    ['[$map([1], function($v) { $v })]', [1]],
    ['$exists($states.input.none) ? 1 : "default"', 'default'],
    ['null', null],
    ['{"a": $states.input.none, "b": 1}', { b: 1 }],
    ['$millis()', Date.UTC(2026, 0, 1, 12)],
    ['$now()', '2026-01-01T12:00:00.000Z'],
    ['$now("[Y0001]/[M01]")', '2026/01'],
    ['$toMillis("2026-01-01T12:00:01Z") - $millis()', 1000],
    ['$uuid()', 'abcdef01-2345-4789-abcd-ef0123456789'],
    ['$parse("{\\"a\\": [1]}").a', [1]],
    ['$partition([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(1, 10, 3)', [1, 4, 7, 10]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$hash("a", "SHA-1")', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
    ['$random(7) = $random(7)', true],
    ['$random(7) != $random(8)', true],
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
    ['gives a function', 'function($x) { $x }', 'The result is a function'],
    ['parses what is not JSON', '$parse("{")', 'JSON'],
    ['asks for a range that never ends', '$range(1, 10, 0)', '$range wants integers'],
    ['asks for an unknown hash', '$hash("a", "CRC")', '$hash wants a string'],
    ['cuts into pieces of nothing', '$partition([1], 0)', '$partition wants an array'],
  ])('fails the state when it %s', async (_, expression, cause) => {
    await expect(evaluated(expression)).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      reason: expect.stringContaining(cause) as unknown,
    });
  });

  it('names the field that failed, down to the member', async () => {
    const template = { order: [{ id: '{% $states.input.none %}' }] };
    const bindings = { variables: {}, states: { input, context: {} }, where: '' };
    const host = { now: 0, fraction: () => 0, id: () => '' };
    await expect(evaluate(template, 'Arguments', { ...bindings, host })).rejects.toThrow(
      "specified for the field 'Arguments/order[0]/id'",
    );
  });

  it('draws another number at each call of $random, in the order of the text', async () => {
    expect(await evaluated('[$random(), $random()]', [0.25, 0.75])).toEqual([0.25, 0.75]);
  });

  it('gives plain arrays, not the sequences of jsonata', async () => {
    const value = await evaluated('$states.input.tunnels[up or $not(up)]');
    expect(Object.getOwnPropertyNames(value)).toEqual(['0', '1', 'length']);
  });

  it('leaves strings without the signs alone', async () => {
    const template = ['$states.input.order', ' {% 1 %}', { a: '{% 1 %} ' }];
    const host = { now: 0, fraction: () => 0, id: () => '' };
    const states = { input, context: {} };
    expect(await evaluate(template, 'Output', { variables: {}, states, host, where: '' })).toEqual(
      template,
    );
  });
});
