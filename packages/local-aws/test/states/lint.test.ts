import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { lintDefinition } from '../../src/testing/lint.ts';
import { INVOKE, machine, harness } from './harness.ts';

// The package has no type declarations.
const aslValidator = createRequire(import.meta.url)('asl-validator') as (machine: object) => object;

const END = { Type: 'Pass', End: true };
const pass = (Output: unknown) => machine('A', { A: { ...END, Output } });

/** What AWS refuses at CreateStateMachine, or this interpreter does not run. */
const REFUSED: [string, object, string][] = [
  [
    'a state that does not exist',
    machine('A', { A: { Type: 'Pass', Next: 'B' } }),
    'A: there is no state B',
  ],
  ['a start that does not exist', machine('B', { A: END }), 'StartAt: there is no state B'],
  [
    'a state that nothing leads to',
    machine('A', { A: END, B: END }),
    'B: no transition leads to this state',
  ],
  [
    'a loop without an end',
    machine('A', { A: { Type: 'Pass', Next: 'A' } }),
    'the machine: no state ends it',
  ],
  [
    'a state without a way on',
    machine('A', { A: { Type: 'Pass' } }),
    'A: needs either Next or End',
  ],
  [
    'a state with two ways on',
    machine('A', { A: { ...END, Next: 'A' } }),
    'A: needs either Next or End',
  ],
  [
    'a JSONPath field',
    machine('A', { A: { ...END, ResultPath: '$.a' } }),
    'States/A: ResultPath is a JSONPath field',
  ],
  ['a misspelt field', machine('A', { A: { ...END, Outputs: 1 } }), 'Outputs is not a field'],
  ['a state in JSONPath', { StartAt: 'A', States: { A: END } }, 'A: is in JSONPath'],
  ['an unknown type', machine('A', { A: { Type: 'Loop' } }), 'States/A/Type'],
  [
    'a Choice in JSONPath',
    machine('A', { A: { Type: 'Choice', Choices: [{ Variable: '$.a', Next: 'A' }] } }),
    'Variable is a JSONPath field',
  ],
  [
    'a Wait for an instant',
    machine('A', { A: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00Z', End: true } }),
    'Timestamp is not a field that this interpreter knows here',
  ],
  [
    'a heartbeat',
    machine('A', { A: { ...INVOKE, HeartbeatSeconds: 30, End: true } }),
    'HeartbeatSeconds is not a field that this interpreter knows here',
  ],
  [
    'jitter',
    machine('A', {
      A: { ...INVOKE, Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'FULL' }], End: true },
    }),
    'JitterStrategy is not a field that this interpreter knows here',
  ],
  ['a Retry in a Pass', machine('A', { A: { ...END, Retry: [] } }), 'Retry is not a field'],
  [
    'a reserved variable',
    machine('A', { A: { ...END, Assign: { states: 1 } } }),
    'States/A/Assign/states',
  ],
  [
    'States.ALL in company',
    machine('A', { A: { ...INVOKE, Retry: [{ ErrorEquals: ['States.ALL', 'E'] }], End: true } }),
    'A/Retry[0]: States.ALL must stand alone',
  ],
  [
    'States.ALL before others',
    machine('A', {
      A: {
        ...INVOKE,
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'A' },
          { ErrorEquals: ['E'], Next: 'A' },
        ],
        End: true,
      },
    }),
    'A/Catch[0]',
  ],
  [
    'a service by the SDK',
    machine('A', {
      A: { ...INVOKE, Resource: 'arn:aws:states:::aws-sdk:s3:getObject', End: true },
    }),
    'aws-sdk:s3:getObject is not run here',
  ],
  [
    'a job that is waited for',
    machine('A', {
      A: { ...INVOKE, Resource: 'arn:aws:states:::states:startExecution.sync:2', End: true },
    }),
    'is not run here',
  ],
  [
    'a function by its own ARN',
    machine('A', {
      A: { ...INVOKE, Resource: 'arn:aws:lambda:us-east-1:1:function:f', End: true },
    }),
    'is not run here',
  ],
  [
    'a Map',
    machine('A', {
      A: { Type: 'Map', ItemProcessor: { StartAt: 'B', States: { B: END } }, End: true },
    }),
    'A/Type: is no type of state that this interpreter runs',
  ],
  [
    'a Parallel',
    machine('A', {
      A: { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: END } }], End: true },
    }),
    'A/Type: is no type of state that this interpreter runs',
  ],
  ['a bare field', pass('{% phone %}'), "A/Output: reference to 'phone' at the top level"],
  [
    'a bare field within',
    pass({ v: ['{% $count(phone[0].number) %}'] }),
    "A/Output/v[0]: reference to 'phone'",
  ],
  ['the context item', pass('{% $ %}'), "reference to '$'"],
  ['the root item', pass('{% $states.input.a[$$.b] %}'), "reference to '$$'"],
  [
    'the context item in a function',
    pass('{% $map([1], function($v) { $ }) %}'),
    "reference to '$'",
  ],
  ['a wildcard', pass('{% *.a %}'), "reference to 'wildcard'"],
  ['an expression that does not parse', pass('{% 1 + %}'), 'A/Output: S0207'],
  ['an operator of a newer jsonata', pass('{% $states.input.a ?? 1 %}'), 'A/Output: S0'],
  ['an expression that is not closed', pass('{% 1'), 'starts with {% and ends with %}'],
  ['$eval', pass('{% $eval("1") %}'), '$eval cannot be used'],
  ['$shuffle', pass('{% $shuffle([1]) %}'), '$shuffle cannot be used'],
  ['the real time', pass('{% $now() %}'), '$now cannot be used: it draws from the real clock'],
  ['a function that Step Functions adds', pass('{% $uuid() %}'), '$uuid cannot be used'],
  [
    '$states.errorOutput without an error',
    pass('{% $states.errorOutput %}'),
    'exists only in the Output and Assign of a catcher',
  ],
];

/** What runs, and will fail or hang one day. */
const RISKY: [string, object, string][] = [
  [
    'a Task without TimeoutSeconds',
    machine('A', { A: { Type: 'Task', Resource: INVOKE.Resource, End: true } }),
    'A: has no TimeoutSeconds',
  ],
  [
    'a token that nobody gets',
    machine('A', { A: { ...INVOKE, Resource: `${INVOKE.Resource}.waitForTaskToken`, End: true } }),
    'waits for a token',
  ],
  [
    '$states.result where there is none',
    pass('{% $states.result %}'),
    'A/Output: $states.result does not exist here',
  ],
  ['a JSONPath in a string', pass({ 'a.$': '$.a' }), "A/Output/a.$: '$.a' looks like JSONPath"],
  ['an unknown function', pass('{% $nonsense() %}'), 'A/Output: $nonsense may be read before'],
  ['a variable of nobody', pass('{% $n %}'), 'A/Output: $n may be read before it is assigned'],
  [
    'a variable of the state itself',
    machine('A', { A: { ...END, Assign: { n: 1 }, Output: '{% $n %}' } }),
    'A/Output: $n may be read',
  ],
  [
    'a variable that one way to the state does not assign',
    machine('A', {
      A: {
        Type: 'Choice',
        Choices: [{ Condition: '{% true %}', Assign: { n: 1 }, Next: 'B' }],
        Default: 'B',
      },
      B: { ...END, Output: '{% $n %}' },
    }),
    'B/Output: $n may be read before it is assigned',
  ],
  [
    'a variable that is missing after an error',
    machine('A', {
      A: { ...INVOKE, Assign: { n: 1 }, Catch: [{ ErrorEquals: ['E'], Next: 'B' }], Next: 'B' },
      B: { ...END, Output: '{% $n %}' },
    }),
    'B/Output: $n may be read before it is assigned',
  ],
];

describe('the lint of a definition', () => {
  it.each([...REFUSED, ...RISKY])('finds %s', (_, definition, problem) => {
    expect(lintDefinition(definition).join('\n')).toContain(problem);
  });

  it.each(REFUSED)('is enough to refuse it at load: %s', (_, definition) => {
    expect(() => harness(definition)).toThrow('cannot run');
  });

  it.each(RISKY)('is no reason to refuse it at load: %s', (_, definition) => {
    expect(() => harness(definition)).not.toThrow();
  });

  it('finds nothing in a sound machine with loops, locals and every way to assign', () => {
    const definition = {
      ...machine('Begin', {
        Begin: { Type: 'Pass', Assign: { n: 0, all: [] }, Next: 'Look' },
        Look: {
          ...INVOKE,
          Assign: { n: '{% $n + 1 %}', last: '{% $states.result.Payload %}' },
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Assign: { last: '{% $states.errorOutput.Error %}' },
              Next: 'Enough',
            },
          ],
          Next: 'Enough',
        },
        Enough: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $n < 5 and $exists($last) %}', Next: 'Pause' }],
          Default: 'Sum',
        },
        Pause: { Type: 'Wait', Seconds: '{% $min([$n, 9]) %}', Next: 'Look' },
        Sum: {
          Type: 'Pass',
          Output: '{% ($f := function($x) { $x = 0 ? 0 : $f($x - 1) }; $f($n)) %}',
          Next: 'Sort',
        },
        Sort: {
          Type: 'Pass',
          Output:
            '{% $states.input.rows@$r[$r.age > 1].{"age": $r.age, "at": $, "n": $n}^(<age) %}',
          Next: 'Ask',
        },
        Ask: {
          Type: 'Task',
          Resource: 'arn:aws:states:::sns:publish.waitForTaskToken',
          Arguments: { TopicArn: 't', Message: '{% $states.context.Task.Token %}' },
          TimeoutSeconds: '{% $n * 60 %}',
          Next: 'Done',
        },
        Done: { Type: 'Succeed', Output: '{% $last %}' },
      }),
      TimeoutSeconds: 3600,
    };
    expect(lintDefinition(definition)).toEqual([]);
    expect(lintDefinition(JSON.stringify(definition))).toEqual([]);
    expect(aslValidator(definition)).toMatchObject({ isValid: true });
  });

  it('tells every problem at once', () => {
    const definition = machine('A', {
      A: { ...END, Output: '{% a + b %}' },
      B: { Type: 'Pass', Next: 'C' },
    });
    expect(lintDefinition(definition)).toHaveLength(4);
  });
});
