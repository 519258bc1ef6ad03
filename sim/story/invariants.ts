import type { Millis } from 'local-aws/clock';

/** What must be true of every run, whatever breaks. The world here is the truth, not a view of it. */

export interface FirewallState {
  /** Up and connected: native CARP would let it serve. */
  readonly able: boolean;
  readonly master: boolean;
  readonly maintenance: boolean;
  readonly demotion: number;
  /** At least one of its tunnels really passes packets. */
  readonly carries: boolean;
}

/** The state of the world from this instant until the next state. */
export interface SiteState {
  readonly at: Millis;
  readonly preferred: FirewallState;
  readonly standby: FirewallState;
  /** Executions that hold the lease of the pair. */
  readonly operations: number;
}

/** A record of the ledger, as far as it matters here. */
export interface Entry {
  readonly at: Millis;
  readonly operation: string | null;
  readonly rule: string;
  readonly action: string;
  readonly result?: string | undefined;
  readonly evidence: readonly { readonly id: string; readonly verdict: string }[];
}

export interface History {
  /** Tunnels come up on the MASTER only, so none of a held firewall carries. */
  readonly tunnelsOnMaster: boolean;
  readonly stableSeconds: number;
  readonly failbackBudgetPerDay: number;
  /** The longest that an operation may take until it is closed, deaths of executions included. */
  readonly longestOperationSeconds: number;
  readonly states: readonly SiteState[];
  readonly entries: readonly Entry[];
  /** Maintenance commands that a firewall got from Holdback. */
  readonly commands: readonly { readonly at: Millis; readonly intent: 'on' | 'off' }[];
  readonly endedAt: Millis;
}

export interface Invariant {
  readonly id: string;
  readonly says: string;
  /** Where it is broken; nothing if it holds. */
  readonly broken: (history: History) => readonly string[];
}

const seconds = (count: number): Millis => count * 1000;

/** CARP needs 3 s to notice a silent master, and a booting firewall some more to settle. */
const ELECTION: Millis = seconds(10);
/** What two observations may miss: they are 10 s apart and take some seconds each. */
const BETWEEN_OBSERVATIONS: Millis = seconds(30);

interface Stretch {
  readonly from: Millis;
  readonly to: Millis;
}

/** The stretches of time in which a condition held without a break. */
function stretches({ states, endedAt }: History, holds: (state: SiteState) => boolean): Stretch[] {
  const found: Stretch[] = [];
  let from: Millis | null = null;
  for (const state of states) {
    if (holds(state)) from ??= state.at;
    else if (from !== null) {
      found.push({ from, to: state.at });
      from = null;
    }
  }
  if (from !== null) found.push({ from, to: endedAt });
  return found;
}

const at = (instant: Millis): string => new Date(instant).toISOString().slice(11, 19);
const isDone = (entry: Entry): boolean => entry.result?.startsWith('changed') ?? false;
const releases = ({ entries }: History): Entry[] =>
  entries.filter((entry) => entry.action === 'release' && isDone(entry));

/** Evidence that a reader wants to see and that no gate asks for. */
const TOLD_ONLY = ['standby-ready', 'return-path', 'clock-agrees', 'last-answer'];

/** With tunnels on the MASTER only a held firewall has no VPN to agree on. */
const isToldOnly = (id: string, { tunnelsOnMaster }: History): boolean =>
  TOLD_ONLY.includes(id) || (tunnelsOnMaster && id === 'preferred-vpn');

/** Rules that let a firewall out because every other place for the traffic is worse, window or not. */
const RELIEF = ['serving-alone', 'standby-dead', 'split'];

export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'window-before-release',
    says: 'A firewall is let out only with every signal good, or because every other place for the traffic is worse.',
    broken: (history) =>
      releases(history)
        .filter(({ rule }) => !RELIEF.includes(rule))
        .filter(({ evidence }) =>
          evidence.some(({ id, verdict }) => !isToldOnly(id, history) && verdict !== 'pass'),
        )
        .map((entry) => `released at ${at(entry.at)} by ${entry.rule} without every signal good`),
  },
  {
    id: 'carried-before-release',
    says: 'The tunnels of a firewall that is let out really carried traffic during the stable window.',
    broken: (history) =>
      releases(history)
        .filter(({ rule }) => !RELIEF.includes(rule) && !history.tunnelsOnMaster)
        .flatMap((entry) =>
          stretches(history, (state) => !state.preferred.carries)
            .filter(({ from, to }) => {
              const start = Math.max(from, entry.at - seconds(history.stableSeconds));
              return Math.min(to, entry.at) - start > BETWEEN_OBSERVATIONS;
            })
            .map(({ from }) => `released at ${at(entry.at)}, dead since ${at(from)}`),
        ),
  },
  {
    id: 'never-both-held',
    says: 'Holdback never holds a firewall that nothing held before while the other is in maintenance mode.',
    broken: ({ commands, states }) =>
      commands
        .filter(({ intent }) => intent === 'on')
        .filter((command) => {
          const state = states.findLast((one) => one.at <= command.at);
          return state?.standby.maintenance && state.preferred.demotion === 0;
        })
        .map((command) => `maintenance on at ${at(command.at)} with the standby in maintenance`),
  },
  {
    id: 'one-operation',
    says: 'At most one operation of a pair is under way.',
    broken: ({ states }) =>
      states
        .filter((state) => state.operations > 1)
        .map((state) => `${state.operations} at ${at(state.at)}`),
  },
  {
    id: 'never-worse-than-carp',
    says: 'While a firewall is able to serve, one does, after the time that an election takes.',
    broken: (history) =>
      stretches(history, ({ preferred, standby }) => {
        const able = preferred.able || standby.able;
        return able && !preferred.master && !standby.master;
      })
        .filter(({ from, to }) => to - from > ELECTION)
        .map(({ from, to }) => `nobody served from ${at(from)} to ${at(to)}`),
  },
  {
    id: 'no-hidden-fault',
    says: 'After a firewall was let out, nothing that demotes it has been wiped or left.',
    broken: (history) =>
      releases(history)
        .map((entry) => ({
          entry,
          state: history.states.findLast((state) => state.at <= entry.at),
        }))
        .filter(({ state }) => state !== undefined && state.preferred.demotion < 0)
        .map(({ entry }) => `negative demotion after the release at ${at(entry.at)}`),
  },
  {
    id: 'every-operation-ends',
    says: 'Every operation is closed within its deadline, or taken up by another execution.',
    broken: ({ entries, longestOperationSeconds, endedAt }) => {
      const operations = new Set(entries.flatMap(({ operation }) => operation ?? []));
      return [...operations].flatMap((operation) => {
        const own = entries.filter(
          (entry) => entry.operation === operation && entry.rule !== 'coalesced',
        );
        const [first] = own;
        if (!first || own.some(({ action }) => action === 'close')) return [];
        const age = endedAt - first.at;
        return age > seconds(longestOperationSeconds)
          ? [`${operation} is open since ${at(first.at)}`]
          : [];
      });
    },
  },
  {
    id: 'every-command-has-a-reason',
    says: 'Before each command stands a record of the decision for it.',
    broken: ({ commands, entries }) =>
      commands
        .filter(
          (command) =>
            !entries.some(
              (entry) =>
                entry.at <= command.at &&
                command.at - entry.at < seconds(600) &&
                (command.intent === 'off') === (entry.action === 'release') &&
                ['release', 'hold', 'fail-over', 'roll-back'].includes(entry.action),
            ),
        )
        .map((command) => `maintenance ${command.intent} at ${at(command.at)} without a record`),
  },
  {
    id: 'failback-budget',
    says: 'A day has no more automatic failbacks than its budget.',
    broken: (history) => {
      const failbacks = releases(history).filter(({ rule }) => rule === 'failback');
      return failbacks.length > history.failbackBudgetPerDay
        ? [`${failbacks.length} failbacks`]
        : [];
    },
  },
];

/** Every broken invariant with its place, as `id: where`. */
export function checkInvariants(history: History): readonly string[] {
  return INVARIANTS.flatMap(({ id, broken }) => broken(history).map((where) => `${id}: ${where}`));
}
