import type { CarpState } from '../../sim/site/carp.ts';

/** What carp.py keeps in its file `carp`. */
export interface CarpFile {
  readonly demotion: number;
  readonly preempt: boolean;
  /** By interface. */
  readonly states: ReadonlyMap<string, CarpState>;
}

const isState = (word: string | undefined): word is CarpState =>
  word === 'INIT' || word === 'BACKUP' || word === 'MASTER';

export function readCarp(text: string): CarpFile {
  const number = (name: string): number =>
    Number(new RegExp(`^${name} (-?\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  const rows = [...text.matchAll(/^vhid \d+ (\S+) (\S+) /gm)];
  return {
    demotion: number('demotion'),
    preempt: number('preempt') === 1,
    states: new Map(
      rows.flatMap(([, name = '', state]) => (isState(state) ? [[name, state] as const] : [])),
    ),
  };
}
