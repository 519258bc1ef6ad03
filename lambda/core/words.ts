import type { Decision } from './decide.ts';
import type { Outcome } from './memory.ts';
import type { Signal } from './signal.ts';

/** What a notice says. */
export interface Words {
  readonly title: string;
  readonly text: string;
}

const MARK = { pass: '+', fail: '-', unknown: '?' } as const;

const list = (evidence: readonly Signal[]): string =>
  evidence.map(({ id, verdict, evidence: seen }) => ` ${MARK[verdict]} ${id}: ${seen}`).join('\n');

interface Told extends Pick<Decision, 'why' | 'advice' | 'evidence'> {
  readonly rule: string;
}

/** A notice about a decision, for somebody who was asleep a minute ago. */
export function tell(pair: string, what: string, { rule, why, advice, evidence }: Told): Words {
  const paragraphs = [
    `${pair}: ${what}.`,
    why,
    ...(advice ? [`What to do: ${advice}`] : []),
    `Rule: ${rule}`,
    ...(evidence.length > 0 ? [`Evidence (+ good, - bad, ? not known):\n${list(evidence)}`] : []),
  ];
  return { title: `[Holdback] ${pair}: ${what}`, text: paragraphs.join('\n\n') };
}

const ENDED: Readonly<Record<Outcome, string>> = {
  done: 'done',
  'stood-down': 'stood down, nothing was changed',
  incomplete: 'INCOMPLETE, something was changed',
};

export const describeEnd = (kind: string | null, outcome: Outcome): string =>
  `${kind ?? 'operation'} ${ENDED[outcome]}`;
