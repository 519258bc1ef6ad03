import { lasting, once, type Means } from './means.ts';

/** What people do meanwhile. */

const OF_PAIR = { isOfPair: true } as const;
const OF_HOLDBACK = { isOfPair: true, isOfHoldback: true } as const;

export const PEOPLE_FAULTS = {
  'operator-toggles': lasting(
    ({ site }, { role }) => {
      site.toggleMaintenance(role);
    },
    ({ site }, { role }) => {
      site.toggleMaintenance(role);
    },
  ),
  'page-saved': once(({ site }, { role }) => {
    site.saveConfiguration(role, 3);
  }),
  /** Somebody edits both virtual addresses and presses Apply. */
  'vips-applied': {
    moments: ({ role }) => [
      {
        afterSeconds: 0,
        does: ({ site }) => {
          site.saveConfiguration(role, 3);
        },
      },
      {
        afterSeconds: 5,
        does: ({ site }) => {
          site.firewall(role).applyVips();
        },
      },
    ],
  },
  /** The preferred firewall synchronises its configuration to the standby, virtual addresses included. */
  'config-synced': once(({ site }) => {
    site.standby.receiveConfiguration(6);
  }, OF_PAIR),
  paused: lasting(
    ({ cloud }) => {
      cloud?.pause('paused by ana: works on the ISP');
    },
    ({ cloud }) => {
      cloud?.pause(null);
    },
    OF_HOLDBACK,
  ),
  /** Forwards or back: either puts other functions in place, while executions keep their definition. */
  deployed: once(({ cloud }) => {
    cloud?.deploy();
  }, OF_HOLDBACK),
  'stack-deleted': once(({ cloud }) => {
    cloud?.deleteStack();
  }, OF_HOLDBACK),
} as const satisfies Readonly<Record<string, Means>>;
