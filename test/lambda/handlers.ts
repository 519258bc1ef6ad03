import { jest } from '@jest/globals';
import type { Observation } from '../../lambda/core/observation.ts';
import { known } from '../../lambda/core/reading.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import type { Clock } from '../../lambda/ports/clock.ts';
import type {
  Firewalls,
  MaintenanceOrder,
  Order,
  OrderResult,
} from '../../lambda/ports/firewalls.ts';
import type { Ledger } from '../../lambda/ports/ledger.ts';
import type { Notice, Notices } from '../../lambda/ports/notices.ts';
import type { Observer } from '../../lambda/ports/observer.ts';
import type { Workflow } from '../../lambda/ports/workflow.ts';
import { observationOf, pairWith, type Change } from '../support/observations.ts';
import { FIRST, onLedger, START, type Bench } from './ledger-bench.ts';

/** A handler's surroundings: a real ledger, everything else by the test's choice. */
export interface HandlerBench extends Bench {
  readonly pair: Pair;
  /** What the next observations see; a function may take its time, or throw. */
  see: (change: Change | (() => Observation | Promise<Observation>)) => void;
  /** What happened, in order: observations, orders, notices, starts. */
  readonly happened: string[];
  readonly observations: string[];
  readonly orders: MaintenanceOrder[];
  readonly ipsecRestarts: Order[];
  readonly notices: Notice[];
  readonly withdrawn: string[];
  readonly starts: { readonly name: string; readonly input: unknown }[];
  /** What becomes of the next order and the next notice. */
  maintain: () => Promise<OrderResult>;
  publish: () => Promise<void>;
}

/** All that a handler may ask for. */
interface Ports {
  readonly pairs: readonly Pair[];
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly firewalls: Firewalls;
  readonly notices: Notices;
  readonly workflow: Workflow;
}

function handlerBenchOn(ledgerBench: Bench, pair: Pair): { bench: HandlerBench; ports: Ports } {
  let observe: () => Observation | Promise<Observation> = () =>
    observationOf(pair, { at: ledgerBench.now() });
  /** The alarms as of the last observation, for whoever asks. */
  let alarms: Observation['alarms'] = null;
  const bench: HandlerBench = {
    ...ledgerBench,
    pair,
    see(seen) {
      observe =
        typeof seen === 'function'
          ? seen
          : () => observationOf(pair, { at: ledgerBench.now(), ...seen });
    },
    happened: [],
    observations: [],
    orders: [],
    ipsecRestarts: [],
    notices: [],
    withdrawn: [],
    starts: [],
    maintain: () => Promise.resolve({ result: 'changed', reason: 'entered maintenance mode' }),
    publish: () => Promise.resolve(),
  };
  const { happened } = bench;
  const ports: Ports = {
    pairs: [pair],
    clock: { now: ledgerBench.now, sleep: () => Promise.resolve() },
    ledger: ledgerBench.ledger,
    observer: {
      observe: async (_pair, id) => {
        bench.observations.push(id);
        happened.push('observation');
        const seen = await Promise.resolve().then(observe);
        alarms = seen.alarms;
        return { ...seen, alarms: null };
      },
      alarms: () => {
        happened.push('alarms');
        return Promise.resolve(alarms ?? known([]));
      },
    },
    firewalls: {
      inspect: () => Promise.reject(new Error('observations are made by the observer')),
      maintain: (_firewall, order) => {
        bench.orders.push(order);
        happened.push(`maintenance ${order.intent}`);
        return bench.maintain();
      },
      restartIpsec: (_firewall, order) => {
        bench.ipsecRestarts.push(order);
        happened.push('restart-ipsec');
        return bench.maintain();
      },
    },
    notices: {
      publish: async (notice) => {
        await bench.publish();
        bench.notices.push(notice);
        happened.push(`notice ${notice.rule}`);
      },
    },
    workflow: {
      start: (name, input) => {
        bench.starts.push({ name, input });
        happened.push('start');
        return Promise.resolve('started');
      },
      withdrawApprovalRequest: (token) => {
        bench.withdrawn.push(token);
        happened.push('approval request withdrawn');
        return Promise.resolve();
      },
    },
  };
  return { bench, ports };
}

// Powertools warns of every invocation that counts nothing, a refused event for one.
jest.spyOn(console, 'warn').mockImplementation(() => undefined);

export type Invoke = (event: unknown) => Promise<Record<string, unknown>>;

let requests = 0;

/** Plays with a handler in a bench of its own. */
export async function onBench(
  create: (ports: Ports) => unknown,
  play: (invoke: Invoke, bench: HandlerBench) => Promise<void>,
  change: Partial<Pair> = {},
): Promise<void> {
  await onLedger(async (ledgerBench) => {
    const { bench, ports } = handlerBenchOn(ledgerBench, pairWith(change));
    // As Lambda calls it: with whatever the event is.
    const handler = create(ports) as (event: unknown, context: unknown) => ReturnType<Invoke>;
    const invoke: Invoke = (event) =>
      handler(event, {
        awsRequestId: `request-${(requests += 1)}`,
        functionName: 'function',
        getRemainingTimeInMillis: () => 60_000,
      });
    await play(invoke, bench);
  });
}

export { FIRST, START };
