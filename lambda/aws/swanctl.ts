import type { IpsecState, Traffic } from '../core/observation.ts';
import { known, unknown, type Reading } from '../core/reading.ts';
import { carries } from '../core/signals/ipsec-up.ts';

interface Node {
  readonly values: ReadonlyMap<string, string>;
  readonly children: ReadonlyMap<string, Node>;
}

/**
 * Reads one message of `swanctl --raw`: `name {key=value list=[a b] child {…}}` (strongSwan
 * src/libvici: vici_dump). Values with spaces are not quoted there; what follows the first space of
 * such a value is skipped, and a message that was cut off counts as far as it goes.
 */
function parseNode(text: string, start: number): { node: Node; end: number } {
  const values = new Map<string, string>();
  const children = new Map<string, Node>();
  let at = start;
  let word = '';
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '}') return { node: { values, children }, end: at + 1 };
    if (character === '{') {
      const { node, end } = parseNode(text, at + 1);
      children.set(word, node);
      word = '';
      at = end;
      continue;
    }
    if (character === '=') {
      const isList = text[at + 1] === '[';
      const stop = text.slice(at + 1).search(isList ? /\]/ : /[ }]/);
      const end = stop < 0 ? text.length : at + 1 + stop + (isList ? 1 : 0);
      values.set(word, text.slice(at + 1, end));
      word = '';
      at = end;
      continue;
    }
    if (character !== ' ') word += character;
    else if (text[at + 1] !== '{') word = '';
    at += 1;
  }
  return { node: { values, children }, end: at };
}

const stateOf = (node: Node): string => node.values.get('state') ?? 'UNKNOWN';

const childrenOf = (association: Node): Node[] => [
  ...(association.children.get('child-sas')?.children.values() ?? []),
];

/** The IKE associations in what inspect printed: `connection NAME`, then the `list-sa` events of it. */
function associationsIn(body: string): { connection: string; association: Node }[] {
  let connection = '';
  return body.split('\n').flatMap((line) => {
    connection = /^connection (\S+)$/.exec(line)?.[1] ?? connection;
    if (!line.startsWith('list-sa event {')) return [];
    const association = parseNode(line, line.indexOf('{') + 1).node.children.get(connection);
    return association ? [{ connection, association }] : [];
  });
}

/** The state of each connection. Of several associations (rekeying leaves two) one that carries counts. */
export function readAssociations(body: string): ReadonlyMap<string, IpsecState> {
  const states = new Map<string, IpsecState>();
  for (const { connection, association } of associationsIn(body)) {
    const state = { ike: stateOf(association), children: childrenOf(association).map(stateOf) };
    if (!carries(states.get(connection))) states.set(connection, state);
  }
  return states;
}

/** Bytes of all child associations together; one that does not say how many makes the sum unknown. */
export function readTraffic(body: string): Reading<Traffic> {
  const children = associationsIn(body).flatMap(({ association }) => childrenOf(association));
  const sum = (way: string): number =>
    children.reduce((all, { values }) => all + Number(values.get(way) ?? NaN), 0);
  const bytes = { in: sum('bytes-in'), out: sum('bytes-out') };
  return Number.isNaN(bytes.in + bytes.out)
    ? unknown('swanctl does not say what an association has carried')
    : known(bytes);
}

/** strongSwan's daemon is not there at all, which is a fact, not a missing answer. */
export function daemonIsDown(body: string): boolean {
  return /connecting to '\S+' failed: (No such file or directory|Connection refused)/.test(body);
}
