import { describe, expect, it } from '@jest/globals';
import type { FinishedRun, Simulation } from '../../../sim/story/run.ts';
import type { Scenario } from '../../../sim/story/scenarios.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { playAlong, settledAgain } from './resumed-runs.ts';

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

/** Answers every question like the command in the notice: with the token from the ledger. */
const answering =
  (approved: boolean, everySeconds = 60) =>
  ({ cloud, clock }: Simulation): void => {
    const { table } = artifact();
    const answered = new Set<string>();
    clock.every(everySeconds * 1000, 'a person reads mail', () => {
      const state = cloud.items(table).find((item) => item['sk']?.S === 'state');
      const token = state?.['approvalToken']?.S;
      if (token === undefined || answered.has(token)) return;
      answered.add(token);
      cloud.call('SFN', 'SendTaskSuccess', {
        taskToken: token,
        output: JSON.stringify({ approved }),
      });
    });
  };

const playBlink = (
  besides?: (simulation: Simulation) => void,
  state?: 'before' | 'after',
): Promise<FinishedRun> => {
  return playAlong(() => {
    let killed = false;
    return {
      artifact: artifact(),
      scenario: blink,
      strategy: 'holdback',
      seed: 1,
      isOver: settledAgain(),
      ...(besides && { besides }),
      cloud: {
        interrupt: (point) => {
          if (killed || state !== point.when || point.state !== 'Request approval') return false;
          killed = true;
          return true;
        },
      },
    };
  });
};

const approved = playBlink(answering(true));

describe('mode approve', () => {
  it('fails back after a person agreed, and after a whole new window', async () => {
    const run = await approved;
    expect(run.traced.run.failbacks).toBe(1);
    const rules = run.traced.run.operations.find(({ kind }) => kind === 'failback')?.rules;
    expect(rules).toEqual([
      'counting',
      'request-approval',
      'counting',
      'failback',
      'soak',
      'soak-good',
    ]);
    expect(run.traced.run.invariantsBroken).toEqual([]);
  });

  it('keeps the window when the answer comes at once', async () => {
    const run = await playBlink(answering(true, 5));
    const rules = run.traced.run.operations.find(({ kind }) => kind === 'failback')?.rules;
    expect(rules).toEqual(['counting', 'request-approval', 'failback', 'soak', 'soak-good']);
  });

  it('puts the evidence and the command into the question, and no token', async () => {
    const run = await approved;
    const question = run.notices.find((notice) => notice.includes('approve the failback?'));
    expect(question).toContain('peer-serving');
    expect(question).toContain('send-task-success');
    expect(run.notices.join()).not.toMatch(/token-|AAAA/);
  });

  it('stands down when a person declines, and does not ask again', async () => {
    const run = await playBlink(answering(false));
    expect(run.traced.run.failbacks).toBe(0);
    expect(run.notices.filter((notice) => notice.includes('approve the failback?'))).toHaveLength(
      1,
    );
  });

  it('takes silence for no', async () => {
    const run = await playBlink();
    expect(run.traced.run.failbacks).toBe(0);
    expect(run.records.at(-1)?.rule).toBe('declined');
  });

  it.each(['before', 'after'] as const)('asks again when it dies %s asking', async (when) => {
    const run = await playBlink(answering(true), when);
    expect(run.traced.run.failbacks).toBe(1);
    expect(run.traced.run.invariantsBroken).toEqual([]);
  });
});
