import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from '@jest/globals';
import { createObserver } from '../../lambda/aws/observer.ts';
import type { Observation } from '../../lambda/core/observation.ts';
import type { Firewalls } from '../../lambda/ports/firewalls.ts';
import { createEc2 } from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { clientOf, recorder, START, withLocalAws } from 'local-aws/testing';
import { gatekeeper } from '../support/local-cloud.ts';
import { healthyFacts, pairWith } from '../support/observations.ts';

const pair = pairWith();

/** A site whose tunnels are all up, as EC2 shows it. */
function ec2() {
  const connections = [pair.preferred, pair.standby].flatMap(({ vpnConnections }) =>
    vpnConnections.map(({ id, tunnels }) => ({
      vpnConnectionId: id,
      staticRoutesOnly: false,
      tunnels: tunnels.map(({ outsideIpAddress, ping }) => ({
        outsideIpAddress,
        insideAddress: ping,
        up: true,
        statusMessage: '',
        lastStatusChange: START - 600_000,
        acceptedRouteCount: 1,
        replacementPending: false,
      })),
    })),
  );
  const world = { connections: () => connections };
  return createEc2(world, new Clock(START), new Chance(1), { telemetryLagSeconds: [0, 0] });
}

const inspect: Firewalls['inspect'] = (firewall) =>
  Promise.resolve({ known: true, value: healthyFacts(firewall, 'MASTER') });

interface Change {
  readonly refused?: readonly string[];
  readonly inspect?: Firewalls['inspect'];
  /** What the clock says from one question to the next. */
  readonly times?: readonly number[];
}

function observationOf(change: Change = {}): Promise<Observation> {
  const { service: cloudWatch } = recorder('CloudWatch', {
    DescribeAlarms: { MetricAlarms: [{ AlarmName: 'Holdback/hq/x', StateValue: 'OK' }] },
    ListAlarmMuteRules: {},
  });
  const times = [...(change.times ?? [])];
  const use = async (endpoint: Parameters<typeof clientOf>[0]): Promise<Observation> => {
    const options = { ...clientOf(endpoint), maxAttempts: 1 };
    const observer = createObserver({
      ec2: new EC2Client(options),
      cloudWatch: new CloudWatchClient(options),
      firewalls: {
        inspect: change.inspect ?? inspect,
        maintain: () => Promise.reject(new Error('an observation changes nothing')),
        restartIpsec: () => Promise.reject(new Error('an observation changes nothing')),
      },
      clock: { now: () => times.shift() ?? START, sleep: () => Promise.resolve() },
    });
    const seen = await observer.observe(pair, 'observation-1');
    expect(seen.alarms).toBeNull();
    return { ...seen, alarms: await observer.alarms(pair) };
  };
  return withLocalAws([ec2(), cloudWatch], use, gatekeeper(change.refused).options);
}

/** Which of the five views of a pair are known. */
const seen = ({ preferred, standby, alarms }: Observation): Record<string, boolean> => ({
  'aws of preferred': preferred.aws.known,
  'aws of standby': standby.aws.known,
  preferred: preferred.firewall.known,
  standby: standby.firewall.known,
  alarms: alarms?.known === true,
});
const ALL = {
  'aws of preferred': true,
  'aws of standby': true,
  preferred: true,
  standby: true,
  alarms: true,
};

describe('an observation at a pair', () => {
  it('knows both firewalls from both sides, and the alarms', async () => {
    const observation = await observationOf();
    expect(seen(observation)).toEqual(ALL);
    const { aws } = observation.standby;
    expect(aws.known && aws.value.tunnels.map((tunnel) => tunnel.outsideIpAddress)).toEqual([
      '203.0.113.21',
      '203.0.113.22',
    ]);
  });

  it('marks the question to each firewall as its own, so that answers cannot be mixed up', async () => {
    const observations: string[] = [];
    await observationOf({
      inspect: (firewall, id) => {
        observations.push(`${firewall.name}: ${id}`);
        return inspect(firewall, id, undefined);
      },
    });
    expect(observations).toEqual(['fw-a: observation-1-fw-a', 'fw-b: observation-1-fw-b']);
  });

  it('is stamped when its last answer has come, so that nothing in it seems younger than it is', async () => {
    expect((await observationOf({ times: [START, START, START + 9_000] })).at).toBe(START + 9_000);
  });

  it.each<[title: string, change: Change, lost: Partial<typeof ALL>]>([
    [
      'AWS Site-to-Site VPN',
      { refused: ['DescribeVpnConnections'] },
      { 'aws of preferred': false, 'aws of standby': false },
    ],
    ['CloudWatch', { refused: ['DescribeAlarms'] }, { alarms: false }],
    [
      'one firewall',
      {
        inspect: (firewall, id) =>
          firewall.name === 'fw-a'
            ? Promise.resolve({ known: false, why: 'no answer in time' })
            : inspect(firewall, id, undefined),
      },
      { preferred: false },
    ],
    [
      'everybody',
      {
        refused: ['DescribeVpnConnections', 'DescribeAlarms'],
        inspect: () => Promise.resolve({ known: false, why: 'no answer in time' }),
      },
      {
        'aws of preferred': false,
        'aws of standby': false,
        preferred: false,
        standby: false,
        alarms: false,
      },
    ],
  ])('loses with the answer of %s nothing but that', async (_title, change, lost) => {
    expect(seen(await observationOf(change))).toEqual({ ...ALL, ...lost });
  });
});
