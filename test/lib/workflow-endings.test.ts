import { describe, expect, it } from '@jest/globals';
import { ACT_STATES } from '../../lib/workflow.ts';
import type { Json } from 'local-aws/parts';
import {
  decision,
  playWorkflow,
  type Answer,
  type Played,
  type Script,
} from './scripted-workflow.ts';

/** First this decision, then the end. */
const first = (action: string, phase?: string, more = {}): Script => ({
  Observe: (_, call) => (call === 1 ? decision(action, phase, more) : decision('end')),
});
const always = (answer: Answer) => (): Answer => answer;

const callsOf = ({ calls }: Played, name: string) => calls.filter((call) => call.name === name);

describe('an operation', () => {
  it('takes the lease, observations, records and tells', async () => {
    const played = await playWorkflow();
    expect(played.states).toEqual([
      'Read the input',
      'Understood?',
      'Dry run?',
      'Take the lease',
      'Lease taken?',
      'Observe',
      'What now?',
      'Record',
      'Publish the event',
      'Worth a notice?',
      'Notify',
      'How did it end?',
      'Done',
    ]);
    expect(played).toMatchObject({ status: 'SUCCEEDED', mails: ['[Holdback] ended "done"'] });
    expect(played.events).toHaveLength(1);
  });

  it.each(Object.entries(ACT_STATES))(
    'makes the step "%s" in "%s" and observes again',
    async (act, state) => {
      const played = await playWorkflow(first(act));
      expect(played.states.slice(6, 10)).toEqual(['What now?', state, 'Observe', 'What now?']);
      expect(callsOf(played, 'Act').map(({ payload }) => payload)).toEqual([
        { pair: 'hq', execution: expect.stringContaining(':run'), fence: 7, act },
      ]);
    },
  );

  it.each<[string, boolean[], string]>([
    ['granted', [true], 'granted'],
    ['declined', [false], 'declined'],
    ['never given', [], 'declined'],
  ])('takes an answer that is %s to the next observation, once', async (_, answers, answer) => {
    const script: Script = {
      Observe: (_given, call) =>
        [decision('request-approval', 'awaiting-approval'), decision('wait', 'counting')][
          call - 1
        ] ?? decision('end'),
    };
    const played = await playWorkflow(script, { answers });
    expect(callsOf(played, 'Observe').map(({ payload }) => payload['answer'])).toEqual([
      'none',
      answer,
      'none',
    ]);
    expect(played.status).toBe('SUCCEEDED');
  });

  it('coalesces with the one that holds the lease, and tells nobody', async () => {
    const played = await playWorkflow({ Lease: always({ payload: { taken: false } }) });
    expect(played).toMatchObject({ status: 'SUCCEEDED', mails: [], events: [] });
    expect(played.states.at(-1)).toBe('Coalesced');
  });

  it.each<[Json, number]>([
    [[], 0],
    [[{ id: 'one', verdict: 'pass', evidence: 'seen' }], 1],
    [
      [
        { id: 'one', verdict: 'pass', evidence: 'seen' },
        { id: 'two', verdict: 'fail', evidence: 'seen' },
      ],
      2,
    ],
  ])('hands the evidence %j to the record as a list', async (evidence, length) => {
    const played = await playWorkflow({
      Observe: always(decision('end', 'soaking', { evidence })),
    });
    const [record] = callsOf(played, 'Record');
    expect(record?.payload['evidence']).toEqual(evidence);
    expect(record?.payload['evidence']).toHaveLength(length);
  });

  it('sends no mail about what is routine, and an event all the same', async () => {
    const played = await playWorkflow({
      Record: ({ pair = '' }) => ({
        payload: { pair, rule: 'r', outcome: 'done', urgency: 'quiet', title: 't', text: 't' },
      }),
    });
    expect(played).toMatchObject({ status: 'SUCCEEDED', mails: [] });
    expect(played.events).toHaveLength(1);
  });

  it.each([
    ['done', 'SUCCEEDED', 'Done'],
    ['stood-down', 'SUCCEEDED', 'Stood down'],
    ['incomplete', 'FAILED', 'Incomplete'],
  ])('that is %s is %s in the console', async (outcome, status, end) => {
    const played = await playWorkflow({ Observe: always(decision('end', 'soaking', { outcome })) });
    expect(played.status).toBe(status);
    expect(played.states.at(-1)).toBe(end);
  });
});

describe('a dry run', () => {
  it('is what `dryRun: true` asks for: it takes no lease, acts on nothing and answers the plan', async () => {
    const played = await playWorkflow({}, { input: { pair: 'hq', reason: 'try', dryRun: true } });
    expect(played).toMatchObject({ status: 'SUCCEEDED', output: 'plan', mails: [], events: [] });
    expect(played.calls.map(({ name, payload }) => [name, payload['purpose']])).toEqual([
      ['Observe', 'dry-run'],
    ]);
  });

  it.each<[string, Json]>([
    ['is absent', { pair: 'hq' }],
    ['is false', { pair: 'hq', dryRun: false }],
  ])('is none if dryRun %s', async (_, input) => {
    expect((await playWorkflow({}, { input })).states).toContain('Take the lease');
  });
});

describe('a wrong input', () => {
  const KEYS = 'The keys are pair, reason, dryRun, trigger.';

  it.each<[string, Json, string]>([
    ['a misspelt dry run', { pair: 'hq', dryrun: true }, `unknown key: dryrun. ${KEYS}`],
    [
      'two unknown keys',
      { pair: 'hq', 'dry-run': true, why: 'x' },
      `unknown key: dry-run, why. ${KEYS}`,
    ],
    ['an unknown key and nothing else', { Pair: 'hq' }, `unknown key: Pair. ${KEYS}`],
    ['nothing', {}, 'names no pair: write "pair" and its name in quotes.'],
    ['no object', 'hq', 'is no JSON object such as {"pair": "hq", "reason": "why"}.'],
    ['null', null, 'is no JSON object'],
    ['a list', [{ pair: 'hq' }], 'is no JSON object'],
    ['a list of two', [{ pair: 'hq' }, { pair: 'hq' }], 'is no JSON object'],
    ['an empty list', [], 'is no JSON object'],
    ['an empty pair', { pair: '' }, 'names no pair'],
    ['a number for a pair', { pair: 5 }, 'names no pair'],
    ['an object for a pair', { pair: { name: 'hq' } }, 'names no pair'],
    ['a list for a pair', { pair: ['hq'] }, 'names no pair'],
    ['a number for a reason', { pair: 'hq', reason: 5 }, 'The reason in the input is no text'],
    ['no reason at all', { pair: 'hq', reason: null }, 'The reason in the input is no text'],
    ['a list for a reason', { pair: 'hq', reason: ['a'] }, 'The reason in the input is no text'],
    ...['true', 'yes', 'false', 1, 0, null, [true], {}].map((dryRun): [string, Json, string] => [
      `${JSON.stringify(dryRun)} for a dry run`,
      { pair: 'hq', dryRun },
      'The dryRun in the input is neither true nor false: write one of them, without quotes.',
    ]),
    ['a trigger that is no text', { pair: 'hq', trigger: 1 }, 'The trigger in the input is no'],
  ])('of %s is refused before the lease, and a person is told why', async (_, input, why) => {
    const played = await playWorkflow({}, { input });
    expect(played).toMatchObject({
      status: 'FAILED',
      error: 'NotBegun',
      cause: expect.stringContaining(why),
      calls: [],
      mails: [expect.stringMatching(/^\[Holdback\] (hq|\(no pair given\)): an operation could/)],
    });
    expect(JSON.stringify(played.events)).toContain(JSON.stringify(why).slice(1, -1).slice(0, 20));
  });

  it('that has thousands of unknown keys, or a long one, is refused in a short sentence', async () => {
    const keys = Array.from({ length: 2000 }, (_, index) => [`key${index}`, 'a secret'] as const);
    for (const input of [Object.fromEntries(keys), { ['x'.repeat(9000)]: 1 }]) {
      const { cause } = await playWorkflow({}, { input });
      expect(cause?.length).toBeLessThan(300);
      expect(cause).not.toContain('secret');
    }
  });

  it('is none if every key is there, as react and as a person writes them', async () => {
    const { calls, states } = await playWorkflow(
      {},
      { input: { pair: 'hq', reason: 'why', dryRun: false, trigger: 'an alarm' } },
    );
    expect(states.at(-1)).toBe('Done');
    expect(calls[0]?.payload).toMatchObject({ pair: 'hq', reason: 'why', trigger: 'an alarm' });
  });

  it.each<[string, Json]>([
    ['a pair with a line break and a snowman', { pair: 'hq\n☃' }],
    ['a pair of 500 characters', { pair: 'x'.repeat(500) }],
  ])('of %s is told to a person like any other that cannot begin', async (_, input) => {
    const played = await playWorkflow({ Lease: always({ error: 'UnknownPairError' }) }, { input });
    expect(played).toMatchObject({ status: 'FAILED', error: 'NotBegun' });
    expect(played.mails).toEqual([expect.stringMatching(/^\[Holdback\] [ -~]+$/)]);
    expect(callsOf(played, 'Lease')).toHaveLength(1);
  });
});

/** How to reach each Task, and how the execution ends if it fails there for good. */
const REACHED: readonly (readonly [state: string, failing: string, script: Script, end: string])[] =
  [
    ['Take the lease', 'Lease', {}, 'Did not begin'],
    ['Observe', 'Observe', {}, 'Stood down'],
    ...Object.entries(ACT_STATES).map(([act, state]): (typeof REACHED)[number] => [
      state,
      'Act',
      first(act),
      'Stood down',
    ]),
    [
      'Request approval',
      'RequestApproval',
      first('request-approval', 'awaiting-approval'),
      'Stood down',
    ],
    ['Record', 'Record', {}, 'Incomplete'],
  ];

describe('a step that fails for good', () => {
  it.each(REACHED)('in "%s" is told, with what happened', async (state, failing, script, end) => {
    const played = await playWorkflow({ ...script, [failing]: always({ error: 'Broken' }) });
    expect(played.states).toContain(state);
    expect(played.states.at(-1)).toBe(end);
    expect(played.mails).toHaveLength(1);
    const told = callsOf(played, 'Record')[0]?.payload['failure'];
    if (end === 'Stood down') expect(told).toMatch(new RegExp(`^${state} failed: Broken .*broken`));
    else expect(JSON.stringify(played.events)).toMatch(/without a record|could not begin/);
    expect(callsOf(played, failing)).toHaveLength(4);
  });

  it.each(REACHED.filter(([state]) => state !== 'Request approval'))(
    'in "%s" because its function never answers is told as well',
    async (state, failing, script, end) => {
      const played = await playWorkflow({ ...script, [failing]: always('never') });
      expect(played.states.at(-1)).toBe(end);
      expect(played.mails).toHaveLength(1);
      const told = callsOf(played, 'Record')[0]?.payload['failure'];
      if (end === 'Stood down') expect(told).toBe(`${state} failed: States.Timeout `);
    },
  );

  it.each(REACHED.filter(([state]) => state !== 'Take the lease'))(
    'in "%s" for want of the lease ends without a word and without another try',
    async (_, failing, script) => {
      const played = await playWorkflow({
        ...script,
        [failing]: always({ error: 'LeaseLostError' }),
      });
      expect(played).toMatchObject({ status: 'SUCCEEDED', mails: [], events: [] });
      expect(played.states.at(-1)).toBe('Superseded');
      expect(callsOf(played, failing)).toHaveLength(1);
    },
  );

  it('is over if the next try succeeds', async () => {
    const played = await playWorkflow({
      Observe: (_, call) => (call < 4 ? { error: 'Lambda.TooManyRequestsException' } : undefined),
    });
    expect(played.states.at(-1)).toBe('Done');
    expect(Math.floor(played.seconds)).toBe(3 + 6 + 12);
  });

  it('to ask is over if the next try succeeds, and the newest token is the one that counts', async () => {
    const script: Script = {
      ...first('request-approval', 'awaiting-approval'),
      RequestApproval: (_, call) => (call < 3 ? { error: 'TooManyRequestsException' } : undefined),
    };
    const played = await playWorkflow(script, { answers: [true] });
    const tokens = callsOf(played, 'RequestApproval').map(({ payload }) => payload['token']);
    expect(new Set(tokens).size).toBe(3);
    expect(callsOf(played, 'Observe')[1]?.payload['answer']).toBe('granted');
    expect(played.states.at(-1)).toBe('Done');
  });

  it('in a dry run is the answer of the execution', async () => {
    const played = await playWorkflow(
      { Observe: always({ error: 'Broken' }) },
      { input: { pair: 'hq', dryRun: true } },
    );
    expect(played).toMatchObject({ status: 'FAILED', error: 'NoPlan', mails: [], events: [] });
  });
});

describe('a notice that cannot be given', () => {
  const starts: readonly [string, Script, string][] = [
    ['an operation that is done', {}, 'Done'],
    ['one that could not begin', { Lease: always({ error: 'Broken' }) }, 'Did not begin'],
  ];
  it.each(starts)('as an event is given as a mail, for %s', async (_, script, end) => {
    const played = await playWorkflow(script, { broken: ['EventBridge'] });
    expect(played.mails).toHaveLength(1);
    expect(played.states.at(-1)).toBe(end);
  });

  it.each(starts)('as a mail is given as an event, for %s', async (_, script, end) => {
    const played = await playWorkflow(script, { broken: ['SNS'] });
    expect(played.events).toHaveLength(1);
    expect(played.states.at(-1)).toBe(end);
  });

  it.each(starts)('at all shows in how the execution ends, for %s', async (_, script, end) => {
    const played = await playWorkflow(script, { broken: ['SNS', 'EventBridge'] });
    expect(played.states.at(-1)).toBe(end);
  });
});
