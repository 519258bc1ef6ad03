import type { Decision } from './decide.ts';
import type { Outcome } from './memory.ts';
import type { Signal } from './signal.ts';

/** What a notice says. */
export interface NoticeText {
  readonly title: string;
  readonly text: string;
}

const MARK = { pass: '+', fail: '-', unknown: '?' } as const;

/** Much of a message comes from a firewall that may be broken, or not be ours any more. */
const MOST = { title: 200, paragraph: 2_000, evidence: 600, signals: 60 } as const;

/**
 * Text of others as a part of one line: without line breaks of any kind, and without what a reader does
 * not see but a terminal or a mail program obeys (control, bidirectional and zero-width characters).
 */
function plain(text: string, most: number): string {
  // Cut before it is looked through, and after it, at whole characters.
  const seen = text
    .slice(0, 4 * most)
    .replaceAll(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]+/gu, ' ')
    .trim();
  const letters = Array.from(seen);
  return letters.length > most ? `${letters.slice(0, most).join('')}…` : seen;
}

/** Nothing of it can begin a line, and so none of it looks like a paragraph of ours. */
function list(evidence: readonly Signal[]): string {
  const lines = evidence
    .slice(0, MOST.signals)
    .map(
      ({ id, verdict, evidence: seen }) =>
        ` ${MARK[verdict]} ${plain(id, 100)}: ${plain(seen, MOST.evidence)}`,
    );
  const more = evidence.length - lines.length;
  return [...lines, ...(more > 0 ? [` ? and ${more} more`] : [])].join('\n');
}

interface Subject extends Pick<Decision, 'why' | 'advice' | 'evidence'> {
  readonly rule: string;
}

/**
 * A notice about a decision, for somebody who was asleep a minute ago. SNS takes 256 KB: 60 signals of
 * 700 characters, and three paragraphs, are below 200 KB in any script.
 */
export function noticeAbout(
  pair: string,
  what: string,
  { rule, why, advice, evidence }: Subject,
): NoticeText {
  const about = `${pair}: ${plain(what, MOST.title)}`;
  const paragraphs = [
    `${about}.`,
    plain(why, MOST.paragraph),
    ...(advice ? [`What to do: ${plain(advice, MOST.paragraph)}`] : []),
    `Rule: ${plain(rule, 100)}`,
    ...(evidence.length > 0 ? [`Evidence (+ good, - bad, ? not known):\n${list(evidence)}`] : []),
  ];
  return { title: `[Holdback] ${about}`, text: paragraphs.join('\n\n') };
}

const ENDED: Readonly<Record<Outcome, string>> = {
  done: 'done',
  'stood-down': 'stood down, nothing was changed',
  incomplete: 'INCOMPLETE, something was changed',
};

export const describeEnd = (kind: string | null, outcome: Outcome): string =>
  `${kind ?? 'operation'} ${ENDED[outcome]}`;
