import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from '@jest/globals';
import { createFirewalls } from '../../lambda/aws/firewalls.ts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { createSsm } from 'local-aws/parts';
import { clientOf, START, withLocalAws } from 'local-aws/testing';
import { clockOf, inVirtualTime, scriptDocument, settled } from '../support/local-cloud.ts';
import { DOCUMENT_NAMES, pairWith } from '../support/observations.ts';
import { framed } from './printed.ts';

const { preferred } = pairWith();
const OPERATION = 'hq-1-1';
type Kind = 'maintenance' | 'restart-ipsec';
const printedBy = (kind: Kind, ...lines: readonly string[]): string =>
  framed(OPERATION, `holdback-${kind}-1`, { outcome: { lines, exitCode: 0 } });
const outcome = (...lines: readonly string[]): string => printedBy('maintenance', ...lines);

/** What becomes of an order if the script prints this and ends so. */
async function resultOf(
  stdout: string,
  exitCode = 0,
  kind: Kind = 'maintenance',
): Promise<unknown> {
  const clock = new Clock(START);
  const parameters = ['Operation', 'Fence', 'NotAfter'];
  const ssm = createSsm({
    documents: {
      maintenance: scriptDocument('maintenance', ['Intent', 'Holder', ...parameters]),
      'restart-ipsec': scriptDocument('restart-ipsec', parameters),
    },
    nodes: [
      {
        instanceId: preferred.ssmTarget,
        online: () => true,
        runScript: () => Promise.resolve({ exitCode, stdout, stderr: '' }),
      },
    ],
    clock,
    chance: new Chance(1),
  });
  return withLocalAws([ssm], async (endpoint) => {
    const client = inVirtualTime(new SSMClient(clientOf(endpoint)), clock);
    const order = { operation: OPERATION, fence: 101, notAfter: START + 60_000 };
    const firewalls = createFirewalls(client, clockOf(clock), DOCUMENT_NAMES);
    const result =
      kind === 'restart-ipsec'
        ? firewalls.restartIpsec(preferred, order)
        : firewalls.maintain(preferred, { ...order, intent: 'on', holder: 'holdback' });
    return settled(clock, result);
  });
}

describe('the result of an order', () => {
  it.each(['changed', 'already', 'refused', 'failed'])(
    'is %s if the script says so',
    async (result) => {
      expect(await resultOf(outcome(`result ${result}`, 'reason because', 'flag on'))).toEqual({
        result,
        reason: 'because',
      });
    },
  );

  it.each(['changed', 'refused', 'failed'])(
    'to restart IPsec is %s if the script of the restart of IPsec says so, and no other script',
    async (result) => {
      const lines = [`result ${result}`, 'reason because', 'flag on'];
      expect(await resultOf(printedBy('restart-ipsec', ...lines), 0, 'restart-ipsec')).toEqual({
        result,
        reason: 'because',
      });
      expect(await resultOf(outcome(...lines), 0, 'restart-ipsec')).toMatchObject({
        result: 'unknown',
      });
    },
  );

  it.each<[title: string, stdout: string, exitCode: number, reason: string]>([
    [
      'the step was skipped',
      'Step execution skipped',
      0,
      'the script did not start: Step execution skipped',
    ],
    ['the script printed nothing', '', 0, 'the script did not start: no output'],
    [
      'its output was cut off',
      outcome('result changed').slice(0, -5),
      0,
      'the output of the script was cut off',
    ],
    ['it says something unheard-of', outcome('result maybe'), 0, 'the script printed no result'],
    ['it says nothing', outcome('flag on'), 0, 'the script printed no result'],
    [
      'it is the answer to another operation',
      outcome('result changed').replaceAll(OPERATION, 'hq-9-9'),
      0,
      'the script did not start: ==hq-9-9 holdback-maintenance-1 ==hq-9-9 outcome result changed ==hq-9-9 exit 0 ==hq-9-9 end',
    ],
    [
      'the script failed after it had said so',
      outcome('result changed'),
      1,
      `the command on ${preferred.ssmTarget} ended as Failed: failed to run commands: exit status 1`,
    ],
  ])('is not known if %s', async (_title, stdout, exitCode, reason) => {
    expect(await resultOf(stdout, exitCode)).toEqual({ result: 'unknown', reason });
  });
});
