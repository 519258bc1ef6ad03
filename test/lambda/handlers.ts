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
import { look, pairWith, type Change } from '../support/world.ts';
import { FIRST, onLedger, START, type Bench } from './ledger-bench.ts';

/** A handler's surroundings: a real ledger, everything else by the test's choice. */
export interface World extends Bench {
  readonly pair: Pair;
  /** What the next looks see; a function may take its time, or throw. */
  see: (change: Change | (() => Observation | Promise<Observation>)) => void;
  /** What happened, in order: looks, orders, notices, starts. */
  readonly happened: string[];
  readonly looks: string[];
  readonly orders: MaintenanceOrder[];
  readonly remedies: Order[];
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

function worldOn(bench: Bench, pair: Pair): { world: World; ports: Ports } {
  let observe: () => Observation | Promise<Observation> = () => look(pair, { at: bench.now() });
  /** The alarms as of the last look, for whoever asks. */
  let alarms: Observation['alarms'] = null;
  const world: World = {
    ...bench,
    pair,
    see(seen) {
      observe = typeof seen === 'function' ? seen : () => look(pair, { at: bench.now(), ...seen });
    },
    happened: [],
    looks: [],
    orders: [],
    remedies: [],
    notices: [],
    withdrawn: [],
    starts: [],
    maintain: () => Promise.resolve({ result: 'changed', reason: 'entered maintenance mode' }),
    publish: () => Promise.resolve(),
  };
  const { happened } = world;
  const ports: Ports = {
    pairs: [pair],
    clock: { now: bench.now, sleep: () => Promise.resolve() },
    ledger: bench.ledger,
    observer: {
      look: async (_pair, id) => {
        world.looks.push(id);
        happened.push('look');
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
      inspect: () => Promise.reject(new Error('looks are taken by the observer')),
      maintain: (_firewall, order) => {
        world.orders.push(order);
        happened.push(`maintenance ${order.intent}`);
        return world.maintain();
      },
      remedy: (_firewall, order) => {
        world.remedies.push(order);
        happened.push('remedy');
        return world.maintain();
      },
    },
    notices: {
      publish: async (notice) => {
        await world.publish();
        world.notices.push(notice);
        happened.push(`notice ${notice.rule}`);
      },
    },
    workflow: {
      start: (name, input) => {
        world.starts.push({ name, input });
        happened.push('start');
        return Promise.resolve('started');
      },
      withdrawQuestion: (token) => {
        world.withdrawn.push(token);
        happened.push('question withdrawn');
        return Promise.resolve();
      },
    },
  };
  return { world, ports };
}

// Powertools warns of every invocation that counts nothing, a refused event for one.
jest.spyOn(console, 'warn').mockImplementation(() => undefined);

export type Invoke = (event: unknown) => Promise<Record<string, unknown>>;

let requests = 0;

/** Plays with a handler in a world of its own. */
export async function inWorld(
  create: (ports: Ports) => unknown,
  play: (invoke: Invoke, world: World) => Promise<void>,
  change: Partial<Pair> = {},
): Promise<void> {
  await onLedger(async (bench) => {
    const { world, ports } = worldOn(bench, pairWith(change));
    // As Lambda calls it: with whatever the event is.
    const handler = create(ports) as (event: unknown, context: unknown) => ReturnType<Invoke>;
    const invoke: Invoke = (event) =>
      handler(event, {
        awsRequestId: `request-${(requests += 1)}`,
        functionName: 'function',
        getRemainingTimeInMillis: () => 60_000,
      });
    await play(invoke, world);
  });
}

export { FIRST, START };
