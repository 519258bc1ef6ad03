import { listAssociations, listConnections } from './vici.ts';
import type { ViciSection, ViciSource } from './vici.ts';
import type { CommandResult } from './running-script.ts';

/**
 * `swanctl` as strongSwan prints it: src/swanctl/commands/list_sas.c and list_conns.c, and for
 * `--raw` and `--pretty` the dump of src/libcharon/plugins/vici/vici_message.c.
 */

/** @param source undefined while charon does not run */
export function swanctl(args: readonly string[], source: ViciSource | undefined): CommandResult {
  const [command, ...options] = args;
  const listsAssociations = command === '--list-sas' || command === '-l';
  if (!listsAssociations && command !== '--list-conns' && command !== '-L') {
    return { status: 1, stderr: 'strongSwan 6.0.4 swanctl\nerror: invalid command' };
  }
  if (!source) {
    // ENOENT is the exit status (command.c, call_command).
    return {
      status: 2,
      stderr:
        "connecting to 'unix:///var/run/charon.vici' failed: No such file or directory\n" +
        "strongSwan 6.0.4 swanctl\nerror: connecting to 'unix:///var/run/charon.vici' URI failed: No such file or directory",
    };
  }
  const [kind, sections, show] = listsAssociations
    ? (['sa', listAssociations(source), showAssociation] as const)
    : (['conn', listConnections(source), showConnection] as const);
  const wanted = wantedConnection(options);
  const matching = sections.filter(([name]) => wanted === undefined || name === wanted);
  const raw = options.includes('--raw') || options.includes('-r');
  const pretty = options.includes('--pretty') || options.includes('-P');
  if (!raw && !pretty) {
    return { status: 0, stdout: matching.map(([name, section]) => show(name, section)).join('') };
  }
  const events = matching.map(([name, section]) =>
    dump(`list-${kind} event`, { [name]: section }, pretty),
  );
  return { status: 0, stdout: events.join('') + dump(`list-${kind}s reply`, {}, pretty) };
}

/** `ipsec status` of the legacy script (stroke); which SAs there are, not whether they carry anything. */
export function legacyStatus(source: ViciSource): string {
  const associations = listAssociations(source);
  const established = associations.filter(([, ike]) => ike['established'] !== undefined);
  const rows = associations.map(([name, ike]) => {
    const text = (key: string): string => asText(ike[key]);
    const ends = `${text('local-host')}[${text('local-id')}]...${text('remote-host')}[${text('remote-id')}]`;
    const head = `${name}[${text('uniqueid')}]: ${text('state')}`;
    if (ike['established'] === undefined) return `${head}, ${ends}\n`;
    const children = Object.values(ike['child-sas'] as Readonly<Record<string, ViciSection>>);
    const child = children.map((sa) => {
      const id = `${asText(sa['name'])}{${asText(sa['uniqueid'])}}`;
      const spis = `${asText(sa['spi-in'])}_i ${asText(sa['spi-out'])}_o`;
      return `${id}:  ${asText(sa['state'])}, TUNNEL, reqid 1, ESP in UDP SPIs: ${spis}\n`;
    });
    return `${head} ${text('established')} seconds ago, ${ends}\n${child.join('')}`;
  });
  const connecting = associations.length - established.length;
  return `Security Associations (${established.length} up, ${connecting} connecting):\n${rows.join('')}`;
}

function wantedConnection(options: readonly string[]): string | undefined {
  const at = options.findIndex((option) => option === '--ike' || option === '-i');
  if (at >= 0) return options[at + 1];
  return options.find((option) => option.startsWith('--ike='))?.slice('--ike='.length);
}

/** vici_message.c, dump: one line, or indented by two. */
export function dump(label: string, message: ViciSection, pretty: boolean): string {
  const body = pretty ? prettySection(message, '  ') : rawSection(message);
  return pretty ? `${label} {\n${body}}\n` : `${label} {${body}}\n`;
}

function rawSection(section: ViciSection): string {
  return Object.entries(section)
    .map(([key, value]) => {
      if (typeof value === 'string') return `${key}=${value}`;
      if (isList(value)) return `${key}=[${value.join(' ')}]`;
      return `${key} {${rawSection(value)}}`;
    })
    .join(' ');
}

function prettySection(section: ViciSection, indent: string): string {
  return Object.entries(section)
    .map(([key, value]) => {
      if (typeof value === 'string') return `${indent}${key} = ${value}\n`;
      if (isList(value)) {
        const items = value.map((item) => `${indent}  ${item}\n`).join('');
        return `${indent}${key} = [\n${items}${indent}]\n`;
      }
      return `${indent}${key} {\n${prettySection(value, `${indent}  `)}${indent}}\n`;
    })
    .join('');
}

function isList(value: ViciSection[string]): value is readonly string[] {
  return Array.isArray(value);
}

function showAssociation(name: string, ike: ViciSection): string {
  const text = (key: string): string => asText(ike[key]);
  const head =
    `${name}: #${text('uniqueid')}, ${text('state')}, IKEv2, ${text('initiator-spi')}_i* ${text('responder-spi')}_r\n` +
    `  local  '${text('local-id')}' @ ${text('local-host')}[${text('local-port')}]\n` +
    `  remote '${text('remote-id')}' @ ${text('remote-host')}[${text('remote-port')}]\n`;
  if (ike['established'] === undefined) {
    return `${head}  active:  ${text('tasks-active')}\n`;
  }
  const children = Object.values(ike['child-sas'] as Readonly<Record<string, ViciSection>>);
  return (
    `${head}  ${text('encr-alg')}-${text('encr-keysize')}/${text('prf-alg')}/${text('dh-group')}\n` +
    `  established ${text('established')}s ago, rekeying in ${text('rekey-time')}s\n` +
    children.map(showChild).join('')
  );
}

function showChild(child: ViciSection): string {
  const text = (key: string): string => asText(child[key]);
  const traffic = (way: string): string =>
    `${text(`spi-${way}`)}, ${text(`bytes-${way}`).padStart(6)} bytes, ${text(`packets-${way}`).padStart(5)} packets\n`;
  return (
    `  ${text('name')}: #${text('uniqueid')}, reqid ${text('reqid')}, ${text('state')}, ${text('mode')}-in-UDP, ` +
    `${text('protocol')}:${text('encr-alg')}-${text('encr-keysize')}\n` +
    `    installed ${text('install-time')}s ago, rekeying in ${text('rekey-time')}s, expires in ${text('life-time')}s\n` +
    `    in  ${traffic('in')}    out ${traffic('out')}` +
    `    local  ${text('local-ts')}\n    remote ${text('remote-ts')}\n`
  );
}

function showConnection(name: string, connection: ViciSection): string {
  const text = (key: string): string => asText(connection[key]);
  const auth = (side: 'local' | 'remote'): string => {
    const section = connection[`${side}-1`] as ViciSection;
    return `  ${side} ${asText(section['class'])} authentication:\n    id: ${asText(section['id'])}\n`;
  };
  const children = connection['children'] as Readonly<Record<string, ViciSection>>;
  const child = Object.entries(children).map(
    ([childName, section]) =>
      `  ${childName}: ${asText(section['mode'])}, rekeying every ${asText(section['rekey_time'])}s, dpd action is start\n` +
      `    local:  ${asText(section['local-ts'])}\n    remote: ${asText(section['remote-ts'])}\n`,
  );
  return (
    `${name}: ${text('version')}, no reauthentication, rekeying every ${text('rekey_time')}s, dpd delay 10s\n` +
    `  local:  ${text('local_addrs')}\n  remote: ${text('remote_addrs')}\n` +
    auth('local') +
    auth('remote') +
    child.join('')
  );
}

function asText(value: ViciSection[string] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return isList(value) ? value.join(' ') : '';
}
