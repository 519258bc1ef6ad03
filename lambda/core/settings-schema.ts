import * as z from 'zod';
import { show } from './settings-error.ts';
import { wrongOutsideAddress, wrongPing } from './settings-addresses.ts';
import { block, blockText, networkOf, overlap, readBlock } from './settings-ipv4.ts';

// The descriptions below are what an editor shows (holdback.schema.json is made from them), and
// their first sentence stands in the message when a required key is missing.

interface Span {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
  /** What the number counts. */
  readonly unit?: string;
  /** Why the bounds are where they are; stands in the message. */
  readonly because?: string;
}

function whole(meaning: string, { min, max, fallback, unit = 'seconds', because }: Span) {
  const bounds = `${min} to ${max} ${unit}`;
  const error = ({ input }: { readonly input?: unknown }): string =>
    `${show(input)} is out of range: ${bounds}${because ? `, because ${because}` : ''}`;
  return z
    .int()
    .min(min, { error })
    .max(max, { error })
    .default(fallback)
    .describe(`${meaning} ${bounds}, default ${fallback}.`);
}

/** A time after which something happens by itself, or 0 for never. */
function optionalSeconds(meaning: string, min: number, because: string) {
  const bounds = `0 (never) or ${min} to 86400 seconds`;
  const error = ({ input }: { readonly input?: unknown }): string =>
    `${show(input)} is out of range: ${bounds}, because ${because}`;
  return z
    .int()
    .min(0, { error, abort: true })
    .max(86_400, { error, abort: true })
    .refine((value) => value === 0 || value >= min, { error })
    .default(0)
    .describe(`${meaning} ${bounds}, default 0.`);
}

function text(pattern: RegExp, expected: string, meaning: string) {
  return z
    .string()
    .regex(pattern, { error: ({ input }) => `${show(input)} is not ${expected}` })
    .describe(meaning);
}

function address(example: string, meaning: string) {
  return z
    .ipv4({
      error: ({ code, input }) =>
        code === 'invalid_format'
          ? `${show(input)} is not an IPv4 address such as ${example}`
          : undefined,
    })
    .describe(meaning);
}

/** What no VPC can have: the inside addresses of the tunnels stand in the second one. */
const NO_VPC: Readonly<Record<string, string>> = {
  '0.0.0.0/8': '"this network"',
  '127.0.0.0/8': 'loopback',
  '169.254.0.0/16': 'link-local, where the inside addresses of the tunnels are',
  '224.0.0.0/3': 'multicast and reserved',
};

/** Why a text cannot be the prefix of a VPC; undefined if it can. */
function notAPrefix(text: string): string | undefined {
  const read = readBlock(text);
  if (!read) return 'is not an IPv4 prefix such as 10.20.0.0/16';
  const { address, mask } = read;
  const network = networkOf(address, mask);
  if (mask === 0) return 'is the default route, which says nothing about the VPC';
  if (network.first !== address) {
    return `is not the network address of its mask; did you mean ${blockText(network)}?`;
  }
  if (mask < 8 || mask > 28) return `has a mask out of range: 8 to 28`;
  const inside = Object.entries(NO_VPC).find(([text]) => overlap(block(text), network));
  return inside && `overlaps ${inside[0]} (${inside[1]})`;
}

const NAME = /^[a-z][a-z0-9-]{0,30}$/;
const A_NAME = 'a name: a small letter, then up to 30 small letters, digits or hyphens';

/** The names that OPNsense gives to connections and gateways, and no character that a shell reads. */
const LABEL = /^[A-Za-z0-9._-]{1,64}$/;
const A_LABEL = 'a name of 1 to 64 letters, digits, dots, underscores or hyphens';

const tunnel = z.strictObject({
  outsideIpAddress: address(
    '203.0.113.11',
    "AWS's outside IPv4 address of the tunnel. It joins the tunnel to AWS's telemetry and alarms. Console: VPC > Site-to-Site VPN connections > Tunnel details > Outside IP address.",
  ).refine((text) => wrongOutsideAddress(text) === undefined, {
    error: ({ input }) => wrongOutsideAddress(String(input)),
  }),
  ipsecConnection: text(
    LABEL,
    A_LABEL,
    'The IPsec connection on the firewall that makes this tunnel. The name under which "configctl ipsec list status" prints it: the UUID of an entry of VPN > IPsec > Connections, or con1, con2 for legacy tunnels.',
  ),
  ping: address(
    '169.254.10.1',
    "AWS's inside IPv4 address of the tunnel, which the firewall pings through it. The first usable address of the tunnel's inside CIDR. Console: Tunnel details > Inside IPv4 CIDR.",
  ).refine((text) => wrongPing(text) === undefined, {
    error: ({ input }) => wrongPing(String(input)),
  }),
});

const vpnConnection = z.strictObject({
  id: text(
    /^vpn-[0-9a-f]{8}([0-9a-f]{9})?$/,
    'a VPN connection id: vpn- and 8 or 17 of the digits 0-9 a-f',
    'Id of the Site-to-Site VPN connection. Console: VPC > Site-to-Site VPN connections > VPN ID.',
  ),
  tunnels: z
    .array(tunnel)
    .min(1)
    .max(2)
    .describe('The tunnels of the connection that the firewall has set up. AWS offers two.'),
});

export const virtualAddress = z.strictObject({
  interface: text(
    /^[A-Za-z][A-Za-z0-9_.-]{0,30}$/,
    'the name of an interface: a letter, then up to 30 letters, digits, dots, underscores or hyphens',
    'Interface of the CARP address. With transport agent its device, such as vtnet0 (Interfaces > Assignments); with transport relay its name as Interfaces > Virtual IPs > Status shows it, such as WAN.',
  ),
  vhid: z
    .int()
    .min(1, { error: ({ input }) => `${show(input)} is not a VHID: 1 to 255` })
    .max(255, { error: ({ input }) => `${show(input)} is not a VHID: 1 to 255` })
    .describe('VHID group of the CARP address, 1 to 255. OPNsense: Interfaces > Virtual IPs.'),
});

const firewall = z.strictObject({
  name: text(NAME, A_NAME, 'Name of the firewall in notices and records.'),
  transport: z
    .enum(['agent', 'relay'])
    .describe(
      'How commands reach the firewall. agent: an SSM agent on the firewall itself. relay: a Linux host beside it, managed by SSM, that drives the OPNsense API.',
    ),
  ssmTarget: text(
    /^(mi-[0-9a-f]{17}|i-[0-9a-f]{8}([0-9a-f]{9})?)$/,
    'a managed node id: mi- and 17, or i- and 8 or 17, of the digits 0-9 a-f',
    'Managed node id of the firewall, or of its relay, mi-… or i-…. Console: Systems Manager > Fleet Manager > Node ID.',
  ),
  vpnConnections: z
    .array(vpnConnection)
    .min(1)
    .max(4)
    .describe('The Site-to-Site VPN connections of this firewall, 1 to 4. All move together.'),
  gateways: z
    .array(text(LABEL, A_LABEL, 'Name of a gateway. OPNsense: System > Gateways > Configuration.'))
    .max(8)
    .default([])
    .describe(
      'Gateways that must be online, with monitoring switched on, before the firewall takes traffic. Up to 8, default none.',
    ),
  virtualAddresses: z
    .array(virtualAddress)
    .min(1)
    .max(16)
    .describe('The CARP addresses of the pair, 1 to 16. The same on both firewalls.'),
});

// Step Functions service quotas: a Standard execution fails at 25,000 events of history.
const ENDS =
  'an operation is one Step Functions execution, which may record 25,000 events; longer waits are kept in the ledger';

const deadlines = z.strictObject({
  failoverSeconds: whole('Time after which a failover ends as incomplete.', {
    min: 300,
    max: 3600,
    fallback: 600,
    because: `one command may take 210 seconds, and ${ENDS}`,
  }),
  failbackSeconds: whole(
    'Time after which a failback ends: gate, stable window, approval, release and soak together.',
    { min: 300, max: 14400, fallback: 3600, because: ENDS },
  ),
  approvalSeconds: whole('Time a person has for an answer in mode approve.', {
    min: 60,
    max: 10800,
    fallback: 1800,
    because: ENDS,
  }),
});

const pair = z.strictObject({
  name: text(NAME, A_NAME, 'Name of the pair, used in alarms, executions and commands.'),
  mode: z
    .enum(['auto', 'approve', 'off'])
    .default('auto')
    .describe(
      'Who decides on a failback. auto: Holdback, once the gate has been green for the whole stable window. approve: a person, asked at that moment. off: observe and record only. Default auto.',
    ),
  tunnelMode: z
    .enum(['always-up', 'bgp-on-master', 'on-master'])
    .describe(
      'What a firewall that is not MASTER can have up: always-up, bgp-on-master or on-master. always-up: IPsec and routing on its own WAN address in either role. bgp-on-master: IPsec in either role, BGP only on the MASTER (FRR with "Enable CARP Failover"). on-master: tunnels bound to the CARP address. No default: the wrong one waits for ever.',
    ),
  preferred: firewall.describe('The firewall that normally serves: the one with lower advskew.'),
  standby: firewall.describe('The firewall that serves while the preferred one cannot.'),
  stableSeconds: whole(
    'Stable window: how long every signal must stay good, without a break, before a failback. More than bgpHoldSeconds.',
    { min: 10, max: 3600, fallback: 60, because: 'one good observation proves nothing' },
  ),
  soakSeconds: whole(
    'Soak: how long a failback is watched, and undone if it was wrong. More than bgpHoldSeconds.',
    { min: 10, max: 3600, fallback: 120, because: 'one good observation proves nothing' },
  ),
  failoverAfterSeconds: whole(
    'How long all tunnels of the serving preferred firewall must be down, by both views, before a failover.',
    { min: 10, max: 3600, fallback: 60 },
  ),
  bgpHoldSeconds: whole(
    "Hold time of the BGP sessions with AWS. AWS's value is 30; 0 means that all VPN connections use static routing.",
    { min: 0, max: 180, fallback: 30 },
  ),
  failbackBudgetPerDay: whole('Failbacks a day; the next one waits for a person.', {
    min: 1,
    max: 24,
    fallback: 3,
    unit: 'a day',
    because: 'a pair that needs more is flapping; to allow none, set mode off',
  }),
  coolDownSeconds: whole('Pause after a failback that was rolled back.', {
    min: 0,
    max: 86400,
    fallback: 900,
  }),
  vpcPrefix: z
    .string()
    .refine((text) => notAPrefix(text) === undefined, {
      error: ({ input }) => `${show(input)} ${notAPrefix(String(input)) ?? ''}`,
    })
    .optional()
    .describe(
      "A prefix of the VPC that the serving firewall must have a route to through its tunnels, such as 10.20.0.0/16. With it a firewall whose BGP is dead while IPsec is up counts as dead by its own view; without it AWS's accepted routes alone count. Mask 8 to 28. Needs transport agent to be read: behind a relay it is accepted and changes nothing. No default.",
    ),
  localReleaseAfterSeconds: optionalSeconds(
    'Release by the held firewall itself, after its own checks have been good for so long while Holdback did not observe it. Transport agent only.',
    300,
    'Holdback observes once a minute, and an observation may be late',
  ),
  ipsecRestartAfterSeconds: optionalSeconds(
    'Restart of IPsec on a held firewall whose tunnels have all been down for so long.',
    120,
    'strongSwan needs that long for its own retries',
  ),
  ipsecRestartsPerDay: whole('Restarts of IPsec a day.', {
    min: 1,
    max: 24,
    fallback: 1,
    unit: 'a day',
    because: 'what one restart does not cure needs a person',
  }),
  deadlines: deadlines
    .prefault({})
    .describe('When an operation ends, whatever it waits for. Then a person is told.'),
});

const notices = z.strictObject({
  emails: z
    .array(
      z.email({
        error: ({ code, input }) =>
          code === 'invalid_format' ? `${show(input)} is not an email address` : undefined,
      }),
    )
    .max(20)
    .default([])
    .describe('Addresses subscribed to the SNS topic of notices; each must confirm. Up to 20.'),
});

export const settingsSchema = z.strictObject({
  pairs: z.array(pair).min(1).max(50).describe('The pairs under Holdback, 1 to 50.'),
  notices: notices.prefault({}).describe('Who is told.'),
});

/** The fields of a pair and of its deadlines, for rules that compare some of them. */
export const pairFields = pair.shape;
export const deadlineFields = deadlines.shape;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** What people write, in holdback.yaml or as props: keys with a default may be left out. */
export type SettingsInput = DeepReadonly<z.input<typeof settingsSchema>>;

/** Checked settings, every default filled in. */
export type Settings = DeepReadonly<z.output<typeof settingsSchema>>;

/** Two firewalls that share CARP addresses. */
export type Pair = DeepReadonly<z.output<typeof pair>>;

export type Firewall = DeepReadonly<z.output<typeof firewall>>;

/** A Site-to-Site VPN connection, which belongs to one firewall. */
export type VpnConnection = DeepReadonly<z.output<typeof vpnConnection>>;
