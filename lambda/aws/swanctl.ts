import type { IpsecState, Traffic } from '../core/observation.ts';
import { known, unknown, whenKnown, type Reading } from '../core/reading.ts';
import { carries } from '../core/signals/ipsec-up.ts';
import { whole } from './answer-framing.ts';

interface Node {
  readonly values: Map<string, string>;
  readonly children: Map<string, Node>;
}

const newNode = (): Node => ({ values: new Map(), children: new Map() });

/** strongSwan nests four deep: event, association, child-sas, child. */
const MOST_DEPTH = 8;

/** A rekeyed connection has two or three; more are no news. */
export const MOST_CHILDREN = 32;

/** strongSwan's names of states are words in capitals. */
export const childState = (text: string): string =>
  /^[A-Z_-]{1,32}$/.test(text) ? text : 'UNKNOWN';

/**
 * Reads one message of `swanctl --raw`: `name {key=value list=[a b] child {…}}` (strongSwan
 * src/libvici: vici_dump). Values with spaces are not quoted there; what follows the first space of
 * such a value is skipped, and a message that was cut off counts as far as it goes. What is nested
 * deeper than strongSwan nests is none of its messages.
 */
function parse(text: string, start: number): Node | undefined {
  const root = newNode();
  const open = [root];
  let at = start;
  let word = '';
  while (at < text.length) {
    const node = open.at(-1) ?? root;
    const character = text.charAt(at);
    if (character === '}') {
      open.pop();
      if (open.length === 0) return root;
      word = '';
    } else if (character === '{') {
      if (open.length >= MOST_DEPTH) return undefined;
      const child = newNode();
      node.children.set(word, child);
      open.push(child);
      word = '';
    } else if (character === '=') {
      const end = endOfValue(text, at + 1);
      node.values.set(word, text.slice(at + 1, end));
      word = '';
      at = end;
      continue;
    } else if (character !== ' ') word += character;
    else if (text[at + 1] !== '{') word = '';
    at += 1;
  }
  return root;
}

/** A list ends behind its bracket, any other value before the next space or bracket. */
function endOfValue(text: string, start: number): number {
  const ends = text[start] === '[' ? /\]/g : /[ }]/g;
  ends.lastIndex = start;
  const found = ends.exec(text);
  if (!found) return text.length;
  return text[start] === '[' ? found.index + 1 : found.index;
}

const stateOf = (node: Node): string => childState(node.values.get('state') ?? '');

const childrenOf = (association: Node): Node[] =>
  [...(association.children.get('child-sas')?.children.values() ?? [])].slice(0, MOST_CHILDREN);

interface Association {
  readonly connection: string;
  readonly association: Node;
}

/** The IKE associations in what inspect printed: `connection NAME`, then the `list-sa` events of it. */
function associationsIn(body: string): Reading<readonly Association[]> {
  let connection = '';
  const found: Association[] = [];
  for (const line of body.split('\n')) {
    connection = /^connection (\S+)$/.exec(line)?.[1] ?? connection;
    if (!line.startsWith('list-sa event {')) continue;
    const message = parse(line, line.indexOf('{') + 1);
    if (!message) return unknown('swanctl printed what is no association');
    const association = message.children.get(connection);
    if (association) found.push({ connection, association });
  }
  return known(found);
}

/** The state of each connection. Of several associations (rekeying leaves two) one that carries counts. */
export function readAssociations(body: string): Reading<ReadonlyMap<string, IpsecState>> {
  return whenKnown(associationsIn(body), (associations) => {
    const states = new Map<string, IpsecState>();
    for (const { connection, association } of associations) {
      const state = { ike: stateOf(association), children: childrenOf(association).map(stateOf) };
      if (!carries(states.get(connection))) states.set(connection, state);
    }
    return known(states);
  });
}

/**
 * Bytes of all child associations together; one that does not say how many, or more than can be counted,
 * makes the sum unknown.
 */
export function readTraffic(body: string): Reading<Traffic> {
  return whenKnown(associationsIn(body), (associations) => {
    const children = associations.flatMap(({ association }) => childrenOf(association));
    const sum = (way: string): number =>
      children.reduce((all, { values }) => all + (whole(values.get(way)) ?? NaN), 0);
    const bytes = { in: sum('bytes-in'), out: sum('bytes-out') };
    return Number.isSafeInteger(bytes.in) && Number.isSafeInteger(bytes.out)
      ? known(bytes)
      : unknown('swanctl does not say what an association has carried');
  });
}

/** strongSwan's daemon is not there at all, which is a fact, not a missing answer. */
export function daemonIsDown(body: string): boolean {
  return /connecting to '\S{1,200}' failed: (No such file or directory|Connection refused)/.test(
    body,
  );
}
