import type { Chance } from 'local-aws/chance';
import { parseSettings, type Pair } from '../../lambda/core/settings.ts';
import type { Answer } from '../fast-world/holdback.ts';
import type { SiteOptions } from '../site/options.ts';

/** What of the settings is drawn; a key that is absent is as in holdback.yaml. */
interface DrawnSettings {
  readonly tunnelMode?: 'bgp-on-master' | 'on-master';
  readonly mode?: 'approve' | 'off';
  readonly stableSeconds?: number;
  readonly soakSeconds?: number;
  readonly failbackBudgetPerDay?: number;
  readonly coolDownSeconds?: number;
  readonly ipsecRestartAfterSeconds?: number;
  readonly localReleaseAfterSeconds?: number;
  readonly vpcPrefix?: string;
}

/** How the pair of an incident differs from that of holdback.yaml. It is data: found.ts replays it. */
export interface DrawnPair extends DrawnSettings {
  readonly transport?: 'relay';
  /** Absent: BGP. */
  readonly routing?: 'static';
  /** Absent: AWS answers through the MASTER. */
  readonly returnPath?: 'fixed-on-preferred';
  readonly latch?: 'absent';
  /** Absent: nothing. */
  readonly answer?: Answer;
}

/** What is drawn and is no key of the settings, or stands elsewhere in them. */
const BESIDE_SETTINGS: readonly string[] = [
  'transport',
  'routing',
  'returnPath',
  'latch',
  'answer',
] satisfies readonly (keyof DrawnPair)[];

/** So long a person is waited for in mode approve: an incident is shorter than the default of half an hour. */
const APPROVAL_SECONDS = 300;
const RELAY = 'mi-0cccccccccccccccc';

type Draw = <T>(what: string, chances: number, of: readonly T[]) => T | undefined;

/** Half of the pairs are that of holdback.yaml. In the others each setting is drawn by itself. */
export function pairOf(chance: Chance): DrawnPair {
  if (chance.fraction('pair', 'default') < 0.5) return {};
  const draw: Draw = (what, chances, of) =>
    chance.fraction('pair', what) < chances
      ? of[Math.floor(chance.fraction('pair', what, 'which') * of.length)]
      : undefined;
  const tunnelMode = draw('tunnelMode', 0.5, ['bgp-on-master', 'on-master'] as const);
  const transport = draw('transport', 0.3, ['relay'] as const);
  const mode = draw('mode', 0.3, ['approve', 'approve', 'approve', 'off'] as const);
  const isAnswer =
    mode === 'approve' ? draw('answer', 0.7, ['yes', 'yes', 'no'] as const) : undefined;
  return withoutAbsent({
    tunnelMode,
    transport,
    mode,
    answer: isAnswer && {
      is: isAnswer,
      afterSeconds: Math.round(chance.between(5, APPROVAL_SECONDS - 5, 'pair', 'answers after')),
    },
    stableSeconds: draw('stable', 0.3, [35, 180]),
    // The product refuses a short soak where something comes up on the MASTER only.
    soakSeconds: draw('soak', 0.3, tunnelMode ? [150, 300] : [35, 300]),
    failbackBudgetPerDay: draw('budget', 0.2, [1]),
    coolDownSeconds: draw('cool-down', 0.3, [0, 300]),
    // A firewall whose tunnels need the CARP address has none to restart while it is held.
    ipsecRestartAfterSeconds:
      tunnelMode === 'on-master' ? undefined : draw('restart', 0.3, [120, 300]),
    // Only an agent can tell a firewall that Holdback is still there, and only an agent reads the route.
    localReleaseAfterSeconds: transport ? undefined : draw('local release', 0.3, [300]),
    vpcPrefix: transport ? undefined : draw('vpcPrefix', 0.3, ['10.20.0.0/16']),
    // BGP on the MASTER only needs BGP.
    routing: tunnelMode === 'bgp-on-master' ? undefined : draw('routing', 0.2, ['static'] as const),
    returnPath: draw('return path', 0.2, ['fixed-on-preferred'] as const),
    latch: draw('latch', 0.15, ['absent'] as const),
  });
}

function withoutAbsent<T extends object>(
  drawn: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

/** Behind a relay the interfaces have the names of the web page. */
const behindRelay = (firewall: Pair['preferred']): Pair['preferred'] => ({
  ...firewall,
  transport: 'relay',
  ssmTarget: RELAY,
  virtualAddresses: firewall.virtualAddresses.map((address, index) => ({
    ...address,
    interface: index === 0 ? 'WAN' : 'LAN',
  })),
});

/**
 * The checked settings of a drawn pair.
 *
 * @param like the pair of holdback.yaml
 * @throws SettingsError if the product would refuse them
 */
export function settingsOf(like: Pair, drawn: DrawnPair = {}): Pair {
  const { transport, routing, mode } = drawn;
  const settings = Object.fromEntries(
    Object.entries(drawn).filter(([key]) => !BESIDE_SETTINGS.includes(key)),
  );
  const { preferred, standby } = like;
  const [pair] = parseSettings({
    pairs: [
      {
        ...like,
        ...settings,
        ...(routing === 'static' && { bgpHoldSeconds: 0 }),
        ...(mode === 'approve' && {
          deadlines: { ...like.deadlines, approvalSeconds: APPROVAL_SECONDS },
        }),
        ...(transport === 'relay' && {
          preferred: behindRelay(preferred),
          standby: behindRelay(standby),
        }),
      },
    ],
  }).pairs;
  if (!pair) throw new Error('Settings of one pair are those of one pair.');
  return pair;
}

/** The site of a drawn pair, beyond that of holdback.yaml. */
export const siteOf = (drawn: DrawnPair = {}): Partial<SiteOptions> => ({
  ...(drawn.tunnelMode && { tunnelMode: drawn.tunnelMode }),
  ...(drawn.routing && { routing: drawn.routing }),
  ...(drawn.returnPath && { returnPath: drawn.returnPath }),
  ...(drawn.transport && { relayInstanceId: RELAY }),
});

/** Seconds that its failback may take longer than with the settings of holdback.yaml. */
export const slowerSeconds = ({
  stableSeconds = 60,
  soakSeconds = 120,
  mode,
}: DrawnPair = {}): number =>
  Math.max(0, stableSeconds - 60) +
  Math.max(0, soakSeconds - 120) +
  (mode === 'approve' ? APPROVAL_SECONDS : 0);

/** Each pair that is one setting nearer to that of holdback.yaml. */
export function simplerPairs(drawn: DrawnPair): DrawnPair[] {
  return Object.keys(drawn).map((key) => {
    const rest = Object.fromEntries(Object.entries(drawn).filter(([other]) => other !== key));
    // Who is asked nothing gives no answer.
    if (key === 'mode') delete rest['answer'];
    return rest;
  });
}

export const describePair = (drawn: DrawnPair = {}): string =>
  Object.entries(drawn)
    .map(([key, value]) =>
      key === 'answer' && drawn.answer
        ? `answer ${drawn.answer.is} after ${drawn.answer.afterSeconds} s`
        : `${key} ${String(value)}`,
    )
    .join(', ');
