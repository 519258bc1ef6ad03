import { untold } from '../core/concerns.ts';
import type { Decision } from '../core/decide.ts';
import type { Memory } from '../core/memory.ts';
import { recordOf } from '../core/record.ts';
import type { Signal } from '../core/signal.ts';
import type { Pair } from '../core/settings.ts';
import type { Millis } from '../core/time.ts';
import { noticeAbout } from '../core/notice-text.ts';
import type { PairState, Ledger } from '../ports/ledger.ts';
import type { Notices } from '../ports/notices.ts';

export interface PublishPorts {
  readonly ledger: Ledger;
  readonly notices: Notices;
}

/**
 * Another rule decides than at the last observation: on record, and for programs.
 *
 * @param said what is decided, in one line
 */
export async function publishChange(
  { ledger, notices }: PublishPorts,
  pair: Pair,
  said: string,
  decision: Decision,
  at: Millis,
): Promise<void> {
  await ledger.record(recordOf(pair.name, decision, at));
  await notices.publish({
    pair: pair.name,
    urgency: 'quiet',
    operation: null,
    rule: decision.rule,
    at,
    ...noticeAbout(pair.name, said, decision),
  });
}

/** `both firewalls are MASTER` as a sentence. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What is seen of concerns, and the evidence of the observation that saw it. */
export interface SeenConcerns {
  readonly concerns: Memory['concerns'];
  readonly evidence: readonly Signal[];
  readonly at: Millis;
}

/** Tells what lasts for so long that a person should know; remembered apart from what operations write. */
export async function publishConcerns(
  { ledger, notices }: PublishPorts,
  pair: Pair,
  state: PairState,
  { concerns, evidence, at }: SeenConcerns,
): Promise<void> {
  let { told } = state;
  for (const { open, ...concern } of untold(concerns, told)) {
    const what = {
      rule: concern.id,
      why: `${sentence(concern.when)} ${concern.why}`,
      advice: concern.advice,
      evidence: [
        { id: concern.id, verdict: 'fail' as const, evidence: open.evidence },
        ...evidence,
      ],
    };
    const isOver = open.overSince !== null;
    await ledger.record({
      pair: pair.name,
      operation: null,
      at,
      ...what,
      action: 'notify',
      outcome: null,
    });
    await notices.publish({
      pair: pair.name,
      urgency: isOver ? 'info' : concern.urgency,
      operation: null,
      rule: concern.id,
      at,
      ...noticeAbout(pair.name, isOver ? `it is over: ${concern.title}` : concern.title, what),
    });
    told = { ...told, [concern.id]: { since: open.since, about: open.about } };
    await ledger.saveTold(pair.name, told);
  }
}
