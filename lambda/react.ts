import { createHandler, logger, metrics } from './aws/handler.ts';
import {
  connectLedger,
  connectNotices,
  connectObserver,
  connectWorkflow,
  systemClock,
} from './aws/connections.ts';
import { EnvironmentError, readEnvironment } from './aws/environment.ts';
import { readPairs } from './aws/pairs.ts';
import { untold } from './core/concerns.ts';
import { headlineOf, needsOperation, withdrawsQuestion, type Decision } from './core/decide.ts';
import { executionName } from './core/operation.ts';
import { freshMemory, type Memory } from './core/memory.ts';
import { hintSchema, pairsOf, type Hint } from './core/hint.ts';
import { recordOf } from './core/record.ts';
import { seconds, type Millis } from './core/time.ts';
import { tell } from './core/words.ts';
import { lookAndDecide } from './look.ts';
import type { Pair } from './core/settings.ts';
import type { Signal } from './core/signal.ts';
import type { Account } from './ports/ledger.ts';

const environment = readEnvironment(process.env);
const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(environment);
const observer = connectObserver(environment);
const notices = connectNotices(environment);
const workflow = connectWorkflow(environment.STATE_MACHINE ?? '');

/** A look takes 30 s at most; a mark that was left behind does not block the next minute's look. */
const LOOK_MILLIS = seconds(50);

/** Takes each step, whatever becomes of the others; then the first failure is thrown. */
async function eachInTurn(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** One look of `react`, while no operation is under way. */
async function watch(pair: Pair, hint: Hint, look: string, account: Account): Promise<string> {
  const memory = account.memory ?? freshMemory(systemClock.now());
  const { observation, decision } = await lookAndDecide(observer, pair, look, memory, {
    actor: memory.operation?.actor ?? 'automatic',
    paused: account.paused,
  });
  if (needsOperation(decision)) {
    await workflow.start(executionName(pair.name, account.fence, observation.at), {
      pair: pair.name,
      reason: `${decision.rule}, seen after ${hint.what}`,
      trigger: hint.what,
    });
    // Of this look nothing is remembered; the operation sees it again.
    await tellConcerns(pair, account, memory.concerns, decision.evidence, observation.at);
    return decision.rule;
  }
  const at = observation.at;
  const said = headlineOf(decision);
  const isNews = said !== memory.lastRule;
  // News is told before it is remembered as told: dying in between may tell it twice, but never loses it.
  const [change] = await Promise.allSettled([isNews && tellChange(pair, said, decision, at)]);
  const lastRule = change.status === 'fulfilled' ? said : memory.lastRule;
  // What was seen is remembered all the same: how long something lasts does not depend on who can be told.
  const watched = { ...decision.memory, lastRule };
  const isSaved = await ledger.saveWatched(pair.name, account, watched, systemClock.now());
  // Else an operation has begun, which sees it again, and it is told after that.
  if (isSaved) await tellConcerns(pair, account, watched.concerns, decision.evidence, at);
  if (change.status === 'rejected') throw change.reason;
  return decision.rule;
}

/** Another rule decides than at the last look: on record, and for programs. */
async function tellChange(pair: Pair, said: string, decision: Decision, at: Millis): Promise<void> {
  await ledger.record(recordOf(pair.name, decision, at));
  await notices.publish({
    pair: pair.name,
    urgency: 'quiet',
    operation: null,
    rule: decision.rule,
    at,
    ...tell(pair.name, said, decision),
  });
}

/** `both firewalls are MASTER` as a sentence. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Tells what lasts for so long that a person should know; remembered apart from what operations write. */
async function tellConcerns(
  pair: Pair,
  account: Account,
  concerns: Memory['concerns'],
  evidence: readonly Signal[],
  at: Millis,
): Promise<void> {
  let { told } = account;
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
      action: 'tell',
      outcome: null,
    });
    await notices.publish({
      pair: pair.name,
      urgency: isOver ? 'info' : concern.notice,
      operation: null,
      rule: concern.id,
      at,
      ...tell(pair.name, isOver ? `it is over: ${concern.title}` : concern.title, what),
    });
    told = { ...told, [concern.id]: { since: open.since, about: open.about } };
    await ledger.saveTold(pair.name, told);
  }
}

/** While a person is asked nobody else looks: what makes the question pointless ends it here. */
async function watchQuestion(pair: Pair, look: string, account: Account): Promise<string> {
  const { memory, approvalToken } = account;
  if (memory?.phase !== 'asking' || approvalToken === null) return 'operation-under-way';
  const { observation, decision } = await lookAndDecide(observer, pair, look, memory, {
    actor: memory.operation?.actor ?? 'automatic',
    paused: account.paused,
  });
  if (!withdrawsQuestion(decision)) return 'asking';
  // Traffic comes first: whoever cannot be told now hears of it at the end of the operation.
  await workflow.withdrawQuestion(approvalToken);
  // The execution needs some seconds to go on; nobody is told twice meanwhile.
  await ledger.forgetApprovalToken(pair.name, approvalToken);
  await notices.publish({
    pair: pair.name,
    urgency: 'info',
    operation: memory.operation?.id ?? null,
    rule: decision.rule,
    at: observation.at,
    ...tell(pair.name, 'the question is withdrawn, no answer is needed', decision),
  });
  return 'question-withdrawn';
}

/** Looks at one pair, and starts an operation or does nothing. */
async function react(pair: Pair, hint: Hint, look: string): Promise<string> {
  const begun = systemClock.now();
  if (!(await ledger.reserveLook(pair.name, begun, begun + LOOK_MILLIS))) return 'look-under-way';
  try {
    const account = await ledger.read(pair.name);
    const isUnderWay = account.lease !== null && account.lease.until > begun;
    if (!isUnderWay) return await watch(pair, hint, look, account);
    // The operation looks, and writes down what a person should know; it may go on for long.
    let result = '';
    await eachInTurn([
      async () => (result = await watchQuestion(pair, look, account)),
      () => tellConcerns(pair, account, account.memory?.concerns ?? {}, [], begun),
    ]);
    return result;
  } finally {
    await ledger.freeLook(pair.name);
  }
}

/** Events are hints: whatever they say, however late, the world is looked at again. */
export const handler = createHandler(hintSchema, async (hint: Hint, { requestId }) => {
  if (!environment.STATE_MACHINE) throw new EnvironmentError('STATE_MACHINE is not set');
  await eachInTurn(
    pairsOf(hint, pairs).map((pair) => async () => {
      const result = await react(pair, hint, `${requestId}-${pair.name}`);
      logger.info('watched', { pair: pair.name, hint: hint.what, result });
      metrics.addMetric(`Watch-${result}`, 'Count', 1);
    }),
  );
});
