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
import { decide, needsOperation } from './core/decide.ts';
import { executionName } from './core/operation.ts';
import { freshMemory } from './core/memory.ts';
import { hintSchema, pairsOf, type Hint } from './core/hint.ts';
import { recordOf } from './core/record.ts';
import { seconds } from './core/time.ts';
import { tell } from './core/words.ts';
import type { Pair } from './core/settings.ts';

const environment = readEnvironment(process.env);
const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(environment);
const observer = connectObserver(environment);
const notices = connectNotices(environment);
const workflow = connectWorkflow(environment.STATE_MACHINE ?? '');

/** A look takes 30 s at most; a mark that was left behind does not block the next minute's look. */
const LOOK_MILLIS = seconds(50);

/** Looks at one pair, and starts an operation or does nothing. */
async function watch(pair: Pair, hint: Hint, look: string): Promise<string> {
  const begun = systemClock.now();
  if (!(await ledger.reserveLook(pair.name, begun, begun + LOOK_MILLIS))) return 'look-under-way';
  try {
    const account = await ledger.read(pair.name);
    if (account.lease && account.lease.until > begun) return 'operation-under-way';

    const observation = await observer.look(pair, look);
    const memory = account.memory ?? freshMemory(begun);
    const decision = decide(pair, observation, memory, {
      actor: memory.operation?.actor ?? 'automatic',
      paused: account.paused,
    });
    if (needsOperation(decision)) {
      await workflow.start(executionName(pair.name, account.fence, observation.at), {
        pair: pair.name,
        reason: `${decision.rule}, seen after ${hint.what}`,
        trigger: hint.what,
      });
      return decision.rule;
    }
    // News is told before it is remembered as told: dying in between may tell it twice, but never
    // loses it. A second local release is news under the same rule.
    if (
      decision.rule !== memory.lastRule ||
      decision.memory.toldLocalRelease !== memory.toldLocalRelease
    ) {
      await ledger.record(recordOf(pair.name, decision, observation.at));
      await notices.publish({
        pair: pair.name,
        urgency: decision.notice,
        operation: null,
        rule: decision.rule,
        at: observation.at,
        ...tell(pair.name, decision.rule, decision),
      });
    }
    const watched = { ...decision.memory, lastRule: decision.rule };
    await ledger.saveWatched(pair.name, account, watched, systemClock.now());
    return decision.rule;
  } finally {
    await ledger.freeLook(pair.name);
  }
}

/** Events are hints: whatever they say, however late, the world is looked at again. */
export const handler = createHandler(hintSchema, async (hint: Hint, { requestId }) => {
  if (!environment.STATE_MACHINE) throw new EnvironmentError('STATE_MACHINE is not set');
  for (const pair of pairsOf(hint, pairs)) {
    const result = await watch(pair, hint, `${requestId}-${pair.name}`);
    logger.info('watched', { pair: pair.name, hint: hint.what, result });
    metrics.addMetric(`Watch-${result}`, 'Count', 1);
  }
});
