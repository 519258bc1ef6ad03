import { FIREWALL_SCRIPTS } from '../../lib/scripts.ts';
import {
  AwsError,
  type Caller,
  type Operation,
  type Service,
  type ServerOptions,
} from 'local-aws/parts';
import type { Clock as VirtualClock } from 'local-aws/clock';
import type { Clock } from '../../lambda/ports/clock.ts';
import { START } from 'local-aws/testing';

/** Holdback's adapters against the local AWS: real clients, virtual time, and faults by choice. */

/** The virtual clock as the clock that adapters are handed. */
export const clockOf = (clock: VirtualClock): Clock => ({
  now: () => clock.now(),
  sleep: (forMillis) => clock.sleep(forMillis, 'adapter'),
});

interface Client {
  readonly middlewareStack: {
    add(middleware: never, options: { readonly step: 'initialize' }): void;
  };
}

/** Time stands still while a request of this client is under way. */
export function inVirtualTime<T extends Client>(client: T, clock: VirtualClock): T {
  const middleware =
    (next: (args: unknown) => Promise<unknown>) =>
    (args: unknown): Promise<unknown> =>
      clock.work(next(args));
  client.middlewareStack.add(middleware as never, { step: 'initialize' });
  return client;
}

/** Lets virtual time pass until `promise` has settled. */
export async function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  const giveUpAt = clock.now() + 3_600_000;
  const state = { isOver: false };
  const noticed = promise.finally(() => {
    state.isOver = true;
  });
  noticed.catch(() => undefined);
  while (!state.isOver) {
    if (clock.now() > giveUpAt) throw new Error('It did not settle within an hour.');
    await clock.runUntil(clock.now() + 500);
  }
  return noticed;
}

/** A service with some of its operations replaced; each gets the real one to pass on to. */
export function changed(
  service: Service,
  operations: Readonly<
    Record<string, (original: () => unknown, input: never, caller: Caller) => unknown>
  >,
): Service {
  const replaced = Object.entries(operations).map(([name, replacement]): [string, Operation] => {
    const original = service.operations[name];
    if (!original) throw new Error(`${service.name} has no operation ${name}.`);
    return [name, (input, caller) => replacement(() => original(input, caller), input, caller)];
  });
  return { ...service, operations: { ...service.operations, ...Object.fromEntries(replaced) } };
}

/** Counts every call, and refuses those that the caller has no permission for. */
export function gatekeeper(refused: readonly string[] = []) {
  const calls: string[] = [];
  const options: ServerOptions = {
    now: () => START,
    authorize: ({ operation }) => {
      calls.push(operation);
      if (!refused.includes(operation)) return;
      throw new AwsError('AccessDeniedException', `not authorized to perform ${operation}`, {
        httpStatus: 403,
      });
    },
  };
  return { calls, options };
}

/** A document as the stack deploys it: one script of a firewall, parameters in its environment. */
export function scriptDocument(
  name: keyof typeof FIREWALL_SCRIPTS,
  parameters: readonly string[],
): object {
  return {
    schemaVersion: '2.2',
    parameters: Object.fromEntries(
      parameters.map((name) => [name, { type: 'String', interpolationType: 'ENV_VAR' }]),
    ),
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'script',
        inputs: {
          timeoutSeconds: '180',
          runCommand: FIREWALL_SCRIPTS[name].split('\n'),
        },
      },
    ],
  };
}
