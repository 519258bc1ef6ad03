import type { Memory } from '../../../lambda/core/memory.ts';
import type { Notice } from '../../../lambda/ports/notices.ts';
import type { Scenario, StoryControls } from '../../../sim/story/scenarios.ts';
import { artifactWith } from '../../support/artifact.ts';
import type { Edit } from '../../support/example-settings.ts';
import {
  playFast,
  type FastOptions,
  type FastRun,
  type FastWorld,
} from '../../support/fast-story.ts';
import { settledAgain } from './resumed-runs.ts';

/** Stories in which the standby fails while the preferred firewall is held. */

const REBOOT_SECONDS = 60;
/** Its tunnels are up about 250 s after the start, and the gate would be green 60 s later. */
const DEATH_SECONDS = 420;

/** Why it is not simply failed back meanwhile, and for how long. */
interface Reason {
  readonly title: string;
  readonly edits?: readonly Edit[];
  readonly play?: (controls: StoryControls) => void;
  readonly besides?: (world: FastWorld) => void;
}

interface Fault {
  readonly title: string;
  readonly atSeconds?: number;
  readonly forSeconds: number;
  readonly begin: (site: StoryControls['site']) => void;
  readonly end: (site: StoryControls['site']) => void;
}

export interface Death {
  readonly id: string;
  readonly reason: Reason;
  readonly fault: Fault;
}

/** Writes into what Holdback remembers of the pair, as if it had happened earlier that day. */
const remembering =
  (change: (now: number) => Partial<Memory>): NonNullable<Reason['besides']> =>
  ({ holdback: { ledger }, clock }) => {
    clock.after(20_000, 'an earlier day', async () => {
      const seen = await ledger.read();
      if (!seen.memory) throw new Error('Nothing is remembered yet.');
      await ledger.saveWatched('hq', seen, { ...seen.memory, ...change(clock.now()) }, clock.now());
    });
  };

const oneTunnel: Reason = {
  title: 'one of its two tunnels is down',
  play({ site, happen }) {
    happen(30, 'one tunnel dead', () => {
      site.breakTunnels('preferred', 1, 'silent');
    });
  },
};
const replacement: Reason = {
  title: 'AWS replaces one of its endpoints',
  play({ site, happen }) {
    happen(200, 'replacement announced', () => {
      site.setReplacementPending('preferred', 1, true);
    });
  },
};
const budget: Reason = {
  title: 'the failback budget of the day is spent',
  besides: remembering((now) => ({
    failbacks: [3, 2, 1].map((hours) => now - hours * 3_600_000),
  })),
};
const coolDown: Reason = {
  title: 'the cool-down after a roll back is running',
  // Long enough that it is not over before the standby fails.
  besides: remembering((now) => ({ rolledBackAt: now - 30_000 })),
};
export const APPROVE: readonly Edit[] = [
  ['pairs.0.mode', 'approve'],
  ['pairs.0.vpcPrefix', '10.20.0.0/16'],
];
const awaitingApproval: Reason = { title: 'a person is asked and does not answer', edits: APPROVE };

const cable: Fault = {
  title: 'WAN cable out for 600 s',
  forSeconds: 600,
  begin: (site) => {
    site.pullCable('standby', 'wan');
  },
  end: (site) => {
    site.plugCable('standby', 'wan');
  },
};
const isp: Fault = {
  title: 'ISP out for 900 s, link up',
  forSeconds: 900,
  begin: (site) => {
    site.loseIsp('standby');
  },
  end: (site) => {
    site.restoreIsp('standby');
  },
};
const vpn: Fault = {
  title: 'VPN dead in silence for 600 s',
  forSeconds: 600,
  begin: (site) => {
    site.breakTunnels('standby', 'both', 'silent');
  },
  end: (site) => {
    site.restoreTunnels('standby', 'both');
  },
};
const power: Fault = {
  title: 'power lost for 600 s',
  forSeconds: 600,
  begin: (site) => {
    site.powerOff('standby');
  },
  end: (site) => {
    site.powerOn('standby');
  },
};
const lan: Fault = {
  title: 'LAN cable out for 600 s',
  forSeconds: 600,
  begin: (site) => {
    site.pullCable('standby', 'lan');
  },
  end: (site) => {
    site.plugCable('standby', 'lan');
  },
};
const vpnBefore: Fault = {
  ...vpn,
  title: 'VPN dead before the reboot',
  atSeconds: 10,
  forSeconds: 990,
};

const FAULTS = { cable, isp, vpn, power, vpnBefore, lan } as const;
const REASONS = { oneTunnel, replacement, budget, coolDown, awaitingApproval } as const;

/** A fault of the standby and a reason not to fail back, such as `cable` and `budget`. */
export const death = (fault: keyof typeof FAULTS, reason: keyof typeof REASONS): Death => ({
  id: `${fault}, ${reason}`,
  reason: REASONS[reason],
  fault: FAULTS[fault],
});

/** Pings that the standby's death may cost more than native CARP, which leaves the pair alone. */
export const MOST_MORE_PINGS_LOST = 150;

const beginOf = ({ atSeconds = DEATH_SECONDS }: Fault): number => atSeconds;

export function scenarioOf({ id, reason, fault }: Death): Scenario {
  const begin = beginOf(fault);
  const end = begin + fault.forSeconds;
  return {
    id,
    title: `${fault.title}, while ${reason.title}`,
    text: '',
    durationSeconds: end + 600,
    play(controls) {
      const { site, happen } = controls;
      reason.play?.(controls);
      happen(REBOOT_SECONDS, 'the preferred firewall reboots', () => {
        site.reboot('preferred');
      });
      happen(begin, fault.title, () => {
        fault.begin(site);
      });
      happen(end, 'the standby is mended', () => {
        fault.end(site);
        site.restoreTunnels('preferred', 'both');
        site.setReplacementPending('preferred', 'both', false);
      });
    },
  };
}

export interface Compared {
  readonly none: FastRun;
  readonly holdback: FastRun;
  /** What people got after the standby had failed. */
  readonly mails: readonly Notice[];
  /** Pings that Holdback lost more than native CARP. */
  readonly more: number;
}

/** One story twice, with the same seed and the same faults: native CARP, and Holdback. */
export async function compare(death: Death, seed = 1): Promise<Compared> {
  const { besides, edits = [] } = death.reason;
  const scenario = scenarioOf(death);
  const options = (): FastOptions => ({
    artifact: artifactWith(...edits),
    scenario,
    seed,
    isOver: settledAgain(scenario.durationSeconds - 600),
  });
  const none = await playFast({ ...options(), strategy: 'none' });
  const holdback = await playFast({ ...options(), ...(besides && { besides }) });
  const diedAt = holdback.start + beginOf(death.fault) * 1000;
  return {
    none,
    holdback,
    mails: holdback.notices.filter(({ urgency, at }) => urgency !== 'quiet' && at > diedAt),
    more: holdback.lost - none.lost,
  };
}
