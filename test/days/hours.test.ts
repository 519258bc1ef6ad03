import { describe, expect, it } from '@jest/globals';
import type { CloudOptions } from 'local-aws';
import { AwsError, type ServiceName } from 'local-aws/parts';
import { play } from '../../sim/story/run.ts';
import type { Scenario, StoryControls } from '../../sim/story/scenarios.ts';
import { mailsOf, type Mail } from '../sim/story/mails.ts';
import { artifactWith } from '../support/artifact.ts';
import type { Edit } from '../support/example-settings.ts';
import { playFast } from '../support/fast-story.ts';
import { inTheirTime, type Wanted } from './wanted.ts';

/**
 * The days again, with firewalls that OPNsense's own ways move: what AWS refuses through bundles, state machine,
 * scripts and wire, the others in the campaign's fast world. What stands wrong does so from the beginning, so that
 * a quarter of an hour shows every mail; the whole hour, in which nothing else may come, is for HOLDBACK_THOROUGH=1.
 */

const isThorough = process.env['HOLDBACK_THOROUGH'] === '1';

interface Hour {
  readonly title: string;
  readonly minutes: number;
  readonly mails: readonly Wanted[];
  readonly edits?: readonly Edit[];
  readonly options?: Scenario['options'];
  /** What of AWS is wrong: then it is played through what would be deployed. */
  readonly cloud?: Partial<CloudOptions>;
  readonly play?: (controls: StoryControls) => void;
  /** An hour of it costs some 25 CPU seconds, and a quarter of an hour shows nothing that the others do not. */
  readonly isExtra?: true;
}

const BLINK = 60;
/** The link is away for some seconds: the standby serves, and the latch holds the preferred firewall. */
const blinks = ({ site, happen }: StoryControls): void => {
  happen(BLINK, 'cable pulled', () => {
    site.pullCable('preferred', 'wan');
  });
  happen(BLINK + 5, 'cable plugged in', () => {
    site.plugCable('preferred', 'wan');
  });
};

const refusing = (name: ServiceName, code: string): Partial<CloudOptions> => ({
  refuse: ({ principal }, service) =>
    principal !== 'operator' && service === name
      ? new AwsError(code, 'a service control policy denies it', { httpStatus: 403 })
      : undefined,
});
const wrongClock = (seconds: number): Scenario['options'] => ({
  clockAheadSeconds: { preferred: seconds, standby: 0 },
});
const clockIs = (seconds: number): Omit<Hour, 'title'> => ({
  options: wrongClock(seconds),
  // Its scripts read that clock.
  cloud: {},
  play: blinks,
  minutes: 9,
  mails: [
    [[-1, 3], 'alert', 'clock-wrong'],
    [[1, 3], 'info', 'held'],
    [[5, 8], 'info', 'soak-good'],
  ],
});
const HELD: Wanted = [[1, 3], 'info', 'held'];

const hours: readonly Hour[] = [
  {
    title: 'EC2 is denied',
    cloud: refusing('EC2', 'UnauthorizedOperation'),
    minutes: 13,
    mails: [[[10, 12], 'alert', 'aws-unseen']],
  },
  {
    title: 'the standby is not seen',
    cloud: {
      ssmFaults: {
        deliveryDelaySeconds: (_input, node) => (node.endsWith('b') ? 9_999 : 1),
      },
    },
    minutes: 13,
    mails: [[[10, 12], 'alert', 'standby-unseen']],
  },
  {
    title: 'the VPN of both firewalls is dead',
    play: ({ site, happen }) => {
      happen(1, 'both VPNs dead', () => {
        site.breakTunnels('preferred', 'both', 'silent');
        site.breakTunnels('standby', 'both', 'silent');
      });
    },
    minutes: 8,
    mails: [[[2, 4], 'alert', 'nothing-carries']],
  },
  {
    title: 'the fence file of the preferred firewall holds a higher number',
    play(controls) {
      controls.site.installFile('preferred', '/var/db/holdback/fence', 0o600, '9000000000000');
      blinks(controls);
    },
    minutes: 10,
    mails: [[[2, 6], 'alert', 'order-refused']],
  },
  { title: 'the clock of the preferred firewall is two minutes fast', ...clockIs(120) },
  {
    title: 'the clock of the preferred firewall is two minutes slow',
    ...clockIs(-120),
  },
  {
    title: 'mode is off, and the latch holds the preferred firewall',
    edits: [['pairs.0.mode', 'off']],
    play: blinks,
    minutes: 9,
    mails: [[[6, 8], 'alert', 'left-alone']],
  },
  {
    title: 'CloudWatch does not answer, and the latch holds the preferred firewall',
    cloud: refusing('CloudWatch', 'AccessDenied'),
    play: blinks,
    minutes: 20,
    mails: [HELD, [[5, 14], 'alert', 'alarms-unanswered']],
  },
  {
    title: 'EC2 is denied, and the latch holds the preferred firewall',
    cloud: refusing('EC2', 'UnauthorizedOperation'),
    play: blinks,
    minutes: 16,
    mails: [HELD, [[10, 15], 'alert', 'aws-unseen']],
    isExtra: true,
  },
];

interface Told {
  readonly mails: readonly (Omit<Mail, 'subject' | 'atSeconds'> & { readonly minute: number })[];
  readonly executions: number;
  readonly records: number;
  readonly invariantsBroken: readonly string[];
}

const scenarioOf = (hour: Hour): Scenario => ({
  id: 'hour',
  title: hour.title,
  text: '',
  durationSeconds: (isThorough ? 60 : hour.minutes) * 60,
  ...(hour.options && { options: hour.options }),
  play: (controls) => hour.play?.(controls),
});

async function throughArtifacts(hour: Hour, cloud: Partial<CloudOptions>): Promise<Told> {
  const run = await play({
    artifact: artifactWith(...(hour.edits ?? [])),
    scenario: scenarioOf(hour),
    strategy: 'holdback',
    seed: 1,
    cloud,
  });
  return {
    mails: mailsOf(run).map((mail) => ({ ...mail, minute: Math.floor(mail.atSeconds / 60) })),
    executions: run.executions.length,
    records: run.records.length,
    invariantsBroken: run.traced.run.invariantsBroken,
  };
}

async function inFastWorld(hour: Hour): Promise<Told> {
  const run = await playFast({
    artifact: artifactWith(...(hour.edits ?? [])),
    scenario: scenarioOf(hour),
  });
  return {
    mails: run.notices
      .filter(({ urgency }) => urgency !== 'quiet')
      .map((notice) => ({ ...notice, minute: Math.floor((notice.at - run.start) / 60_000) })),
    executions: run.executions.length,
    records: run.records.length,
    invariantsBroken: run.invariantsBroken,
  };
}

async function goesAsItShould(hour: Hour): Promise<void> {
  const { mails, executions, records, invariantsBroken } = hour.cloud
    ? await throughArtifacts(hour, hour.cloud)
    : await inFastWorld(hour);
  if (isThorough) {
    const told = mails.map(({ minute, urgency, rule }) => `${minute} ${urgency} ${rule}`);
    process.stdout.write(
      `${hour.title}: ${executions} executions, ${records} records; ${told.join(', ')}\n`,
    );
  }
  expect(inTheirTime(mails, hour.mails)).toEqual(hour.mails);
  for (const { urgency, text } of mails) {
    if (urgency === 'alert') expect(text).toContain('What to do: ');
  }
  expect(executions).toBeLessThanOrEqual(30);
  expect(records).toBeLessThanOrEqual(100);
  expect(invariantsBroken).toEqual([]);
}

const affordable = ({ isExtra }: Hour): boolean => isThorough || isExtra !== true;

describe('an hour in which', () => {
  it.each(hours.filter(affordable))('$title', goesAsItShould);
});
