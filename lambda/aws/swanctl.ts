import type { IpsecState } from '../core/observation.ts';
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

/**
 * The state of each connection in what inspect printed: `connection NAME`, then the `list-sa` events
 * of that connection. Of several associations (rekeying leaves two) one that carries traffic counts.
 */
export function readAssociations(body: string): ReadonlyMap<string, IpsecState> {
  const states = new Map<string, IpsecState>();
  let connection = '';
  for (const line of body.split('\n')) {
    const start = /^connection (\S+)$/.exec(line);
    if (start) connection = start[1] ?? '';
    if (!line.startsWith('list-sa event {')) continue;
    const { node } = parseNode(line, line.indexOf('{') + 1);
    const association = node.children.get(connection);
    if (!association) continue;
    const children = association.children.get('child-sas')?.children.values() ?? [];
    const state = { ike: stateOf(association), children: [...children].map(stateOf) };
    if (!carries(states.get(connection))) states.set(connection, state);
  }
  return states;
}

/** strongSwan's daemon is not there at all, which is a fact, not a missing answer. */
export function daemonIsDown(body: string): boolean {
  return /connecting to '\S+' failed: (No such file or directory|Connection refused)/.test(body);
}
