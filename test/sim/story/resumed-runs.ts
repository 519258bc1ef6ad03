import { loadAssembly } from 'local-aws';
import type { InterruptPoint } from 'local-aws/parts';
import type { Scenario } from '../../../sim/story/scenarios.ts';
import type { RunOptions } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import type { Edit } from '../../support/example-settings.ts';

/**
 * A short run of a pair with every kind of step: the link blinks (the latch arms), so the firewall
 * is held; it gets the traffic back; its tunnels die in the soak, so it is rolled back; they return,
 * and it gets the traffic back for good.
 */
export const rolledBack: Scenario = {
  id: 'rolled-back',
  title: 'A failback that is rolled back, and then made good',
  text: '',
  durationSeconds: 1200,
  play({ site, happen, onReturn }) {
    happen(5, 'cable pulled', () => {
      site.pullCable('preferred', 'wan');
    });
    happen(10, 'cable plugged in', () => {
      site.plugCable('preferred', 'wan');
    });
    onReturn(10, 'tunnels dead for 45 s', () => {
      site.flapTunnels('preferred', 'both', 'silent', [{ afterSeconds: 0, forSeconds: 45 }]);
    });
  },
};

/** The tunnels die while CARP stays happy, and return. */
const failedOverFor = (seconds: number): Scenario => ({
  id: 'failed-over',
  title: 'A failover, and the failback after it',
  text: '',
  durationSeconds: seconds + 900,
  play({ site, happen }) {
    happen(5, 'tunnels dead', () => {
      site.breakTunnels('preferred', 'both', 'silent');
    });
    happen(seconds, 'tunnels mended', () => {
      site.restoreTunnels('preferred', 'both');
    });
  },
});
export const failedOver = failedOverFor(400);
/** Long enough for a second attempt, after the lease of the first one has run out. */
export const failedOverLate = failedOverFor(800);

/** charon gives up on both tunnels of a held firewall: only a restart of IPsec brings them back. */
export const ipsecRestarted: Scenario = {
  id: 'ipsec-restarted',
  title: 'A restart of IPsec, and the failback after it',
  text: '',
  durationSeconds: 1200,
  play({ site, happen }) {
    happen(60, 'the preferred firewall reboots', () => {
      site.reboot('preferred');
    });
    happen(170, 'charon gives up', () => {
      site.breakTunnels('preferred', 'both', 'stuck');
    });
  },
};

/** What the run of a restart of IPsec is played with: the restart of IPsec is off by default. */
export const WITH_IPSEC_RESTART: readonly Edit[] = [
  ...QUICK,
  ['pairs.0.ipsecRestartAfterSeconds', 120],
];

/** Nothing happens at all. */
export const uneventful: Scenario = {
  id: 'uneventful',
  title: 'All is well',
  text: '',
  durationSeconds: 1200,
  play: () => undefined,
};

/** Everything that happens in these runs has begun by then. */
const ALL_BEGUN_SECONDS = 500;
const SETTLED_SECONDS = 180;

/** Ends a run when the pair has been where it belongs, with nothing under way, for three observations. */
export function settledAgain(
  allBegunSeconds = ALL_BEGUN_SECONDS,
): NonNullable<RunOptions['isOver']> {
  let since: number | undefined;
  return ({ lanOwner, firewalls: { preferred } }, phase, atSeconds) => {
    const isHome = lanOwner === 'preferred' && !preferred.maintenance && preferred.demotion === 0;
    const isSettled =
      isHome && phase === 'watching' && preferred.tunnels.every(({ passes }) => passes);
    since = isSettled ? (since ?? atSeconds) : undefined;
    return since !== undefined && atSeconds > Math.max(allBegunSeconds, since + SETTLED_SECONDS);
  };
}

export interface Kill {
  readonly state: string;
  /** When its executions die there: the first one, and the next one that gets there. */
  readonly deaths: readonly InterruptPoint['when'][];
}

const { folder } = artifactWith(...QUICK);
const [machine] = loadAssembly(folder).ofType('AWS::StepFunctions::StateMachine');
/** The states of the workflow, by name. */
export const STATES = (
  JSON.parse(String(machine?.properties['DefinitionString'])) as {
    States: Readonly<Record<string, { readonly Type: string; readonly Next?: string }>>;
  }
).States;

const hasEffect = (state: string): boolean => ['Task', 'Wait'].includes(STATES[state]?.Type ?? '');

/** It makes an act: it may change a firewall. */
export const acts = (state: string): boolean => JSON.stringify(STATES[state]).includes('"act":');

/** The definition names it once: as the next state of one that does not choose. */
function alwaysFollows(state: string): boolean {
  const naming = Object.values(STATES).filter((one) =>
    JSON.stringify(one).includes(JSON.stringify(state)),
  );
  return naming.length === 1 && naming[0]?.Next === state;
}

/**
 * Before and after each state; only before those that do nothing, as both are one moment there, and
 * not at all where that is one moment with the end of the state before. What changes a firewall also
 * dies after its very first attempt.
 */
export function killsAt(states: readonly string[]): Kill[] {
  return states
    .filter((state) => hasEffect(state) || !alwaysFollows(state))
    .flatMap((state): Kill[] => [
      { state, deaths: hasEffect(state) ? ['before', 'after'] : ['before'] },
      ...(acts(state) ? [{ state, deaths: ['after'] as const }] : []),
    ]);
}
