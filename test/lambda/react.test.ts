import { describe, expect, it } from '@jest/globals';
import { known } from '../../lambda/core/reading.ts';
import { createReact } from '../../lambda/handlers/react.ts';
import { begin } from '../support/memory.ts';
import {
  awsView,
  deadVpn,
  held,
  latched,
  observationOf,
  pairWith,
  remembering,
} from '../support/observations.ts';
import { memoryOf } from './ledger-bench.ts';
import { FIRST, onBench, START } from './handlers.ts';

const SCHEDULE = { source: 'holdback.reconcile', pair: 'hq' };
const ALARM = {
  source: 'aws.cloudwatch',
  // Two hours late: what it says is not what counts.
  time: new Date(START - 7_200_000).toISOString(),
  detail: { alarmName: 'Holdback/hq/fw-a/203.0.113.11', state: { value: 'ALARM' } },
};
const { preferred } = pairWith();
const dead = { preferred: deadVpn(preferred), preferredAws: awsView(preferred, [false, false]) };

const recordsOf = (items: Record<string, unknown>[]): unknown[] =>
  items.filter(({ sk }) => String(sk).startsWith('record#')).map(({ rule }) => rule);

describe('react', () => {
  it('starts an operation for what needs one, under a name that duplicates share', () =>
    onBench(createReact, async (invoke, { see, starts, notices }) => {
      see(dead);
      await invoke(ALARM);
      await invoke(SCHEDULE);
      expect(starts.map(({ name }) => name)).toEqual(Array(2).fill(`hq-1-${START / 300_000}`));
      expect(starts[0]?.input).toEqual({
        pair: 'hq',
        reason: 'confirming, seen after alarm Holdback/hq/fw-a/203.0.113.11 ALARM',
        trigger: 'alarm Holdback/hq/fw-a/203.0.113.11 ALARM',
      });
      expect(notices).toEqual([]);
    }));

  it.each([
    ['one that lost MASTER', { serving: 'standby' as const }, 'hold'],
    [
      'one that its latch holds',
      { serving: 'standby' as const, preferred: latched },
      'take-over-latch',
    ],
    ['one whose gate is green', { serving: 'standby' as const, preferred: held }, 'counting'],
  ])('starts an operation for %s', (_title, bench, rule) =>
    onBench(createReact, async (invoke, { see, starts }) => {
      see(bench);
      await invoke(SCHEDULE);
      expect(starts[0]?.input).toMatchObject({ reason: `${rule}, seen after schedule` });
    }),
  );

  it('takes one look for 50 events that come while it observations, and starts one operation', () =>
    onBench(createReact, async (invoke, { see, observations, starts }) => {
      let finish: () => void = () => undefined;
      const seen = new Promise<void>((resolve) => (finish = resolve));
      see(async () => {
        await seen;
        return observationOf(pairWith(), { at: START, ...dead });
      });
      const first = invoke(ALARM);
      while (observations.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await Promise.all(Array.from({ length: 50 }, () => invoke(ALARM)));
      finish();
      await first;
      expect(observations).toHaveLength(1);
      expect(starts).toHaveLength(1);
    }));

  it('leaves a pair to the operation that is under way', () =>
    onBench(createReact, async (invoke, { see, take, happened }) => {
      see(dead);
      await take('arn:execution');
      await invoke(ALARM);
      expect(happened).toEqual([]);
    }));

  it('starts an operation anew whose execution died, once its lease has run out', () =>
    onBench(createReact, async (invoke, { ledger, take, pass, starts }) => {
      const request = { id: 'hq-1-1', actor: 'automatic', reason: 'test' } as const;
      await ledger.save('hq', await take('arn:dead'), begin(pairWith(), null, request, START));
      await pass(151);
      await invoke(SCHEDULE);
      expect(starts.map(({ name }) => name)).toEqual([`hq-${FIRST + 1}-${START / 300_000}`]);
    }));

  it('tells what is new once, and keeps a record of it', () =>
    onBench(createReact, async (invoke, { notices, items }) => {
      await invoke(SCHEDULE);
      await invoke(SCHEDULE);
      expect(notices).toMatchObject([
        { pair: 'hq', rule: 'all-well', urgency: 'quiet', operation: null },
      ]);
      expect(recordsOf(items())).toEqual(['all-well']);
    }));

  it('tells an alert with what to do', () =>
    onBench(createReact, async (invoke, { see, pass, notices }) => {
      see({ serving: 'both' });
      await invoke(SCHEDULE);
      await pass(60);
      see({ serving: 'both' });
      await invoke(SCHEDULE);
      const alert = notices.find(({ urgency }) => urgency === 'alert');
      expect(alert?.title).toBe('[Holdback] hq: both firewalls are MASTER');
      expect(alert?.text).toContain("Find out why the firewalls do not hear each other's");
    }));

  it('tells each release that the firewall made by itself once, even two in a row', () =>
    onBench(createReact, async (invoke, { see, pass, notices, items }) => {
      const [first, second] = [1764000000, 1764090000].map((at) => ({
        preferred: { localRelease: known(`local-${at} held alone and good for 900 s`) },
      }));
      for (const bench of [first, second, second]) {
        see(bench ?? {});
        await invoke(SCHEDULE);
        await pass(60);
      }
      expect(notices.map(({ rule, urgency }) => [rule, urgency])).toEqual([
        ['all-well', 'quiet'],
        ['released-locally', 'alert'],
        ['released-locally', 'alert'],
      ]);
      expect(recordsOf(items())).toEqual(['all-well', 'released-locally', 'released-locally']);
    }));

  it('tells of a local release again if that could not be told', () =>
    onBench(createReact, async (invoke, bench) => {
      const localRelease = known('local-1764000000 held alone and good for 900 s');
      bench.see({ preferred: { localRelease } });
      bench.publish = () => Promise.reject(new Error('EventBridge did not accept'));
      await expect(invoke(SCHEDULE)).rejects.toThrow('failed with an error of another kind');
      bench.publish = () => Promise.resolve();
      await invoke(SCHEDULE);
      expect(bench.notices.map(({ rule }) => rule)).toEqual(['all-well', 'released-locally']);
    }));

  it('starts an operation for tunnels that have been dead for long enough to restart IPsec', () =>
    onBench(
      createReact,
      async (invoke, { see, pass, starts }) => {
        see({ ...dead, serving: 'standby', preferred: { ...dead.preferred, ...held } });
        for (let minute = 0; minute <= 5; minute += 1) {
          expect(starts).toEqual([]);
          await invoke(SCHEDULE);
          await pass(60);
        }
        expect(starts.map(({ input }) => input)).toMatchObject([
          { reason: 'restart-ipsec, seen after schedule' },
        ]);
      },
      { ipsecRestartAfterSeconds: 300 },
    ));

  it('tells again what could not be told, however the first attempt died', () =>
    onBench(createReact, async (invoke, bench) => {
      bench.publish = () => Promise.reject(new Error('EventBridge did not accept'));
      await expect(invoke(SCHEDULE)).rejects.toThrow('failed with an error of another kind');
      bench.publish = () => Promise.resolve();
      await invoke(SCHEDULE);
      expect(bench.notices.map(({ rule }) => rule)).toEqual(['all-well']);
    }));

  it('starts an operation although nobody can be told of anything', () =>
    onBench(createReact, async (invoke, bench) => {
      bench.see({ ...dead, preferred: { ...dead.preferred, localRelease: known('local-1 good') } });
      bench.publish = () => Promise.reject(new Error('SNS does not answer'));
      await invoke(SCHEDULE);
      expect(bench.starts).toHaveLength(1);
      expect((await bench.ledger.read('hq')).told).toEqual({});
    }));

  it('tells of what it saw as an operation began after the operation, once', () =>
    onBench(createReact, async (invoke, bench) => {
      const localRelease = known('local-1764000000 held alone and good for 900 s');
      bench.see({ ...dead, preferred: { ...dead.preferred, localRelease } });
      await invoke(SCHEDULE);
      expect(bench.notices).toEqual([]);
      bench.see({ preferred: { localRelease } });
      await invoke(SCHEDULE);
      await invoke(SCHEDULE);
      expect(bench.notices.map(({ rule }) => rule)).toEqual(['all-well', 'released-locally']);
    }));

  it('knows how long something lasts although EventBridge took none of its events', () =>
    onBench(createReact, async (invoke, bench) => {
      bench.publish = () => Promise.reject(new Error('EventBridge did not accept'));
      for (let minute = 0; minute <= 15; minute += 1) {
        bench.see({ standby: null });
        await expect(invoke(SCHEDULE)).rejects.toThrow('failed with an error of another kind');
        await bench.pass(60);
      }
      bench.publish = () => Promise.resolve();
      bench.see({ standby: null });
      await invoke(SCHEDULE);
      expect(bench.notices.map(({ rule }) => rule)).toEqual(['all-well', 'standby-unseen']);
    }));

  it('frees the observation that failed, so that the next one need not wait', () =>
    onBench(createReact, async (invoke, { see, observations }) => {
      see(() => {
        throw new Error('out of memory');
      });
      await expect(invoke(SCHEDULE)).rejects.toThrow('failed with an error of another kind');
      see({});
      await invoke(SCHEDULE);
      expect(observations).toHaveLength(2);
    }));

  it('starts nothing for a pair that is paused, and says so once', () =>
    onBench(createReact, async (invoke, { see, set, starts, notices }) => {
      see(dead);
      await set('hq', 'paused', { by: 'ann', reason: 'cable work' });
      await invoke(ALARM);
      await invoke(ALARM);
      expect(starts).toEqual([]);
      expect(notices.map(({ rule }) => rule)).toEqual(['paused']);
    }));

  it('observations while a person is asked, and withdraws the question when nobody need answer any more', () =>
    onBench(
      createReact,
      async (invoke, { see, ledger, take, pass, withdrawn, notices }) => {
        const lease = await take('arn:execution');
        const memory = remembering({
          phase: 'awaiting-approval',
          operation: { deadlineAt: START + 3_600_000 },
        });
        await ledger.save('hq', { ...lease, until: lease.until + 1_800_000 }, memory);
        await ledger.saveApprovalToken('hq', lease, 'token');
        see({ serving: 'standby', preferred: held });
        await invoke(SCHEDULE);
        expect([withdrawn, notices]).toEqual([[], []]);
        await pass(60);
        const { standby } = pairWith();
        see({
          serving: 'standby',
          preferred: held,
          standby: deadVpn(standby),
          standbyAws: awsView(standby, [false, false]),
        });
        await invoke(SCHEDULE);
        expect(withdrawn).toEqual(['token']);
        expect(notices).toMatchObject([{ rule: 'standby-dead', urgency: 'info' }]);
        expect((await ledger.read('hq')).memory).toEqual(memory);
      },
      { mode: 'approve' },
    ));

  it('withdraws a question although nobody can be told of it: the traffic comes first', () =>
    onBench(
      createReact,
      async (invoke, bench) => {
        const lease = await bench.take('arn:execution');
        const memory = remembering({
          phase: 'awaiting-approval',
          operation: { deadlineAt: START + 3_600_000 },
        });
        await bench.ledger.save('hq', { ...lease, until: lease.until + 1_800_000 }, memory);
        await bench.ledger.saveApprovalToken('hq', lease, 'token');
        bench.publish = () => Promise.reject(new Error('SNS does not answer'));
        bench.see({
          serving: 'standby',
          preferred: held,
          standby: deadVpn(pairWith().standby),
          standbyAws: awsView(pairWith().standby, [false, false]),
        });
        await expect(invoke(SCHEDULE)).rejects.toThrow();
        expect(bench.withdrawn).toEqual(['token']);
      },
      { mode: 'approve' },
    ));

  it('asks CloudWatch only before something is done or begun', () =>
    onBench(createReact, async (invoke, { see, happened }) => {
      await invoke(SCHEDULE);
      expect(happened).not.toContain('alarms');
      see(dead);
      await invoke(SCHEDULE);
      expect(happened.slice(-3)).toEqual(['observation', 'alarms', 'start']);
    }));

  it('starts nothing for planned work, and looks at the mutes again each time', () =>
    onBench(createReact, async (invoke, { see, starts }) => {
      see({ ...dead, muted: true });
      await invoke(SCHEDULE);
      expect(starts).toEqual([]);
      see({ ...dead, muted: false });
      await invoke(SCHEDULE);
      expect(starts).toHaveLength(1);
    }));

  it('in mode off records what it would do, each time that changes', () =>
    onBench(
      createReact,
      async (invoke, { see, pass, starts, items }) => {
        see({ serving: 'standby' });
        await invoke(SCHEDULE);
        await pass(60);
        await invoke(SCHEDULE);
        await pass(60);
        see(dead);
        await invoke(SCHEDULE);
        expect(starts).toEqual([]);
        const records = items().filter(({ rule }) => rule === 'mode-off');
        expect(records.map(({ why }) => String(why))).toEqual([
          expect.stringContaining('Otherwise hold: Hold it now'),
          expect.stringContaining('Otherwise confirming: '),
        ]);
      },
      { mode: 'off' },
    ));

  const open = {
    since: START - 600_000,
    overSince: null,
    isDue: true,
    evidence: 'seen',
    about: '',
  };

  it('tells what an operation under way wrote down, however long it goes on, once', () =>
    onBench(createReact, async (invoke, bench) => {
      const lease = await bench.take('arn:execution');
      const concerns = { 'nothing-carries': open };
      await bench.ledger.save('hq', lease, remembering({ phase: 'waiting', concerns }));
      await invoke(SCHEDULE);
      await invoke(SCHEDULE);
      expect(bench.observations).toEqual([]);
      expect(bench.notices).toMatchObject([
        {
          rule: 'nothing-carries',
          urgency: 'alert',
          title: '[Holdback] hq: no firewall can carry the traffic',
        },
      ]);
    }));

  it('tells what is over by now as something that is over', () =>
    onBench(createReact, async (invoke, bench) => {
      const concerns = { 'nothing-carries': { ...open, overSince: START - 60_000 } };
      await bench.ledger.save('hq', await bench.take('arn:execution'), remembering({ concerns }));
      await invoke(SCHEDULE);
      expect(bench.notices).toMatchObject([
        {
          urgency: 'info',
          title: '[Holdback] hq: it is over: no firewall can carry the traffic',
        },
      ]);
    }));

  it('tells nothing that an operation which began meanwhile sees again', () =>
    onBench(createReact, async (invoke, bench) => {
      bench.see({ preferredAws: awsView(preferred, [true, false]) });
      bench.publish = async () => {
        await bench.ledger.save('hq', await bench.take('arn:next'), memoryOf('next'));
      };
      await invoke(SCHEDULE);
      expect(bench.notices.map(({ urgency }) => urgency)).toEqual(['quiet']);
    }));

  it('does not look for a pair that is none of its own', () =>
    onBench(createReact, async (invoke, { happened }) => {
      await invoke({ source: 'holdback.reconcile', pair: 'elsewhere' });
      expect(happened).toEqual([]);
    }));

  it('refuses what is no trigger, before it asks for anything', () =>
    onBench(createReact, async (invoke, { happened, items }) => {
      await expect(invoke({ source: 'aws.ec2' })).rejects.toThrow();
      expect([happened, items()]).toEqual([[], []]);
    }));

  it('remembers nothing of its own over what an operation wrote meanwhile', () =>
    onBench(createReact, async (invoke, { see, ledger, take }) => {
      const lease = await take('arn:execution');
      await ledger.release('hq', lease, memoryOf('failed-over'));
      see(async () => {
        await ledger.save('hq', await take('arn:next'), memoryOf('next'));
        return observationOf(pairWith(), { at: START });
      });
      await invoke(SCHEDULE);
      expect((await ledger.read('hq')).memory?.lastRule).toBe('next');
    }));
});
