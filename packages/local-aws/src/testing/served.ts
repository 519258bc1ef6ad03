import { serve } from '../wire/server.ts';
import type { Endpoint, ServerOptions } from '../wire/server.ts';
import type { Operation, Service, ServiceName } from '../service.ts';

/** The instant at which the simulations of these tests begin. */
export const START = Date.UTC(2026, 10, 21, 6, 0, 0);

/** What a client needs to talk to the local AWS; the principal signs. */
export function clientOf({ url }: Endpoint, principal = 'ShopFunction') {
  return {
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: principal, secretAccessKey: 'unchecked' },
    // These clients live in real time; a skewed `Date` header would make them repeat every error.
    disableClockSkewCorrection: true,
  };
}

/** Serves for the time of `use`, and fails if the local AWS had a fault of its own. */
export async function withLocalAws<T>(
  services: readonly Service[],
  use: (endpoint: Endpoint) => Promise<T>,
  options: ServerOptions = { now: () => START },
): Promise<T> {
  const endpoint = await serve(services, options);
  try {
    return await use(endpoint);
  } finally {
    await endpoint.close();
  }
}

/** A service whose operations remember what they were given and answer what they are told. */
export function recorder(name: ServiceName, answers: Readonly<Record<string, unknown>>) {
  const seen: unknown[] = [];
  const operations = Object.fromEntries(
    Object.entries(answers).map(([operation, answer]): [string, Operation] => [
      operation,
      (input, caller) => {
        seen.push(input, caller);
        return typeof answer === 'function' ? (answer as () => unknown)() : answer;
      },
    ]),
  );
  return { seen, service: { name, operations } satisfies Service };
}

/** Calls an operation inside the process, as the state machine's integrations do. */
export function call(service: Service, operation: string, input: unknown): unknown {
  const implementation = service.operations[operation] as (
    input: unknown,
    caller: { principal: string },
  ) => unknown;
  return implementation(input, { principal: 'StateMachine' });
}
