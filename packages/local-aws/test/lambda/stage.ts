import { afterEach } from '@jest/globals';
import { createLambda } from '../../src/lambda/lambda.ts';
import type { InvokeResult, Lambda, LambdaFaults } from '../../src/lambda/lambda.ts';
import type { Operation } from '../../src/service.ts';
import { Chance } from '../../src/chance.ts';
import { Clock } from '../../src/clock.ts';
import { createWire, listen } from '../../src/wire/server.ts';
import { assemblyOf } from '../../src/testing/assembly.ts';

export const START = Date.UTC(2026, 0, 1);

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

export interface Bench {
  readonly clock: Clock;
  readonly lambda: Lambda;
  readonly delivered: { to: string; body: unknown; attributes: unknown; at: number }[];
  /** Who called DescribeInstanceInformation. */
  readonly callers: string[];
  /** Invokes function `Fn` with these steps and lets the time run until the answer is there. */
  readonly run: (...steps: readonly unknown[]) => Promise<InvokeResult>;
}

export async function bench(options: {
  readonly resources: Readonly<Record<string, unknown>>;
  readonly faults?: LambdaFaults;
  readonly describe?: Operation;
  readonly seed?: number;
  /** Default: memory. */
  readonly wire?: 'socket' | 'memory';
}): Promise<Bench> {
  const clock = new Clock(START);
  const callers: string[] = [];
  const delivered: Bench['delivered'] = [];
  const describe: Operation = (input, caller) => {
    callers.push(caller.principal);
    return options.describe?.(input, caller) ?? { NextToken: 'answer' };
  };
  const operations = { DescribeInstanceInformation: describe };
  const wire = createWire([{ name: 'SSM', operations }], { now: () => clock.now() });
  const endpoint = options.wire === 'socket' ? await listen(wire) : undefined;
  const lambda = createLambda({
    assembly: assemblyOf(options.resources),
    clock,
    chance: new Chance(options.seed ?? 1),
    endpointUrl: endpoint?.url ?? 'http://aws.invalid',
    ...(endpoint === undefined && { wire }),
    deliver: (to, body, attributes) => {
      delivered.push({ to, body: JSON.parse(body), attributes, at: clock.now() });
    },
    ...(options.faults && { faults: options.faults }),
  });
  open.push(async () => {
    await lambda.close();
    if (endpoint) await endpoint.close();
    else wire.close();
  });
  const run = async (...steps: readonly unknown[]): Promise<InvokeResult> => {
    const answer = lambda.invoke('Fn', { steps });
    await clock.runUntil(clock.now() + 3_600_000);
    return answer;
  };
  return { clock, lambda, delivered, callers, run };
}
