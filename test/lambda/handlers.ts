import { jest } from '@jest/globals';
import type { Observation } from '../../lambda/core/observation.ts';
import { known } from '../../lambda/core/reading.ts';
import type { Pair } from '../../lambda/core/settings.ts';
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
import { DOCUMENT_NAMES, look, pairWith, type Change } from '../support/world.ts';
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

/** The handler under test sees this world, and only while `inWorld` plays. */
let world: World | undefined;
const current = (): World => {
  if (!world) throw new Error('No world is set up.');
  return world;
};
let observe: () => Observation | Promise<Observation> = () => look(pairWith());
/** The settings in the bundle: the pair of the current world. */
const pairs: Pair[] = [];

const ledger = new Proxy({} as Ledger, {
  get: (_target, name) => Reflect.get(current().ledger, name) as unknown,
});
/** The alarms as of the last look, for whoever asks. */
let alarms: Observation['alarms'] = null;
const observer: Observer = {
  look: async (_pair, id) => {
    current().looks.push(id);
    current().happened.push('look');
    const seen = await Promise.resolve().then(observe);
    alarms = seen.alarms;
    return { ...seen, alarms: null };
  },
  alarms: () => {
    current().happened.push('alarms');
    return Promise.resolve(alarms ?? known([]));
  },
};
const firewalls: Firewalls = {
  inspect: () => Promise.reject(new Error('looks are taken by the observer')),
  maintain: (_firewall, order) => {
    current().orders.push(order);
    current().happened.push(`maintenance ${order.intent}`);
    return current().maintain();
  },
  remedy: (_firewall, order) => {
    current().remedies.push(order);
    current().happened.push('remedy');
    return current().maintain();
  },
};
const notices: Notices = {
  publish: async (notice) => {
    await current().publish();
    current().notices.push(notice);
    current().happened.push(`notice ${notice.rule}`);
  },
};
const workflow: Workflow = {
  start: (name, input) => {
    current().starts.push({ name, input });
    current().happened.push('start');
    return Promise.resolve('started');
  },
  withdrawQuestion: (token) => {
    current().withdrawn.push(token);
    current().happened.push('question withdrawn');
    return Promise.resolve();
  },
};

Object.assign(process.env, {
  LEDGER_TABLE: 'Ledger',
  NOTICE_TOPIC: 'topic',
  DOCUMENTS: JSON.stringify(DOCUMENT_NAMES),
  STATE_MACHINE: 'machine',
});
jest.unstable_mockModule('../../lambda/aws/connections.ts', () => ({
  systemClock: { now: () => current().now(), sleep: () => Promise.resolve() },
  connectLedger: () => ledger,
  connectObserver: () => observer,
  connectFirewalls: () => firewalls,
  connectNotices: () => notices,
  connectWorkflow: () => workflow,
}));
const settings = await import('../../lambda/aws/pairs.ts');
jest.unstable_mockModule('../../lambda/aws/pairs.ts', () => ({
  ...settings,
  readPairs: () => pairs,
}));
// Powertools warns of every invocation that counts nothing, a refused event for one.
jest.spyOn(console, 'warn').mockImplementation(() => undefined);

type Name = 'react' | 'observe' | 'act' | 'lease' | 'record' | 'ask';
export type Invoke = (event: unknown) => Promise<Record<string, unknown>>;

let requests = 0;

/** Plays with a handler in a world of its own. */
export async function inWorld(
  name: Name,
  play: (invoke: Invoke, world: World) => Promise<void>,
  change: Partial<Pair> = {},
): Promise<void> {
  await onLedger(async (bench) => {
    const pair = pairWith(change);
    pairs.splice(0, 1, pair);
    world = {
      ...bench,
      pair,
      see(seen) {
        observe =
          typeof seen === 'function' ? seen : () => look(pair, { at: bench.now(), ...seen });
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
    world.see({});
    const { handler } = (await import(`../../lambda/${name}.ts`)) as {
      handler: (event: unknown, context: unknown) => Promise<Record<string, unknown>>;
    };
    const invoke: Invoke = (event) =>
      handler(event, {
        awsRequestId: `request-${(requests += 1)}`,
        functionName: name,
        getRemainingTimeInMillis: () => 60_000,
      });
    await play(invoke, world);
  });
}

export { FIRST, START };
