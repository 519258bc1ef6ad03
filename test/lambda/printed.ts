/** What one command printed, line by line, and how it ended. */
export interface Printed {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** The output of a script as opnsense/answer-framing.sh frames it. */
export function framed(
  marker: string,
  title: string,
  sections: Readonly<Record<string, Printed>>,
): string {
  const mark = `==${marker} `;
  const text = Object.entries(sections).map(
    ([name, { lines, exitCode }]) =>
      `${mark}${name}\n${lines.map((line) => `${line}\n`).join('')}${mark}exit ${exitCode}\n`,
  );
  return `${mark}${title}\n${text.join('')}${mark}end\n`;
}

export const OBSERVATION = 'observation-1';

const ok = (...lines: readonly string[]): Printed => ({ lines, exitCode: 0 });

/** `swanctl --list-sas --raw` of one connection whose tunnel is up, as strongSwan 6 prints it. */
export const association = (name: string, state = 'ESTABLISHED', child = 'INSTALLED'): string =>
  `list-sa event {${name} {uniqueid=2 version=2 state=${state} local-host=198.51.100.10 local-port=4500 ` +
  `local-id=198.51.100.10 remote-host=203.0.113.11 remote-port=4500 remote-id=203.0.113.11 initiator=yes ` +
  'initiator-spi=9708c29231a24f9f responder-spi=deaaff42af162ed2 encr-alg=AES_GCM_16 encr-keysize=256 ' +
  'prf-alg=PRF_HMAC_SHA2_384 dh-group=ECP_384 established=21600 rekey-time=4320 ' +
  `child-sas {${name}-child-2 {name=${name}-child uniqueid=2 reqid=1 state=${child} mode=TUNNEL ` +
  'protocol=ESP encap=yes spi-in=b3ea3776 spi-out=cfddfdfd encr-alg=AES_GCM_16 encr-keysize=256 ' +
  'bytes-in=84 packets-in=1 bytes-out=84 packets-out=1 rekey-time=1080 life-time=1440 ' +
  'install-time=2160 local-ts=[0.0.0.0/0] remote-ts=[0.0.0.0/0]}}}}';

/** What swanctl prints while charon does not run. */
export const NO_DAEMON = [
  "connecting to 'unix:///var/run/charon.vici' failed: No such file or directory",
  'strongSwan 6.0.4 swanctl',
  "error: connecting to 'unix:///var/run/charon.vici' URI failed: No such file or directory",
] as const;

/** What opnsense/inspect.sh prints on a healthy preferred firewall of the example. */
export const HEALTHY = {
  clock: ok('now 1764000000', '{ sec = 1763990000, usec = 0 } Mon Nov 24 12:33:20 2025'),
  carp: ok('net.inet.carp.demotion: 0', 'net.inet.carp.allow: 1', 'net.inet.carp.preempt: 1', '0'),
  addresses: ok('vtnet0 1 MASTER', 'vtnet1 2 MASTER'),
  latch: ok('installed', 'released', '1763990040 boot'),
  hold: ok('none'),
  'local-release': ok('none'),
  route: ok('not asked'),
  pfsync: ok(
    'pfsync0: flags=1000041<UP,RUNNING,LOWER_UP> metric 0 mtu 1500',
    '\tsyncdev: vtnet2 syncpeer: 224.0.0.240 maxupd: 128 defer: off version: 1400',
    '\tsyncok: 1',
    '\tgroups: pfsync',
  ),
  associations: ok(
    'connection aws-a1',
    association('aws-a1'),
    'list-sas reply {}',
    'connection aws-a2',
    association('aws-a2'),
    'list-sas reply {}',
  ),
  loaded: ok('aws-a1', 'aws-a2'),
  pings: ok(
    'ping 169.254.10.1',
    '3 packets transmitted, 3 packets received, 0.0% packet loss',
    'ping 169.254.10.5',
    '3 packets transmitted, 3 packets received, 0.0% packet loss',
  ),
  gateways: ok(
    '{"name":"WAN_GW","address":"198.51.100.1","status":"none","loss":"0.0 %","delay":"11.3 ms","stddev":"0.6 ms","monitor":"198.51.100.1","status_translated":"Online"}',
  ),
} satisfies Readonly<Record<string, Printed>>;

export type SectionName = keyof typeof HEALTHY;

/** The same with some sections changed; `null` takes one out. */
export function inspected(
  changes: Readonly<Partial<Record<SectionName, Printed | readonly string[] | null>>> = {},
): string {
  const all = { ...HEALTHY, ...changes };
  const sections = Object.entries(all).flatMap(([name, printed]): [string, Printed][] => {
    if (printed === null) return [];
    return [[name, 'lines' in printed ? printed : ok(...printed)]];
  });
  return framed(OBSERVATION, 'holdback-inspect-1', Object.fromEntries(sections));
}
