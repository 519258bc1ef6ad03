import { describe, expect, it } from '@jest/globals';
import { createRequestApproval } from '../../lambda/handlers/request-approval.ts';
import { carp, goodFor, held, remembering } from '../support/observations.ts';
import { FIRST, onBench, START, type Invoke, type HandlerBench } from './handlers.ts';

const EXECUTION = 'arn:execution:hq-1-1';
const TOKEN = 'AQB8AAAAKgAAAAMAAAAAAAAAAfz-a-credential';
const request = { pair: 'hq', execution: EXECUTION, fence: FIRST, token: TOKEN };

const inApproval = (play: (invoke: Invoke, bench: HandlerBench) => Promise<void>): Promise<void> =>
  onBench(
    createRequestApproval,
    async (invoke, bench) => {
      const operation = { startedAt: START - 100_000, deadlineAt: START + 900_000 };
      const memory = remembering({
        phase: 'awaiting-approval',
        gate: { ...goodFor(60), lastAt: START - 10_000 },
        operation,
      });
      await bench.ledger.save('hq', await bench.take(EXECUTION), memory);
      bench.see({ serving: 'standby', preferred: held });
      await play(invoke, bench);
    },
    { mode: 'approve' },
  );

describe('a person who is asked', () => {
  it('is told what for, with the evidence of this moment and the exact command', () =>
    inApproval(async (invoke, { notices }) => {
      await invoke(request);
      const [notice] = notices;
      expect(notice).toMatchObject({
        urgency: 'alert',
        rule: 'request-approval',
        operation: 'hq-1-1',
      });
      expect(notice?.title).toBe('[Holdback] hq: approve the failback?');
      expect(notice?.text).toContain(' + ipsec-up: aws-a1, aws-a2 installed');
      expect(notice?.text).toContain('aws stepfunctions send-task-success');
      expect(notice?.text).toContain('--table-name Ledger');
    }));

  it('gets no credential by mail: the token is in the ledger, where the command reads it', () =>
    inApproval(async (invoke, { notices, items }) => {
      await invoke(request);
      expect(JSON.stringify(notices)).not.toContain(TOKEN);
      const key = /--key '(.*?)'/.exec(notices[0]?.text ?? '')?.[1] ?? '{}';
      expect(JSON.parse(key)).toEqual({ pk: { S: 'pair#hq' }, sk: { S: 'state' } });
      const item = items().find(({ pk, sk }) => pk === 'pair#hq' && sk === 'state');
      expect(item?.['approvalToken']).toBe(TOKEN);
    }));

  it('is not asked by an execution that has lost the lease', () =>
    inApproval(async (invoke, bench) => {
      await bench.pass(151);
      await bench.take('arn:execution:hq-2-1');
      await expect(invoke(request)).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(bench.notices).toEqual([]);
    }));

  it.each([
    ['the firewall serves', {}],
    [
      'its gate is red',
      {
        serving: 'standby' as const,
        preferred: { ...held, carp: carp({ maintenance: true, demotion: 480 }) },
      },
    ],
    ['the alarms are muted', { serving: 'standby' as const, preferred: held, muted: true }],
  ])('is not asked if by now %s; the workflow observes again instead', (_title, bench) =>
    inApproval(async (invoke, { see, notices, items }) => {
      see(bench);
      await expect(invoke(request)).rejects.toMatchObject({ name: 'ApprovalNotRequestedError' });
      expect(notices).toEqual([]);
      expect(JSON.stringify(items())).not.toContain(TOKEN);
    }),
  );

  it('can be asked again if the question could not be sent', () =>
    inApproval(async (invoke, bench) => {
      bench.publish = () => Promise.reject(new Error('throttled'));
      await expect(invoke(request)).rejects.toThrow('failed with an error of another kind');
      bench.publish = () => Promise.resolve();
      await invoke(request);
      expect(bench.notices).toHaveLength(1);
    }));
});
