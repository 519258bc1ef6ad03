import type { CurrentOperation } from './memory.ts';
import { seconds, type Millis } from './time.ts';

/** What `start-execution` accepts, once it has been read. */
export interface OperationRequest {
  readonly id: string;
  readonly actor: CurrentOperation['actor'];
  readonly reason: string;
}

/** An execution's name as the firewall's script accepts it: letters, digits, dot, hyphen. */
export const operationId = (executionName: string): string =>
  executionName.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 64);

/** Within this time a second start for the same change collapses into the first. */
const SAME_START: Millis = seconds(300);

/**
 * The name of the execution that the next operation of a pair gets. The count of leases makes two
 * callers that saw the same state choose the same name; the time lets a start that died before it
 * took its lease be made good, since a name is taken for 90 days.
 */
export function executionName(pair: string, fence: number, at: Millis): string {
  return `${pair}-${fence + 1}-${Math.floor(at / SAME_START)}`;
}
