/** Configuration of strongSwan for one tunnel end, and what swanctl says of it. */

interface DaemonOptions {
  /** The name of its files below /lab. */
  readonly name: string;
  readonly port: number;
  readonly natPort: number;
  /** A table of its own: libipsec 5.9.8 installs routes even when told not to. */
  readonly routingTable: number;
  readonly retransmit: {
    readonly timeoutSeconds: number;
    readonly base: number;
    readonly tries: number;
  };
}

/** A firewall has two daemons, so they share neither ports nor tables; an endpoint has one. */
export function daemonConfig(options: DaemonOptions): string {
  const { name, port, natPort, routingTable, retransmit } = options;
  return `charon {
  load_modular = no
  load = random nonce aes sha1 sha2 hmac kdf gmp curve25519 openssl pem x509 pubkey pkcs1 kernel-libipsec kernel-netlink socket-default vici updown
  port = ${port}
  port_nat_t = ${natPort}
  routing_table = ${routingTable}
  routing_table_prio = ${routingTable}
  install_virtual_ip = no
  retransmit_timeout = ${retransmit.timeoutSeconds}
  retransmit_base = ${retransmit.base}
  retransmit_tries = ${retransmit.tries}
  make_before_break = yes
  threads = 16
  plugins {
    vici { socket = unix:///lab/${name}.vici }
    kernel-libipsec { allow_peer_ts = yes }
    # The route that cannot be switched off matches a mark that nobody sets: BIRD does the routing.
    kernel-netlink { fwmark = 0xdead }
  }
  filelog { log {
    path = /lab/${name}.log
    time_format = %H:%M:%S
    time_add_ms = yes
    flush_line = yes
    default = 1
    esp = -1
    knl = 1 } }
}
swanctl { load = pem pkcs1 x509 pubkey openssl random }
`;
}

interface ConnectionOptions {
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  readonly dpdDelaySeconds: number;
  /** The firewall begins; AWS answers, and forgets a peer that is silent. */
  readonly initiates: boolean;
}

/** Any traffic may pass, as in AWS's route-based tunnels; keys are the lab's own. */
export function connectionConfig(options: ConnectionOptions): string {
  const { name, local, remote, dpdDelaySeconds, initiates } = options;
  const child = initiates
    ? 'start_action = start\n    dpd_action = restart\n    close_action = start'
    : 'dpd_action = clear';
  return `connections { ${name} {
  version = 2
  local_addrs = ${local}
  remote_addrs = ${remote}
  proposals = aes128-sha256-modp2048
  encap = yes
  mobike = no
  dpd_delay = ${dpdDelaySeconds}s
  unique = replace
  ${initiates ? 'keyingtries = 0' : ''}
  local { auth = psk
    id = ${local} }
  remote { auth = psk
    id = ${remote} }
  children { tun {
    local_ts = 0.0.0.0/0
    remote_ts = 0.0.0.0/0
    esp_proposals = aes128-sha256-modp2048
    ${child}
  } } } }
secrets { ike-1 { id-1 = ${local}
  id-2 = ${remote}
  secret = "lab-${name}" } }
`;
}

/** `swanctl --list-sas --raw` of an endpoint: it has an association that can carry packets. */
export function isInstalled(listSas: string): boolean {
  return /^list-sa event \{.*\bstate=ESTABLISHED\b.*child-sas \{.*\bstate=INSTALLED\b/m.test(
    listSas,
  );
}
