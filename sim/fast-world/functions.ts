import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import { createAct } from '../../lambda/handlers/act.ts';
import { createLease } from '../../lambda/handlers/lease.ts';
import { createObserve } from '../../lambda/handlers/observe.ts';
import { createReact } from '../../lambda/handlers/react.ts';
import { createRecord } from '../../lambda/handlers/record.ts';
import { createRequestApproval } from '../../lambda/handlers/request-approval.ts';
import type { Failures } from './failures.ts';

const HANDLERS = {
  lease: createLease,
  observe: createObserve,
  act: createAct,
  requestapproval: createRequestApproval,
  record: createRecord,
  react: createReact,
};
export type HandlerName = keyof typeof HANDLERS;
export type Ports = Parameters<typeof createAct>[0] & Parameters<typeof createReact>[0];

/** From an invocation to the function, where no environment is warm; assumed. */
const COLD_START_MILLIS = [700, 3_000] as const;

interface Surroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly failed: Failures;
  readonly ports: Ports;
  /** An invocation fails before it has done anything. */
  readonly crashes: ((handler: HandlerName, at: Millis) => boolean) | undefined;
}

/** One invocation, and how it ended; it has not ended yet while that is `null`. */
export interface Invocation {
  readonly name: HandlerName;
  readonly at: Millis;
  readonly event: unknown;
  isCold: boolean;
  ended: 'answered' | 'failed' | null;
}

export interface Functions {
  readonly invocations: readonly Invocation[];
  /** @throws what the function throws, and what ends it before its time */
  invoke(name: HandlerName, event: unknown): Promise<unknown>;
  /**
   * @param logicalId of the function in the template
   * @throws where no handler belongs to it
   */
  nameOf(logicalId: string): HandlerName;
  /** New environments from now on; an invocation that is under way ends in its old one. */
  restart(): void;
}

const exited = (): Error =>
  Object.assign(new Error('Runtime exited'), { name: 'Runtime.ExitError' });

/** The handlers, invoked as Lambda would. */
export function createFunctions({
  clock,
  chance,
  failed,
  ports,
  crashes,
}: Surroundings): Functions {
  const names = Object.keys(HANDLERS) as HandlerName[];
  const create = () =>
    Object.fromEntries(
      Object.entries(HANDLERS).map(([name, of]) => [name, of(ports)]),
    ) as unknown as Record<HandlerName, (event: unknown, context: unknown) => Promise<unknown>>;
  let handlers = create();
  const cold = new Set<HandlerName>();
  const invocations: Invocation[] = [];

  async function run(name: HandlerName, event: unknown, invocation: Invocation): Promise<unknown> {
    const request = invocations.length;
    if (failed.has('cloud-down')) throw new Error('the Region is down');
    if (crashes?.(name, clock.now()) || failed.hits('functions-crash', name, request)) {
      throw exited();
    }
    if (cold.delete(name)) {
      const millis = Math.round(chance.between(...COLD_START_MILLIS, 'cold', name, clock.now()));
      invocation.isCold = true;
      await clock.sleep(millis, `cold start of ${name}`);
    }
    const answer = await handlers[name](event, {
      // No remaining time: middy would wait for its end by the clock of the wall.
      awsRequestId: `request-${request}`,
      functionName: name,
    });
    if (failed.hits('functions-die-late', name, request)) throw exited();
    return answer;
  }

  return {
    invocations,
    async invoke(name, event) {
      const invocation: Invocation = { name, at: clock.now(), event, isCold: false, ended: null };
      invocations.push(invocation);
      try {
        const answer = await run(name, event, invocation);
        invocation.ended = 'answered';
        return answer;
      } catch (error) {
        invocation.ended = 'failed';
        throw error;
      }
    },
    nameOf(logicalId) {
      const found = names.find((name) => logicalId.toLowerCase().startsWith(`holdback${name}`));
      if (!found) throw new Error(`No handler belongs to ${logicalId}.`);
      return found;
    },
    restart() {
      handlers = create();
      for (const name of names) cold.add(name);
    },
  };
}
