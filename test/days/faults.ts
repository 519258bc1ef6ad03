import { known, unknown } from '../../lambda/core/reading.ts';
import type { Firewall } from '../../lambda/core/settings.ts';
import { awsView, deadVpn, type Change } from '../support/observations.ts';
import type { Playing } from './day.ts';
import type { Wanted } from './wanted.ts';

// What goes wrong on the days, and when.

export const REBOOT = 10;
export const reboots = ({ at, pair }: Playing): void => {
  at(REBOOT, () => {
    pair.reboot();
  });
};
const denied = unknown('UnauthorizedOperation: You are not authorized to perform this operation.');
export const EC2_DENIED: Change = { preferredAws: denied, standbyAws: denied };
const preferredDead = ({ settings: { preferred } }: Playing): Change => ({
  preferred: deadVpn(preferred),
  preferredAws: awsView(preferred, [false, false]),
});
export const bothDead = (day: Playing): Change => {
  const { standby } = day.settings;
  return {
    ...preferredDead(day),
    standby: deadVpn(standby),
    standbyAws: awsView(standby, [false, false]),
  };
};
/** From this minute on the VPN of the preferred firewall is dead. */
export const diesAt = (minute: number, day: Playing): void => {
  day.at(minute, () => {
    day.pair.fault = preferredDead(day);
  });
};
export const FAILED_BACK: readonly Wanted[] = [
  [REBOOT, 'info', 'held'],
  [REBOOT + 4, 'info', 'soak-good'],
];

/** The WAN address is with the standby and the LAN address with the preferred firewall, until that is let go. */
export const splitUntilReleased = (from: number, { at, pair, settings }: Playing): void => {
  const addresses = (firewall: Firewall, lan: 'MASTER' | 'BACKUP') =>
    known(
      firewall.virtualAddresses.map((address, index) => ({
        ...address,
        state: (index === 1) === (lan === 'MASTER') ? ('MASTER' as const) : ('BACKUP' as const),
      })),
    );
  const split: Change = {
    preferred: { addresses: addresses(settings.preferred, 'MASTER') },
    standby: { addresses: addresses(settings.standby, 'BACKUP') },
  };
  for (let minute = from; minute < from + 60; minute += 1) {
    at(minute, () => {
      pair.fault = pair.isHeld ? split : {};
    });
  }
};
