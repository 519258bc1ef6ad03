import { describe, it } from '@jest/globals';
import { awsView } from '../support/observations.ts';
import { goesAsItShould, type Case } from './case.ts';
import type { Playing } from './day.ts';
import { bothDead, diesAt, EC2_DENIED, FAILED_BACK, REBOOT, reboots } from './faults.ts';

const days: readonly Case[] = [
  { title: 'nothing is wrong', mails: [], executions: 0, records: 1 },
  {
    title: 'the preferred firewall reboots',
    play: reboots,
    mails: FAILED_BACK,
    executions: 2,
    records: 20,
  },
  {
    // Nobody needs its answer, so nobody asks it.
    title: 'CloudWatch does not answer',
    play(day) {
      day.alarms = 'unanswered';
    },
    mails: [],
    executions: 0,
    records: 1,
  },
  {
    title: 'EC2 is denied',
    play: ({ pair }) => {
      pair.fault = EC2_DENIED;
    },
    mails: [[15, 'alert', 'aws-unseen']],
    executions: 0,
    records: 3,
  },
  {
    title: 'EC2 is denied for 17 minutes in every 20',
    play: ({ pair, at }) => {
      for (let minute = 0; minute < 1_440; minute += 20) {
        at(minute, () => {
          pair.fault = EC2_DENIED;
        });
        at(minute + 17, () => {
          pair.fault = {};
        });
      }
    },
    mails: [[15, 'alert', 'aws-unseen']],
    executions: 0,
    // A record of each change.
    records: 150,
  },
  {
    title: 'the standby is not seen',
    play: ({ pair }) => {
      pair.fault = { standby: null };
    },
    mails: [[15, 'alert', 'standby-unseen']],
    executions: 0,
    records: 3,
  },
  {
    title: 'the preferred firewall is not seen',
    play: ({ pair }) => {
      pair.fault = { preferred: null };
    },
    mails: [
      [15, 'alert', 'preferred-unseen'],
      [65, 'alert', 'away-too-long'],
    ],
    executions: 0,
    records: 5,
  },
  {
    title: 'the VPN of both firewalls is dead',
    play(day) {
      day.pair.fault = bothDead(day);
    },
    mails: [[1, 'alert', 'nothing-carries']],
    executions: 0,
    records: 3,
  },
  {
    title: 'the VPN of the preferred firewall is dead',
    play(day) {
      diesAt(REBOOT, day);
    },
    mails: [
      [11, 'alert', 'failed-over'],
      [[75, 78], 'alert', 'away-too-long'],
    ],
    executions: 1,
    records: 12,
  },
  {
    title: 'one tunnel of the preferred firewall is down, which reboots',
    play(day) {
      day.pair.fault = { preferredAws: awsView(day.settings.preferred, [true, false]) };
      reboots(day);
    },
    mails: [
      [0, 'info', 'degraded'],
      [REBOOT, 'info', 'held'],
      [[75, 78], 'alert', 'away-too-long'],
    ],
    executions: 1,
    records: 12,
  },
  {
    title: 'the preferred firewall reboots, and another command holds its lock for ever',
    play(day) {
      day.pair.isLocked = true;
      reboots(day);
    },
    mails: [[[11, 13], 'alert', 'order-refused']],
    executions: 100,
    records: 620,
  },
  {
    title: 'the preferred firewall reboots, and its fence file holds a higher number',
    play(day) {
      day.pair.fence = 9e12;
      reboots(day);
    },
    mails: [[[11, 13], 'alert', 'order-refused']],
    executions: 100,
    records: 620,
  },
  ...[120, -120].map((ahead) => ({
    title: `the clock of the preferred firewall is two minutes ${ahead > 0 ? 'fast' : 'slow'}`,
    play: (day: Playing) => {
      day.pair.clockAheadSeconds = ahead;
      reboots(day);
    },
    mails: [[5, 'alert', 'clock-wrong'] as const, ...FAILED_BACK],
    executions: 2,
    records: 20,
  })),
  {
    title: 'mode is off, and the latch holds the preferred firewall after a reboot',
    settings: { mode: 'off' },
    play: reboots,
    mails: [[REBOOT + 5, 'alert', 'left-alone']],
    executions: 0,
    records: 5,
  },
  {
    title: 'a person is asked and does not answer',
    settings: { mode: 'approve' },
    play: reboots,
    mails: [
      [REBOOT, 'info', 'held'],
      [[11, 13], 'alert', 'request-approval'],
      [[42, 44], 'info', 'declined'],
    ],
    executions: 2,
    records: 20,
  },
  {
    title: 'SNS takes nothing for an hour in which the standby is not seen',
    play(day) {
      day.pair.fault = { standby: null };
      day.isSnsDown = true;
      day.at(75, () => {
        day.isSnsDown = false;
      });
    },
    mails: [[75, 'alert', 'standby-unseen']],
    executions: 0,
    // One for each time that it was tried.
    records: 65,
  },
  {
    title: 'react dies before it tells',
    play(day) {
      day.pair.fault = { standby: null };
      day.dies = 'before telling';
    },
    mails: [[16, 'alert', 'standby-unseen']],
    executions: 0,
    records: 3,
  },
  {
    title: 'react dies between telling and remembering: told twice, never lost',
    play(day) {
      day.pair.fault = { standby: null };
      day.dies = 'before remembering';
    },
    mails: [
      [15, 'alert', 'standby-unseen'],
      [16, 'alert', 'standby-unseen'],
    ],
    executions: 0,
    records: 4,
  },
];

describe('a day on which', () => {
  it.each(days)('$title', goesAsItShould);
});
