import { describe, it } from '@jest/globals';
import { awsView, deadVpn } from '../support/observations.ts';
import { goesAsItShould, type Case } from './case.ts';
import { bothDead, diesAt, EC2_DENIED, REBOOT, reboots, splitUntilReleased } from './faults.ts';

/** Days on which observations begin operations, or wait for one: what lasts is told all the same, and in time. */
const cases: readonly Case[] = [
  {
    title: 'CloudWatch does not answer, and the VPN of the preferred firewall is dead',
    play(day) {
      day.alarms = 'unanswered';
      diesAt(REBOOT, day);
    },
    mails: [[[14, 17], 'alert', 'alarms-unanswered']],
    executions: 60,
    records: 250,
    minutes: 120,
  },
  {
    title: 'CloudWatch does not answer, and the preferred firewall reboots',
    play(day) {
      day.alarms = 'unanswered';
      reboots(day);
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[14, 17], 'alert', 'alarms-unanswered'],
    ],
    executions: 60,
    records: 250,
    minutes: 120,
  },
  {
    title: 'the VPN of the preferred firewall is dead, which refuses every order',
    play(day) {
      day.pair.isLocked = true;
      diesAt(REBOOT, day);
    },
    mails: [[[11, 15], 'alert', 'order-refused']],
    executions: 60,
    records: 250,
    minutes: 120,
  },
  {
    title: 'the preferred firewall is held, and then refuses every order',
    play(day) {
      reboots(day);
      day.at(REBOOT + 2, () => {
        day.pair.isLocked = true;
      });
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[11, 20], 'alert', 'order-refused'],
    ],
    executions: 60,
    records: 250,
    minutes: 120,
  },
  {
    title: 'the VPN of both firewalls dies while the preferred one is held',
    play(day) {
      reboots(day);
      day.at(REBOOT + 2, () => {
        day.pair.fault = bothDead(day);
      });
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[13, 16], 'alert', 'nothing-carries'],
      [[75, 78], 'alert', 'away-too-long'],
    ],
    executions: 2,
    records: 30,
    minutes: 120,
  },
  {
    title: 'the VPN of both firewalls dies, and that of the held one returns',
    play(day) {
      const { standby } = day.settings;
      reboots(day);
      day.at(REBOOT + 2, () => {
        day.pair.fault = bothDead(day);
      });
      day.at(REBOOT + 10, () => {
        day.pair.fault = {
          standby: deadVpn(standby),
          standbyAws: awsView(standby, [false, false]),
        };
      });
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[13, 16], 'alert', 'nothing-carries'],
      // Released because the standby is dead, before its gate was green.
      [[20, 25], 'alert', 'soak-good'],
      // It serves, and has no reserve.
      [[35, 40], 'alert', 'standby-not-ready'],
    ],
    executions: 2,
    records: 30,
    minutes: 60,
  },
  {
    title: 'EC2 is denied, and the preferred firewall reboots',
    play(day) {
      day.pair.fault = EC2_DENIED;
      reboots(day);
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[15, 17], 'alert', 'aws-unseen'],
      [[75, 78], 'alert', 'away-too-long'],
    ],
    executions: 2,
    records: 30,
    minutes: 120,
  },
  {
    title: 'the standby is not seen, and the preferred firewall reboots',
    play(day) {
      day.pair.fault = { standby: null };
      reboots(day);
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[15, 17], 'alert', 'standby-unseen'],
      [[75, 78], 'alert', 'away-too-long'],
    ],
    executions: 2,
    records: 30,
    minutes: 120,
  },
  {
    title: 'SNS takes nothing for an hour in which a failover is made',
    play(day) {
      day.isSnsDown = true;
      diesAt(REBOOT, day);
      day.at(60, () => {
        day.isSnsDown = false;
      });
    },
    mails: [
      [[60, 72], 'alert', 'failed-over'],
      [[75, 78], 'alert', 'away-too-long'],
    ],
    executions: 2,
    records: 30,
    minutes: 120,
  },
  {
    // Where a person is asked nobody counts observations, so that two in a row never come.
    title: 'the addresses are split while a person is asked',
    settings: { mode: 'approve' },
    play(day) {
      reboots(day);
      splitUntilReleased(REBOOT + 4, day);
    },
    mails: [
      [REBOOT, 'info', 'held'],
      [[11, 13], 'alert', 'request-approval'],
      [[13, 16], 'info', 'watching-standby'],
      [[15, 21], 'alert', 'soak-good'],
    ],
    executions: 2,
    records: 30,
    minutes: 120,
  },
];

describe('a day on which', () => {
  it.each(cases)('$title', goesAsItShould);
});
