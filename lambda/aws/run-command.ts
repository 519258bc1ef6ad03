import {
  GetCommandInvocationCommand,
  SendCommandCommand,
  type GetCommandInvocationResult,
  type SendCommandCommandOutput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { known, unknown, type Reading } from '../core/reading.ts';
import { seconds, type Millis } from '../core/time.ts';
import type { Clock } from '../ports/clock.ts';
import { failureReason } from './failure-reason.ts';
import { excerpt } from './answer-framing.ts';

export interface Command {
  readonly document: string;
  readonly instanceId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly comment: string;
  /** Not delivered by then, it never runs (30 s is the least that SSM accepts). */
  readonly deliverySeconds: number;
  /** When to stop asking for the answer; the command itself is bounded by its document. */
  readonly answerBy: Millis;
}

/** SSM answers `InvocationDoesNotExist` at first, and agents report every second or two. */
const POLL_EVERY: Millis = seconds(1.5);

/** SSM's API answers within a second; a call that hangs is given up like one that fails. */
const CALL_PATIENCE: Millis = seconds(5);
const patience = (): { abortSignal: AbortSignal } => ({
  abortSignal: AbortSignal.timeout(CALL_PATIENCE),
});

/** SSM has said that it did not take the command: it was counted, and refused before anything else. */
const REFUSED = new Set(['ThrottlingException', 'TooManyRequestsException', 'Throttling']);
/** No connection was made, so that nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether a command was certainly not accepted. Whatever else happened, it may have been. */
function wasNotAccepted(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $fault, code } = error as Error & { $fault?: unknown; code?: unknown };
  return (
    ($fault === 'client' && REFUSED.has(error.name)) ||
    ($fault === undefined && typeof code === 'string' && NOT_CONNECTED.has(code))
  );
}

/** Waits before it is sent once more. */
const BACKOFF: readonly Millis[] = [seconds(0.5), seconds(1), seconds(2)];

/** Up to twice the wait, by what the command is: those that were throttled together come back apart. */
function spread(wait: Millis, { comment, instanceId }: Command): Millis {
  const letters = Array.from(`${comment}${instanceId}`, (letter) => letter.codePointAt(0) ?? 0);
  const share = letters.reduce((all, letter) => (all * 31 + letter) % 1_000, 0) / 1_000;
  return wait + Math.round(wait * share);
}

/** Sends it, and again only where SSM certainly did not accept it, as often as there is time for. */
async function send(
  ssm: SSMClient,
  clock: Clock,
  command: Command,
): Promise<SendCommandCommandOutput> {
  for (const wait of BACKOFF) {
    try {
      return await sendOnce(ssm, command);
    } catch (error) {
      const next = clock.now() + spread(wait, command);
      if (!wasNotAccepted(error) || next + POLL_EVERY > command.answerBy) throw error;
      await clock.sleep(spread(wait, command));
    }
  }
  return sendOnce(ssm, command);
}

const sendOnce = (ssm: SSMClient, command: Command): Promise<SendCommandCommandOutput> =>
  ssm.send(
    new SendCommandCommand({
      DocumentName: command.document,
      DocumentVersion: '1',
      InstanceIds: [command.instanceId],
      Parameters: Object.fromEntries(
        Object.entries(command.parameters).map(([name, value]) => [name, [value]]),
      ),
      Comment: command.comment.slice(0, 100),
      TimeoutSeconds: command.deliverySeconds,
    }),
    patience(),
  );

/** The API spells `Delivery Timed Out` with and without spaces. */
const compact = (status: string | undefined): string => (status ?? '').replaceAll(' ', '');

const PENDING = new Set(['Pending', 'InProgress', 'Delayed', '']);

/** A poll that fails is only no answer yet: the deadline bounds how long that may go on. */
async function readInvocation(
  ssm: SSMClient,
  CommandId: string,
  InstanceId: string,
): Promise<GetCommandInvocationResult | null> {
  try {
    return await ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }), patience());
  } catch {
    return null;
  }
}

/**
 * Sends one command, which runs at most once, and waits for what the script printed. SSM's `Success` means exit status 0 and
 * nothing more, so the text decides; whatever else happens is unknown, since a command that timed
 * out may have run, and may still run.
 *
 * The document has a name made of its own hash, and version 1 of a document cannot be changed.
 */
export async function runCommand(
  ssm: SSMClient,
  clock: Clock,
  command: Command,
): Promise<Reading<string>> {
  try {
    const { Command: sent } = await send(ssm, clock, command);
    if (!sent?.CommandId) return unknown('SSM accepted the command without an id');
    while (clock.now() + POLL_EVERY <= command.answerBy) {
      await clock.sleep(POLL_EVERY);
      const invocation = await readInvocation(ssm, sent.CommandId, command.instanceId);
      const status = compact(invocation?.StatusDetails ?? invocation?.Status);
      if (PENDING.has(status)) continue;
      if (status === 'Success') return known(invocation?.StandardOutputContent ?? '');
      const said = excerpt(invocation?.StandardErrorContent ?? '');
      return unknown(`the command on ${command.instanceId} ended as ${status}: ${said}`);
    }
    return unknown(`no answer from ${command.instanceId} in time`);
  } catch (error) {
    return unknown(`the command for ${command.instanceId}: ${failureReason(error)}`);
  }
}
