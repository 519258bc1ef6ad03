import * as z from 'zod';
import { HoldbackError } from './core/error.ts';
import { createHandler, logger, metrics } from './aws/handler.ts';
import { connectLedger, connectNotices, connectObserver, systemClock } from './aws/connections.ts';
import { readEnvironment } from './aws/environment.ts';
import { findPair, readPairs } from './aws/pairs.ts';
import { freshMemory } from './core/memory.ts';
import { tell } from './core/words.ts';
import { lookAndDecide } from './look.ts';
import { holdLease } from './ports/ledger.ts';

const environment = readEnvironment(process.env);
const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(environment);
const observer = connectObserver(environment);
const notices = connectNotices(environment);

const event = z.object({
  pair: z.string(),
  execution: z.string(),
  fence: z.number(),
  token: z.string(),
});

/** The workflow catches it and looks again. */
class NotAskedError extends HoldbackError {
  override readonly name = 'NotAskedError';

  constructor(pair: string, rule: string) {
    super(`Nobody was asked about ${pair}: by now ${rule} decides. Nothing needs to be done.`);
  }
}

/** The command that answers. The token stays in the ledger: a mail is no place for a credential. */
function howToAnswer(pair: string): string {
  const key = JSON.stringify({ pk: { S: `pair#${pair}` }, sk: { S: 'state' } });
  return [
    'To agree (write false instead of true to decline):',
    `  aws stepfunctions send-task-success --task-output '{"approved":true}' --task-token "$(aws dynamodb get-item` +
      ` --table-name ${environment.LEDGER_TABLE} --key '${key}' --query Item.approvalToken.S --output text)"`,
  ].join('\n');
}

/**
 * Asks a person whether to fail back now, with the evidence; unless the rules, after one more look, want
 * something else by now: then nobody is asked, and the workflow looks again.
 */
export const handler = createHandler(event, async (input, { requestId }) => {
  const pair = findPair(pairs, input.pair);
  const account = await ledger.read(pair.name);
  const lease = holdLease(pair.name, account, input);
  const memory = account.memory ?? freshMemory(systemClock.now());
  const { observation, decision } = await lookAndDecide(observer, pair, requestId, memory, {
    actor: memory.operation?.actor ?? 'automatic',
    paused: account.paused,
  });
  if (decision.step.action !== 'ask') throw new NotAskedError(pair.name, decision.rule);

  await ledger.saveApprovalToken(pair.name, lease, input.token);
  const { title, text } = tell(pair.name, 'approve the failback?', decision);
  await notices.publish({
    pair: pair.name,
    urgency: 'alert',
    operation: memory.operation?.id ?? null,
    rule: 'ask',
    title,
    text: `${text}\n\n${howToAnswer(pair.name)}`,
    at: observation.at,
  });
  metrics.addMetric('Asked', 'Count', 1);
  logger.info('asked', { pair: pair.name });
});
