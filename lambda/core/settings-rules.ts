import type * as z from 'zod';
import { pathInWords, show, type SettingsPath, type SettingsProblem } from './settings-error.ts';
import { deadlineFields, pairFields, virtualAddress } from './settings-schema.ts';

// Every rule reads the raw input and skips what it cannot read, because zod's refinements do not
// run on an object with a fault anywhere inside, and people want all faults at once.

/** A value in the input, and where it stands. */
interface Place {
  readonly path: SettingsPath;
  readonly value: unknown;
}

/** The room that a failback needs beyond its windows: release and rollback (210 s each), and observations. */
const ROOM_SECONDS = 600;

/** Everything wrong with the settings that only shows when parts of them are compared. */
export function brokenRules(input: unknown): readonly SettingsProblem[] {
  const root: Place = { path: [], value: input };
  const pairs = under([root], 'pairs', '*');
  return [
    ...repeated(under(pairs, 'name'), 'pairs need different names'),
    ...sharedTargets(under(pairs, SIDES)),
    ...repeated(
      under(pairs, SIDES, 'vpnConnections', '*', 'id'),
      'a VPN connection belongs to one firewall only',
    ),
    ...repeated(under([root], 'notices', 'emails', '*'), 'one subscription is enough'),
    ...repeated(
      under(pairs, SIDES, 'vpnConnections', '*', 'tunnels', '*', 'outsideIpAddress'),
      'each tunnel has an outside address of its own',
    ),
    ...tooLarge(input),
    ...pairs.flatMap((pair) => [
      ...repeatedInPair(pair),
      ...sameAddresses(pair),
      ...shortWindows(pair),
      ...shortSoak(pair),
      ...missingEvidence(pair),
      ...blindRelease(pair),
      ...shortDeadline(pair),
    ]),
  ];
}

/**
 * EventBridge takes five targets a rule. A rule for each pair would be one permission for each pair,
 * and a function's policy of at most 20 KB has room for some 40 of them (Lambda quotas).
 */
export const PAIRS_PER_RULE = 5;
/**
 * A role's own policies hold 10,240 characters (IAM quotas); CDK moves statements that are too many
 * into managed policies of 6,144 each, but it divides none.
 */
export const NODES_PER_POLICY = 20;

const SIDES = ['preferred', 'standby'] as const;

/** A relay may serve many firewalls, which it knows by their names; an agent is one firewall. */
function sharedTargets(firewalls: readonly Place[]): readonly SettingsProblem[] {
  const target = (firewall: Place) => under([firewall], 'ssmTarget');
  const isRelay = ({ value }: Place): boolean => get(value, 'transport') === 'relay';
  const relays = firewalls.filter(isRelay);
  const agents = firewalls.filter((firewall) => !isRelay(firewall));
  const agentTargets = agents.flatMap(target);
  return [
    ...repeated(agentTargets, 'a firewall stands in one place of one pair only'),
    ...relays.flatMap(target).flatMap((place) => {
      const agent = agentTargets.find(({ value }) => value !== undefined && value === place.value);
      if (!agent) return [];
      const where = pathInWords(agent.path);
      const message = `${show(place.value)} is also ${where}; a node is either a relay or a firewall with an agent`;
      return [{ path: place.path, message }];
    }),
    ...[...new Set(relays.map(({ value }) => get(value, 'ssmTarget')))].flatMap((relay) =>
      repeated(
        under(
          relays.filter(({ value }) => get(value, 'ssmTarget') === relay),
          'name',
        ),
        'the firewalls behind one relay need different names',
      ),
    ),
  ];
}

function repeatedInPair(pair: Place): readonly SettingsProblem[] {
  const firewalls = under([pair], SIDES);
  const tunnels = (of: readonly Place[]) => under(of, 'vpnConnections', '*', 'tunnels', '*');
  return [
    ...repeated(under(firewalls, 'name'), 'the firewalls of a pair need different names'),
    ...repeated(
      under(tunnels(firewalls), 'ping'),
      'each tunnel has an inside block of its own, or one would vouch for the other; if AWS has given one to both firewalls, change it at one of them',
    ),
    ...firewalls.flatMap((firewall) => [
      ...repeated(
        under(tunnels([firewall]), 'ipsecConnection'),
        'each tunnel has an IPsec connection of its own, or one would vouch for the other',
      ),
      ...repeated(under([firewall], 'gateways', '*'), 'name each gateway once'),
      ...repeated(addressesOf(firewall), 'list each CARP address once'),
      ...interfaceNames(firewall),
    ]),
  ];
}

/** CloudFormation quotas: resources in a stack. */
const MOST_RESOURCES = 500;
/** What is there once, whatever the settings say. */
const COMMON_RESOURCES = 54;
/** So many nodes fit into the policy of a role; then each further 20 need one more, of four roles. */
const NODES_IN_POLICY = 40;

/** How many resources the stack of these settings has, or up to eight more than it has. */
export function resourcesOf(input: unknown): number {
  const root: Place = { path: [], value: input };
  const pairs = under([root], 'pairs', '*');
  const connections = under(pairs, SIDES, 'vpnConnections', '*');
  const alarms = connections.length + under(connections, 'tunnels', '*').length;
  const rules = 2 * Math.ceil(pairs.length / PAIRS_PER_RULE);
  const mails = under([root], 'notices', 'emails', '*').length;
  const nodes = new Set(under(pairs, SIDES, 'ssmTarget').map(({ value }) => value)).size;
  const policies = 4 * Math.max(0, Math.ceil((nodes - NODES_IN_POLICY) / NODES_PER_POLICY));
  return COMMON_RESOURCES + alarms + rules + mails + policies;
}

function tooLarge(input: unknown): readonly SettingsProblem[] {
  const resources = resourcesOf(input);
  if (resources <= MOST_RESOURCES) return [];
  const pairs = under([{ path: [], value: input }], 'pairs', '*').length;
  const message = `${pairs} pairs with their tunnels make ${resources} resources, and a CloudFormation stack holds ${MOST_RESOURCES}; divide them between two files and deploy each as a stack of its own: cdk deploy -c config=second.yaml -c stack=HoldbackSecond`;
  return [{ path: ['pairs'], message }];
}

/** After an outage shorter than the hold time BGP looks established for the rest of it. */
function shortWindows(pair: Place): readonly SettingsProblem[] {
  const bgpHold = read(pair, 'bgpHoldSeconds');
  if (!bgpHold) return [];
  return (['stableSeconds', 'soakSeconds'] as const).flatMap((key) => {
    const window = read(pair, key);
    if (window === undefined || window > bgpHold) return [];
    const message = `${window} must be more than bgpHoldSeconds (${bgpHold}), because a dead BGP session still looks established until its hold time is over; with static routing only, set bgpHoldSeconds to 0`;
    return [{ path: [...pair.path, key], message }];
  });
}

/**
 * What a firewall brings up only as MASTER must be up within the soak, and AWS shows it up to a minute later
 * (docs/campaign.md: with a shorter soak the pair moves once a minute, each roll back being found wrong as well).
 */
const LEAST_SOAK_SECONDS = { 'always-up': 0, 'bgp-on-master': 90, 'on-master': 120 } as const;

function shortSoak(pair: Place): readonly SettingsProblem[] {
  const mode = read(pair, 'tunnelMode');
  const soak = read(pair, 'soakSeconds');
  if (mode === undefined || soak === undefined || soak >= LEAST_SOAK_SECONDS[mode]) return [];
  const what = mode === 'on-master' ? 'the tunnels' : 'the BGP sessions';
  const message = `${soak} must be at least ${LEAST_SOAK_SECONDS[mode]} with tunnelMode ${mode}: ${what} of a firewall that has become MASTER come up within the soak, and AWS shows them up to a minute later`;
  return [{ path: [...pair.path, 'soakSeconds'], message }];
}

/** What the tunnel mode needs to be there. */
function missingEvidence(pair: Place): readonly SettingsProblem[] {
  const mode = read(pair, 'tunnelMode');
  if (mode === 'bgp-on-master' && read(pair, 'bgpHoldSeconds') === 0) {
    const message =
      "0 means static routing only, but tunnelMode is bgp-on-master; write the hold time of the BGP sessions (AWS's value is 30)";
    return [{ path: [...pair.path, 'bgpHoldSeconds'], message }];
  }
  if (mode !== 'on-master') return [];
  const message =
    'at least one gateway expected: with tunnelMode on-master nothing else shows that the WAN of a held firewall works';
  const firewalls = under([pair], SIDES).filter(({ value }) => value !== undefined);
  return under(firewalls, 'gateways')
    .filter(({ value = [] }) => Array.isArray(value) && value.length === 0)
    .map(({ path }) => ({ path, message }));
}

/** Nobody but an agent on the firewall can tell it that Holdback is still there. */
function blindRelease(pair: Place): readonly SettingsProblem[] {
  const seconds = read(pair, 'localReleaseAfterSeconds');
  if (!seconds || get(get(pair.value, 'preferred'), 'transport') !== 'relay') return [];
  const message = `${seconds} needs transport agent on the preferred firewall: behind a relay it cannot know whether Holdback still observes it; write 0`;
  return [{ path: [...pair.path, 'localReleaseAfterSeconds'], message }];
}

function shortDeadline(pair: Place): readonly SettingsProblem[] {
  const limit = (key: keyof typeof deadlineFields) =>
    good(deadlineFields[key], get(get(pair.value, 'deadlines'), key));
  const asks = read(pair, 'mode') === 'approve';
  const parts = {
    stableSeconds: read(pair, 'stableSeconds'),
    soakSeconds: read(pair, 'soakSeconds'),
    ...(asks ? { approvalSeconds: limit('approvalSeconds') } : {}),
  };
  const given = limit('failbackSeconds') ?? Infinity;
  const least = Object.values(parts).reduce<number>((sum, part = NaN) => sum + part, ROOM_SECONDS);
  // Not a number if a part is wrong by itself: then nothing can be said about the sum.
  if (!(given < least)) return [];
  const sum = Object.entries(parts).map(([key, part]) => `${key} (${part})`);
  const message = `${given} is too short: at least ${least}, which is ${sum.join(', ')} and ${ROOM_SECONDS} to observe, release and roll back`;
  return [{ path: [...pair.path, 'deadlines', 'failbackSeconds'], message }];
}

/** A CARP address that one firewall of the pair has and the other has not. */
function sameAddresses(pair: Place): readonly SettingsProblem[] {
  const transports = new Set(under([pair], SIDES, 'transport').map(({ value }) => value));
  const [preferred = [], standby = []] = SIDES.map((side) =>
    // Agent and relay name the same interface differently: then the VHIDs must do.
    addressesOf(under([pair], side)[0], transports.size === 1),
  );
  const readable = [preferred, standby].every(
    (list) => list.length > 0 && list.every(({ value }) => value !== undefined),
  );
  if (!readable) return [];
  const lacking = (side: string, has: readonly Place[], wanted: readonly Place[]) =>
    wanted
      .filter(({ value }) => !has.some((own) => own.value === value))
      .map(({ path, value }) => ({
        path: [...pair.path, side, 'virtualAddresses'],
        message: `${String(value)} is missing, which ${pathInWords(path)} has; the firewalls of a pair share all CARP addresses`,
      }));
  return [...lacking('preferred', preferred, standby), ...lacking('standby', standby, preferred)];
}

/** The CARP addresses of a firewall as text, `vtnet0 vhid 1`; undefined where one is malformed. */
function addressesOf(firewall: Place | undefined, named = true): readonly Place[] {
  return under(firewall ? [firewall] : [], 'virtualAddresses', '*').map(({ path, value }) => {
    const address = good(virtualAddress, value);
    const name = named && address ? `${address.interface} ` : '';
    return { path, value: address && `${name}vhid ${address.vhid}` };
  });
}

/** The devices of FreeBSD: `configctl` knows no others. */
const DEVICE = /^[a-z][a-z0-9_.]{0,14}$/;

function interfaceNames(firewall: Place): readonly SettingsProblem[] {
  if (get(firewall.value, 'transport') !== 'agent') return [];
  return under([firewall], 'virtualAddresses', '*', 'interface')
    .filter(({ value }) => {
      const name = good(virtualAddress.shape.interface, value);
      return name !== undefined && !DEVICE.test(name);
    })
    .map(({ path, value }) => ({
      path,
      message: `${show(value)} is not an interface device such as vtnet0 or vlan0.10, which transport agent needs`,
    }));
}

/** One problem for each value that stands in an earlier place as well. */
function repeated(places: readonly Place[], rule: string): readonly SettingsProblem[] {
  const first = new Map<unknown, Place>();
  return places.flatMap((place) => {
    const earlier = first.get(place.value);
    if (earlier) {
      const where = pathInWords(earlier.path);
      return [{ path: place.path, message: `${show(place.value)} is also ${where}; ${rule}` }];
    }
    if (typeof place.value === 'string') first.set(place.value, place);
    return [];
  });
}

/** The places below some places: a key, one of several keys, or `*` for each entry of a list. */
function under(places: readonly Place[], ...steps: readonly (string | readonly string[])[]) {
  return steps.reduce<readonly Place[]>(
    (found, step) =>
      found.flatMap(({ path, value }) => {
        const keys = step === '*' ? (Array.isArray(value) ? [...value.keys()] : []) : [step].flat();
        return keys.map((key) => ({ path: [...path, key], value: get(value, key) }));
      }),
    places,
  );
}

function get(container: unknown, key: string | number): unknown {
  if (typeof container !== 'object' || container === null) return undefined;
  return Object.hasOwn(container, key) ? (container as Record<string, unknown>)[key] : undefined;
}

/** A field of a pair, or its default; undefined if what is written there is wrong by itself. */
function read<Key extends keyof typeof pairFields>(
  pair: Place,
  key: Key,
): z.output<(typeof pairFields)[Key]> | undefined {
  const value = good<z.ZodType>(pairFields[key], get(pair.value, key));
  // TypeScript cannot follow the key through the schema to its output.
  return value as z.output<(typeof pairFields)[Key]> | undefined;
}

function good<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
  return schema.safeParse(value).data;
}
