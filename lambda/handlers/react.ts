import { createHandler, logger, metrics } from '../aws/handler.ts';
import { headlineOf, needsOperation, withdrawsQuestion } from '../core/decide.ts';
import { hintSchema, pairsOf, type Hint } from '../core/hint.ts';
import { isOver } from '../core/lease.ts';
import { freshMemory } from '../core/memory.ts';
import { executionName } from '../core/operation.ts';
import { remember } from '../core/remember.ts';
import type { Pair } from '../core/settings.ts';
import { seconds } from '../core/time.ts';
import { tell } from '../core/words.ts';
import type { Account } from '../ports/ledger.ts';
import type { Notices } from '../ports/notices.ts';
import type { Workflow } from '../ports/workflow.ts';
import { lookAndDecide, type LookPorts } from './look-and-decide.ts';
import { tellChange, tellConcerns } from './tell-news.ts';

export interface ReactPorts extends LookPorts {
  readonly pairs: readonly Pair[];
  readonly notices: Notices;
  readonly workflow: Workflow;
}

/** A look takes 30 s at most; a mark that was left behind does not block the next minute's look. */
const LOOK_MILLIS = seconds(50);

/** Events are hints: whatever they say, however late, the world is looked at again. */
export const createReact = ({ pairs, ...ports }: ReactPorts) =>
  createHandler(hintSchema, async (hint: Hint, { requestId }) => {
    await eachInTurn(
      pairsOf(hint, pairs).map((pair) => async () => {
        const result = await react(ports, pair, hint, `${requestId}-${pair.name}`);
        logger.info('watched', { pair: pair.name, hint: hint.what, result });
        metrics.addMetric(`Watch-${result}`, 'Count', 1);
      }),
    );
  });

type Ports = Omit<ReactPorts, 'pairs'>;

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

/** Looks at one pair, and starts an operation or does nothing. */
async function react(ports: Ports, pair: Pair, hint: Hint, look: string): Promise<string> {
  const { clock, ledger } = ports;
  const begun = clock.now();
  if (!(await ledger.reserveLook(pair.name, begun, begun + LOOK_MILLIS))) return 'look-under-way';
  try {
    const account = await ledger.read(pair.name);
    if (isOver(account.lease, begun)) return await watch(ports, pair, hint, look, account);
    // The operation looks, and writes down what a person should know; it may go on for long.
    const concerns = account.memory?.concerns ?? {};
    let result = '';
    await eachInTurn([
      async () => (result = await watchQuestion(ports, pair, look, account)),
      () => tellConcerns(ports, pair, account, { concerns, evidence: [], at: begun }),
    ]);
    return result;
  } finally {
    await ledger.freeLook(pair.name);
  }
}

/** One look of `react`, while no operation is under way. */
async function watch(
  ports: Ports,
  pair: Pair,
  hint: Hint,
  look: string,
  account: Account,
): Promise<string> {
  const { clock, ledger, observer, workflow } = ports;
  const memory = account.memory ?? freshMemory(clock.now());
  const { observation, decision } = await lookAndDecide(observer, pair, look, memory, account);
  const { evidence } = decision;
  const { at } = observation;
  if (needsOperation(decision)) {
    await workflow.start(executionName(pair.name, account.fence, at), {
      pair: pair.name,
      reason: `${decision.rule}, seen after ${hint.what}`,
      trigger: hint.what,
    });
    // Of this look nothing is remembered; the operation sees it again.
    await tellConcerns(ports, pair, account, { concerns: memory.concerns, evidence, at });
    return decision.rule;
  }
  const said = headlineOf(decision);
  const isNews = said !== memory.lastRule;
  // News is told before it is remembered as told: dying in between may tell it twice, but never loses it.
  const [change] = await Promise.allSettled([
    isNews && tellChange(ports, pair, said, decision, at),
  ]);
  // What was seen is remembered all the same: how long something lasts does not depend on who can be told.
  const watched =
    change.status === 'fulfilled'
      ? remember(decision.memory, { type: 'told', rule: said })
      : decision.memory;
  const isSaved = await ledger.saveWatched(pair.name, account, watched, clock.now());
  // Else an operation has begun, which sees it again, and it is told after that.
  const { concerns } = watched;
  if (isSaved) await tellConcerns(ports, pair, account, { concerns, evidence, at });
  if (change.status === 'rejected') throw change.reason;
  return decision.rule;
}

/** While a person is asked nobody else looks: what makes the question pointless ends it here. */
async function watchQuestion(
  { ledger, observer, notices, workflow }: Ports,
  pair: Pair,
  look: string,
  account: Account,
): Promise<string> {
  const { memory, approvalToken } = account;
  if (memory?.phase !== 'asking' || approvalToken === null) return 'operation-under-way';
  const { observation, decision } = await lookAndDecide(observer, pair, look, memory, account);
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
