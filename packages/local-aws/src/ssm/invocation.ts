import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { ManagedNode, ShellResult } from '../outside.ts';
import type { CommandDocument } from './document.ts';

/** One SendCommand that was accepted. */
export interface Command {
  readonly id: string;
  readonly document: CommandDocument;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, string[]>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly requestedAt: Millis;
  /** TimeoutSeconds: what has not started by then never starts. */
  readonly deliverUntil: Millis;
  /** TimeoutSeconds and the step's timeout together: what has not answered by then is given up. */
  readonly expiresAt: Millis;
}

export type InvocationStatus = 'Pending' | 'InProgress' | 'Success' | 'Failed' | 'TimedOut';

/** What Run Command shows of a command on one node. */
export interface InvocationState {
  readonly status: InvocationStatus;
  /** As documented, with spaces: `Delivery Timed Out`. */
  readonly details: string;
  /** -1 until the script has ended. */
  readonly responseCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Characters kept (DefaultOutputConfig of amazon-ssm-agent: MaxStdoutLength, MaxStderrLength). */
const STDOUT_LIMIT = 24_000;
const STDERR_LIMIT = 8_000;
const TRUNCATED_SUFFIX = '--output truncated--';
/** The agent's code for a command that it stopped: 128 + SIGKILL (amazon-ssm-agent appconfig). */
const STOPPED_EXIT_CODE = 137;
const RETRY_MILLIS = 1_000;

const PENDING: InvocationState = {
  status: 'Pending',
  details: 'Pending',
  responseCode: -1,
  stdout: '',
  stderr: '',
};
const IN_PROGRESS: InvocationState = {
  ...PENDING,
  status: 'InProgress',
  details: 'In Progress',
};

export interface InvocationOptions {
  readonly command: Command;
  readonly node: ManagedNode;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly deliveryDelayMillis: number;
  onStatus(invocation: Invocation): void;
}

/**
 * A command on one node, from its way to the agent to the agent's answer. The agent may be offline,
 * the answer late, the node gone in mid-command; nothing here ever stops the script itself.
 */
export class Invocation {
  readonly command: Command;
  readonly instanceId: string;
  state: InvocationState = PENDING;
  startedAt: Millis | undefined;
  endedAt: Millis | undefined;
  readonly #options: InvocationOptions;
  readonly #label: string;

  constructor(options: InvocationOptions) {
    this.command = options.command;
    this.instanceId = options.node.instanceId;
    this.#options = options;
    this.#label = `ssm ${this.command.id} on ${this.instanceId}`;
    const { clock, deliveryDelayMillis } = options;
    clock.after(deliveryDelayMillis, `${this.#label} delivery`, () => this.#deliver());
    // Expiry makes it Delivery Timed Out, even of what is in progress (SSM API, Command.ExpiresAfter).
    clock.at(this.command.expiresAt, `${this.#label} expiry`, () => {
      this.#become({ ...this.state, status: 'TimedOut', details: 'Delivery Timed Out' });
    });
  }

  get isOver(): boolean {
    return this.state.status !== 'Pending' && this.state.status !== 'InProgress';
  }

  /** Without a running agent the status is InProgress all the same (SSM user guide). */
  #deliver(): unknown {
    const { clock, node } = this.#options;
    if (this.state === PENDING) this.#become(IN_PROGRESS);
    if (clock.now() >= this.command.deliverUntil) return undefined;
    if (node.online()) return this.#run();
    return clock.after(RETRY_MILLIS, `${this.#label} delivery`, () => this.#deliver());
  }

  async #run(): Promise<void> {
    const { clock, node } = this.#options;
    const { document, environment } = this.command;
    this.startedAt = clock.now();
    const limit = clock.after(
      document.executionTimeoutSeconds * 1_000,
      `${this.#label} limit`,
      () => {
        this.#report(outcomeOf({ exitCode: STOPPED_EXIT_CODE, stdout: '', stderr: '' }));
      },
    );
    const result = await node.runScript(document.script, environment);
    limit.cancel();
    this.#report(outcomeOf(result));
  }

  /** The first outcome counts. It takes a moment to arrive, and as long as the agent is offline. */
  #report(outcome: InvocationState): void {
    if (this.endedAt !== undefined) return;
    const { clock, chance, node } = this.#options;
    this.endedAt = clock.now();
    const delayMillis = chance.between(100, 1_000, 'ssm report', this.command.id, this.instanceId);
    const attempt = (): void => {
      if (node.online()) this.#become(outcome);
      else if (!this.isOver) clock.after(RETRY_MILLIS, `${this.#label} report`, attempt);
    };
    clock.after(delayMillis, `${this.#label} report`, attempt);
  }

  #become(state: InvocationState): void {
    if (this.isOver) return;
    this.state = state;
    this.#options.onStatus(this);
  }
}

function outcomeOf({ exitCode, stdout, stderr }: ShellResult): InvocationState {
  const shown = { responseCode: exitCode, stdout: cut(stdout, STDOUT_LIMIT) };
  if (exitCode === 0) {
    const kept = cut(stderr, STDERR_LIMIT);
    return { ...shown, status: 'Success', details: 'Success', stderr: kept };
  }
  // The agent's own words stand behind those of the script (seen in the field).
  const kept = cut(`${stderr}failed to run commands: exit status ${exitCode}`, STDERR_LIMIT);
  return exitCode === STOPPED_EXIT_CODE
    ? { ...shown, status: 'TimedOut', details: 'Execution Timed Out', stderr: kept }
    : { ...shown, status: 'Failed', details: 'Failed', stderr: kept };
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return text.slice(0, limit - TRUNCATED_SUFFIX.length) + TRUNCATED_SUFFIX;
}
