import * as z from 'zod';
import { createHandler, logger, metrics } from '../aws/handler.ts';
import { HoldbackError } from '../core/error.ts';
import { findPair } from '../core/pairs.ts';
import type { Pair } from '../core/settings.ts';
import { noticeAbout } from '../core/notice-text.ts';
import type { Notices } from '../ports/notices.ts';
import { observeUnderLease, type ObservationPorts } from './observe-and-decide.ts';

const event = z.object({
  pair: z.string(),
  execution: z.string(),
  fence: z.number(),
  token: z.string(),
});

/** The workflow catches it and observes again. */
class ApprovalNotRequestedError extends HoldbackError {
  override readonly name = 'ApprovalNotRequestedError';

  constructor(pair: string, rule: string) {
    super(`Nobody was asked about ${pair}: by now ${rule} decides. Nothing needs to be done.`);
  }
}

/** The command that answers. The token stays in the ledger: a mail is no place for a credential. */
const howToAnswer = (printToken: string): string =>
  [
    'To agree (write false instead of true to decline):',
    `  aws stepfunctions send-task-success --task-output '{"approved":true}' --task-token "$(${printToken})"`,
  ].join('\n');

export interface RequestApprovalPorts extends ObservationPorts {
  readonly pairs: readonly Pair[];
  readonly notices: Notices;
}

/**
 * Asks a person whether to fail back now, with the evidence; unless the rules, after one more observation, want
 * something else by now: then nobody is asked, and the workflow observes again.
 */
export const createRequestApproval = ({ pairs, notices, ...ports }: RequestApprovalPorts) =>
  createHandler(event, async ({ token, ...input }, { requestId }) => {
    const { ledger } = ports;
    const pair = findPair(pairs, input.pair);
    const observed = await observeUnderLease(ports, pair, input, requestId);
    const { lease, before, observation, decision } = observed;
    if (decision.step.action !== 'request-approval')
      throw new ApprovalNotRequestedError(pair.name, decision.rule);

    await ledger.saveApprovalToken(pair.name, lease, token);
    const { title, text } = noticeAbout(pair.name, 'approve the failback?', decision);
    await notices.publish({
      pair: pair.name,
      urgency: 'alert',
      operation: before.operation?.id ?? null,
      rule: decision.rule,
      title,
      text: `${text}\n\n${howToAnswer(ledger.approvalTokenCommand(pair.name))}`,
      at: observation.at,
    });
    metrics.addMetric('ApprovalRequested', 'Count', 1);
    logger.info('asked', { pair: pair.name });
  });
