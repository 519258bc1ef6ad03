import { describe, expect, it } from '@jest/globals';
import { play, type FinishedRun, type Simulation } from '../../../sim/story/run.ts';
import type { Scenario } from '../../../sim/story/scenarios.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { playFast, type FastRun, type FastWorld } from '../../support/fast-story.ts';
import { settledAgain } from './resumed-runs.ts';

const artifact = () =>
  artifactWith(
    ...QUICK,
    ['pairs.0.mode', 'approve'],
    ['pairs.0.deadlines.approvalSeconds', 120],
    ['pairs.0.deadlines.failbackSeconds', 900],
  );

const blink: Scenario = {
  id: 'blink',
  title: 'The link blinks, and a person is asked',
  text: '',
  durationSeconds: 1000,
  play({ site, happen }) {
    happen(5, 'cable pulled', () => {
      site.pullCable('preferred', 'wan');
    });
    happen(10, 'cable plugged in', () => {
      site.plugCable('preferred', 'wan');
    });
  },
};

/** Answers every question once, some time after it came. */
function answering(approved: boolean, afterSeconds = 45) {
  const seen = new Set<string>();
  return ({ holdback, clock }: FastWorld): void => {
    clock.every(5_000, 'a person reads mail', async () => {
      const { approvalToken: token } = await holdback.ledger.read();
      if (token === null || seen.has(token)) return;
      seen.add(token);
      clock.after(afterSeconds * 1000, 'a person answers', () => {
        holdback.answer(token, approved);
      });
    });
  };
}

const playBlink = (
  besides?: (world: FastWorld) => void,
  when?: 'before' | 'after',
): Promise<FastRun> => {
  let killed = false;
  return playFast({
    artifact: artifact(),
    scenario: blink,
    isOver: settledAgain(),
    ...(besides && { besides }),
    deaths: {
      interrupt: (point) => {
        if (killed || point.when !== when || point.state !== 'Request approval') return false;
        killed = true;
        return true;
      },
    },
  });
};

const failbackRules = ({ operations }: FastRun): readonly string[] | undefined =>
  operations.find(({ kind }) => kind === 'failback')?.rules;

const questions = ({ notices }: FastRun) =>
  notices.filter(({ title }) => title.includes('approve the failback?'));

const WITH_NEW_WINDOW = [
  'counting',
  'request-approval',
  'counting',
  'failback',
  'soak',
  'soak-good',
];

describe('mode approve', () => {
  it('fails back after a person agreed, and after a whole new window', async () => {
    const run = await playBlink(answering(true));
    expect(failbackRules(run)).toEqual(WITH_NEW_WINDOW);
    expect(run.end).toMatchObject({ owner: 'preferred', maintenance: false });
    expect(run.invariantsBroken).toEqual([]);
  });

  it('keeps the window when the answer comes at once', async () => {
    const run = await playBlink(answering(true, 0));
    expect(failbackRules(run)).toEqual([
      'counting',
      'request-approval',
      'failback',
      'soak',
      'soak-good',
    ]);
  });

  it('stands down when a person declines, and does not ask again', async () => {
    const run = await playBlink(answering(false));
    expect(run.end).toMatchObject({ owner: 'standby', maintenance: true });
    expect(questions(run)).toHaveLength(1);
  });

  it('takes silence for no', async () => {
    const run = await playBlink();
    expect(run.end).toMatchObject({ owner: 'standby', maintenance: true });
    expect(run.records.at(-1)?.rule).toBe('declined');
  });

  it.each(['before', 'after'] as const)('asks again when it dies %s asking', async (when) => {
    const run = await playBlink(answering(true), when);
    expect(run.end).toMatchObject({ owner: 'preferred', maintenance: false });
    expect(run.invariantsBroken).toEqual([]);
  });
});

/** Answers like the command in the notice: with the token from the ledger. */
function answeringByCommand({ cloud, clock }: Simulation): void {
  const { table } = artifact();
  const answered = new Set<string>();
  clock.every(60_000, 'a person reads mail', () => {
    const state = cloud.items(table).find((item) => item['sk']?.S === 'state');
    const token = state?.['approvalToken']?.S;
    if (token === undefined || answered.has(token)) return;
    answered.add(token);
    cloud.call('SFN', 'SendTaskSuccess', {
      taskToken: token,
      output: JSON.stringify({ approved: true }),
    });
  });
}

describe('mode approve, through what would be deployed', () => {
  let run: FinishedRun;

  it('fails back after a person agreed by the command in the question', async () => {
    run = await play({
      artifact: artifact(),
      scenario: blink,
      strategy: 'holdback',
      seed: 1,
      isOver: settledAgain(),
      besides: answeringByCommand,
    });
    expect(run.traced.run.failbacks).toBe(1);
    const rules = run.traced.run.operations.find(({ kind }) => kind === 'failback')?.rules;
    expect(rules).toEqual(WITH_NEW_WINDOW);
    expect(run.traced.run.invariantsBroken).toEqual([]);
  });

  it('puts the evidence and the command into the question, and no token', () => {
    const question = run.notices.find((notice) => notice.includes('approve the failback?'));
    expect(question).toContain('peer-serving');
    expect(question).toContain('send-task-success');
    expect(run.notices.join()).not.toMatch(/token-|AAAA/);
  });
});
