import { createHandler, logger, metrics } from '../aws/handler.ts';
import { headlineOf, needsOperation, withdrawsApprovalRequest } from '../core/decide.ts';
import { triggerSchema, pairsOf, type Trigger } from '../core/trigger.ts';
import { isOver } from '../core/lease.ts';
import { freshMemory } from '../core/memory.ts';
import { executionName } from '../core/operation.ts';
import { remember } from '../core/remember.ts';
import type { Pair } from '../core/settings.ts';
import { seconds } from '../core/time.ts';
import { noticeAbout } from '../core/notice-text.ts';
import type { PairState } from '../ports/ledger.ts';
import type { Notices } from '../ports/notices.ts';
import type { Workflow } from '../ports/workflow.ts';
import { observeAndDecide, type ObservationPorts } from './observe-and-decide.ts';
import { publishChange, publishConcerns } from './publish-notices.ts';

export interface ReactPorts extends ObservationPorts {
  readonly pairs: readonly Pair[];
  readonly notices: Notices;
  readonly workflow: Workflow;
}

/** An observation takes 30 s at most; a mark that was left behind does not block the next minute's observation. */
const OBSERVATION_MILLIS = seconds(50);

/** Events are triggers, not facts: whatever they say, however late, the pair is observed again. */
export const createReact = ({ pairs, ...ports }: ReactPorts) =>
  createHandler(triggerSchema, async (trigger: Trigger, { requestId }) => {
    await eachInTurn(
      pairsOf(trigger, pairs).map((pair) => async () => {
        const result = await react(ports, pair, trigger, `${requestId}-${pair.name}`);
        logger.info('watched', { pair: pair.name, trigger: trigger.what, result });
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

/** Observes one pair, and starts an operation or does nothing. */
async function react(
  ports: Ports,
  pair: Pair,
  trigger: Trigger,
  observationId: string,
): Promise<string> {
  const { clock, ledger } = ports;
  const begun = clock.now();
  if (!(await ledger.reserveObservation(pair.name, begun, begun + OBSERVATION_MILLIS)))
    return 'observation-under-way';
  try {
    const state = await ledger.read(pair.name);
    if (isOver(state.lease, begun))
      return await observeBetweenOperations(ports, pair, trigger, observationId, state);
    // The operation observes, and writes down what a person should know; it may go on for long.
    const concerns = state.memory?.concerns ?? {};
    let result = '';
    await eachInTurn([
      async () => (result = await watchApprovalRequest(ports, pair, observationId, state)),
      () => publishConcerns(ports, pair, state, { concerns, evidence: [], at: begun }),
    ]);
    return result;
  } finally {
    await ledger.endObservation(pair.name);
  }
}

/** One observation of `react`, while no operation is under way. */
async function observeBetweenOperations(
  ports: Ports,
  pair: Pair,
  trigger: Trigger,
  observationId: string,
  state: PairState,
): Promise<string> {
  const { clock, ledger, observer, workflow } = ports;
  const memory = state.memory ?? freshMemory(clock.now());
  const { observation, decision } = await observeAndDecide(
    observer,
    pair,
    observationId,
    memory,
    state,
  );
  const { evidence } = decision;
  const { at } = observation;
  if (needsOperation(decision)) {
    await workflow.start(executionName(pair.name, state.fence, at), {
      pair: pair.name,
      reason: `${decision.rule}, seen after ${trigger.what}`,
      trigger: trigger.what,
    });
    // Of this observation nothing is remembered; the operation sees it again.
    await publishConcerns(ports, pair, state, { concerns: memory.concerns, evidence, at });
    return decision.rule;
  }
  const said = headlineOf(decision);
  const isNews = said !== memory.lastRule;
  // News is told before it is remembered as told: dying in between may tell it twice, but never loses it.
  const [change] = await Promise.allSettled([
    isNews && publishChange(ports, pair, said, decision, at),
  ]);
  // What was seen is remembered all the same: how long something lasts does not depend on who can be told.
  const watched =
    change.status === 'fulfilled'
      ? remember(decision.memory, { type: 'published', rule: said })
      : decision.memory;
  const isSaved = await ledger.saveWatched(pair.name, state, watched, clock.now());
  // Else an operation has begun, which sees it again, and it is told after that.
  const { concerns } = watched;
  if (isSaved) await publishConcerns(ports, pair, state, { concerns, evidence, at });
  if (change.status === 'rejected') throw change.reason;
  return decision.rule;
}

/** While a person is asked nobody else observes: what makes the request pointless ends it here. */
async function watchApprovalRequest(
  { ledger, observer, notices, workflow }: Ports,
  pair: Pair,
  observationId: string,
  state: PairState,
): Promise<string> {
  const { memory, approvalToken } = state;
  if (memory?.phase !== 'awaiting-approval' || approvalToken === null) return 'operation-under-way';
  const { observation, decision } = await observeAndDecide(
    observer,
    pair,
    observationId,
    memory,
    state,
  );
  if (!withdrawsApprovalRequest(decision)) return 'awaiting-approval';
  // Traffic comes first: whoever cannot be told now hears of it at the end of the operation.
  await workflow.withdrawApprovalRequest(approvalToken);
  // The execution needs some seconds to go on; nobody is told twice meanwhile.
  await ledger.forgetApprovalToken(pair.name, approvalToken);
  await notices.publish({
    pair: pair.name,
    urgency: 'info',
    operation: memory.operation?.id ?? null,
    rule: decision.rule,
    at: observation.at,
    ...noticeAbout(pair.name, 'the approval request is withdrawn, no answer is needed', decision),
  });
  return 'approval-request-withdrawn';
}
