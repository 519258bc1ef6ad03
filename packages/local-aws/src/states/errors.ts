import type { Json, JsonObject } from './definition.ts';

/** Largest input, argument, result or output (Step Functions quotas: 256 KiB of UTF-8). */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/** An error of the States Language: it is matched against ErrorEquals, unlike a bug in the simulation. */
export class StatesError extends Error {
  /** The error name. A Fail state may leave it out. */
  readonly error: string | undefined;
  /** Absent for timeouts, as AWS reports them. */
  readonly reason: string | undefined;

  constructor(error: string | undefined, reason?: string) {
    super(`${error ?? '(no error name)'}: ${reason ?? '(no cause)'}`);
    this.name = 'StatesError';
    this.error = error;
    this.reason = reason;
  }

  /** What a catcher sees as `$states.errorOutput`. A timeout has no Cause (confidence: middle). */
  get output(): JsonObject {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.reason === undefined ? {} : { Cause: this.reason }),
    };
  }
}

/**
 * Whether a retrier or catcher applies (Step Functions guide, "Handling errors"): `States.ALL` is no
 * match for `States.DataLimitExceeded`, nothing is for `States.Runtime`, and `States.TaskFailed`
 * stands for every name but `States.Timeout`.
 */
export function matchesError(errorEquals: readonly string[], failure: StatesError): boolean {
  if (failure.error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === failure.error) return true;
    if (failure.error === 'States.DataLimitExceeded') return false;
    return (
      name === 'States.ALL' || (name === 'States.TaskFailed' && failure.error !== 'States.Timeout')
    );
  });
}

/** `value` as JSON text; fails with `States.DataLimitExceeded` above the limit. */
export function payloadText(value: Json, what: string): string {
  const text = JSON.stringify(value);
  // No character of a string takes more than three bytes.
  if (text.length * 3 <= MAX_PAYLOAD_BYTES || Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES) {
    return text;
  }
  throw new StatesError(
    'States.DataLimitExceeded',
    `${what} exceeds the maximum size of ${MAX_PAYLOAD_BYTES} bytes.`,
  );
}
