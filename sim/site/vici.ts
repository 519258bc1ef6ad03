import type { Chance } from 'local-aws/chance';
import type { Millis } from 'local-aws/clock';
import type { FirewallOptions } from './options.ts';
import type { SecurityAssociation, Tunnel } from './tunnel.ts';

/**
 * charon's answers over vici, in the fields and order of strongSwan's vici_query.c (list_ike,
 * list_child, list_conns), and as the OPNsense script list_status.py rearranges them. Values are
 * strings, as on the wire; what charon leaves out is left out.
 */

export interface ViciSection {
  readonly [key: string]: string | readonly string[] | ViciSection;
}

/** AWS's defaults for phase 1 and 2; the firewall's own lifetimes are those that AWS recommends. */
const IKE_REKEY_SECONDS = 25_920;
const CHILD_REKEY_SECONDS = 3_240;
const CHILD_LIFE_SECONDS = 3_600;
const PING_BYTES = 84;

export interface ViciSource {
  readonly options: FirewallOptions;
  readonly localAddress: string;
  readonly tunnels: readonly Tunnel[];
  /** How many other connections are loaded and up, such as those of road warriors. */
  readonly unrelatedConnections: number;
  readonly now: Millis;
  readonly chance: Chance;
}

/** A connection with its SA, whoever it belongs to. */
interface Peer {
  readonly connection: string;
  readonly address: string;
  readonly association: SecurityAssociation | undefined;
  readonly packetsIn: number;
  readonly packetsOut: number;
}

function peers(source: ViciSource): Peer[] {
  const { tunnels, unrelatedConnections, now, chance, options } = source;
  const count = tunnels.length;
  const own = tunnels.map((tunnel, index): Peer => {
    const sa = tunnel.association;
    return {
      connection: tunnel.options.connection,
      address: tunnel.options.outsideIpAddress,
      association: sa && { ...sa, uniqueId: sa.uniqueId * count + index },
      packetsIn: tunnel.packetsIn,
      packetsOut: tunnel.packetsOut,
    };
  });
  const unrelated = Array.from({ length: unrelatedConnections }, (_, index): Peer => {
    const id = chance.id(32, options.name, 'unrelated connection', index);
    return {
      connection: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
      address: `192.0.2.${(index % 250) + 1}`,
      association: { state: 'ESTABLISHED', uniqueId: 10_000 + index, since: now - 600_000 },
      packetsIn: 0,
      packetsOut: 0,
    };
  });
  return [...own, ...unrelated];
}

/** One section for each loaded connection (the `list-conn` events). */
export function listConnections(source: ViciSource): [string, ViciSection][] {
  return peers(source).map(({ connection, address }) => [
    connection,
    {
      local_addrs: [source.localAddress],
      remote_addrs: [address],
      version: 'IKEv2',
      reauth_time: '0',
      rekey_time: `${IKE_REKEY_SECONDS}`,
      unique: 'UNIQUE_REPLACE',
      'local-1': authentication(source.localAddress),
      'remote-1': authentication(address),
      children: {
        [childName(connection)]: {
          mode: 'TUNNEL',
          rekey_time: `${CHILD_REKEY_SECONDS}`,
          rekey_bytes: '0',
          rekey_packets: '0',
          'local-ts': ['0.0.0.0/0'],
          'remote-ts': ['0.0.0.0/0'],
        },
      },
    },
  ]);
}

/** One section for each IKE_SA (the `list-sa` events). */
export function listAssociations(source: ViciSource): [string, ViciSection][] {
  return peers(source).flatMap((peer): [string, ViciSection][] =>
    peer.association ? [[peer.connection, ikeSa(source, peer, peer.association)]] : [],
  );
}

function ikeSa(source: ViciSource, peer: Peer, sa: SecurityAssociation): ViciSection {
  const spi = (what: string, length: number): string =>
    source.chance.id(length, source.options.name, peer.connection, sa.uniqueId, what);
  const established = sa.state === 'ESTABLISHED';
  const port = established ? '4500' : '500';
  const ike = {
    uniqueid: `${sa.uniqueId}`,
    version: '2',
    state: sa.state,
    'local-host': source.localAddress,
    'local-port': port,
    'local-id': established ? source.localAddress : '%any',
    'remote-host': peer.address,
    'remote-port': port,
    'remote-id': established ? peer.address : '%any',
    initiator: 'yes',
    'initiator-spi': spi('initiator', 16),
    'responder-spi': established ? spi('responder', 16) : '0'.repeat(16),
  };
  if (!established) {
    const tasks = ['IKE_VENDOR', 'IKE_INIT', 'IKE_NATD', 'IKE_CERT_PRE', 'IKE_AUTH'];
    return { ...ike, 'tasks-active': [...tasks, 'CHILD_CREATE'], 'child-sas': {} };
  }
  const age = Math.floor((source.now - sa.since) / 1000);
  const name = childName(peer.connection);
  return {
    ...ike,
    'encr-alg': 'AES_GCM_16',
    'encr-keysize': '256',
    'prf-alg': 'PRF_HMAC_SHA2_384',
    'dh-group': 'ECP_384',
    established: `${age}`,
    'rekey-time': `${rest(IKE_REKEY_SECONDS, age)}`,
    'child-sas': { [`${name}-${sa.uniqueId}`]: childSa(peer, sa, age, spi) },
  };
}

function childSa(
  peer: Peer,
  sa: SecurityAssociation,
  ikeAge: number,
  spi: (what: string, length: number) => string,
): ViciSection {
  // Rekeying replaces the CHILD_SA; its age starts again, its name and number stay here.
  const age = ikeAge % CHILD_REKEY_SECONDS;
  return {
    name: childName(peer.connection),
    uniqueid: `${sa.uniqueId}`,
    reqid: '1',
    state: 'INSTALLED',
    mode: 'TUNNEL',
    protocol: 'ESP',
    encap: 'yes',
    'spi-in': spi('in', 8),
    'spi-out': spi('out', 8),
    'encr-alg': 'AES_GCM_16',
    'encr-keysize': '256',
    'bytes-in': `${peer.packetsIn * PING_BYTES}`,
    'packets-in': `${peer.packetsIn}`,
    'bytes-out': `${peer.packetsOut * PING_BYTES}`,
    'packets-out': `${peer.packetsOut}`,
    'rekey-time': `${rest(CHILD_REKEY_SECONDS, age)}`,
    'life-time': `${rest(CHILD_LIFE_SECONDS, age)}`,
    'install-time': `${age}`,
    'local-ts': ['0.0.0.0/0'],
    'remote-ts': ['0.0.0.0/0'],
  };
}

function authentication(id: string): ViciSection {
  return { class: 'pre-shared key', id, groups: [], certs: [], cacerts: [] };
}

function childName(connection: string): string {
  return `${connection}-child`;
}

function rest(total: number, age: number): number {
  return total - (age % total);
}

/** `configctl ipsec list status` (scripts/ipsec/list_status.py): connections with their SAs. */
export function listStatus(source: ViciSource): string {
  const associations = listAssociations(source);
  const status = listConnections(source).map(([name, connection]) => [
    name,
    {
      'local-addrs': source.localAddress,
      'remote-addrs': (connection['remote_addrs'] as readonly string[]).join(','),
      children: connection['children'],
      'local-id': source.localAddress,
      'remote-id': (connection['remote-1'] as ViciSection)['id'],
      version: 'IKEv2',
      sas: associations.filter(([owner]) => owner === name).map(([, sa]) => sa),
      routed: true,
      'local-class': 'pre-shared key',
      'remote-class': 'pre-shared key',
    },
  ]);
  return JSON.stringify(Object.fromEntries(status));
}
