import fc from 'fast-check';
import { FIREWALL_SCRIPTS } from '../../lib/scripts.ts';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { heldOf, type Held } from './snapshot.ts';

/** Everybody who may touch one firewall, at the same time. */

/** What happens more often stands here more often. */
const ACTIONS = [
  'on',
  'on',
  'off',
  'off',
  'on again',
  'stale on',
  'stale off',
  'late off',
  'first operator toggles',
  'second operator toggles',
  'page is saved',
  'configuration is synchronised',
  'reboot',
  'power loss',
  'cable pulled',
  'cable plugged',
  'service check fails',
  'service check recovers',
  'inspect',
  'the next toggle dies half-way',
  'configd is late at the next boots',
] as const;
type Action = (typeof ACTIONS)[number];

export interface ScheduledAction {
  readonly afterMillis: number;
  readonly action: Action;
}

export const schedules: fc.Arbitrary<ScheduledAction[]> = fc.array(
  fc.record({
    afterMillis: fc.oneof(fc.nat(400), fc.nat(5_000), fc.nat(60_000)),
    action: fc.constantFrom(...ACTIONS),
  }),
  { minLength: 2, maxLength: 9 },
);

/** An order, what it said, and the flag and the counter as they were while it looked last. */
interface Ordered {
  readonly action: Action;
  readonly result: string;
  readonly reason: string;
  readonly said: { readonly flag: string; readonly demotion: string };
  /** In its last seconds: the flags that the configuration had. */
  readonly flags: readonly boolean[];
  /** A foreign check failed, and was counted, from its beginning to its end. */
  readonly foreign: boolean;
}

export interface Played {
  readonly orders: readonly Ordered[];
  readonly quiet: Held;
  /** What the last `off` said in the quiet, and what was so after it. */
  readonly last: { readonly result: string; readonly reason: string; readonly held: Held };
  readonly inspected: string;
}

/** Reading, comparing and verifying take some of configctl's seconds. */
const LAST_SECONDS = 4_000;

class Play {
  readonly #stage: Stage;
  readonly #bench: Bench;
  readonly #flags: { at: number; flag: boolean }[] = [];
  readonly #foreign: { at: number; counted: boolean }[] = [{ at: 0, counted: false }];
  readonly orders: Ordered[] = [];

  constructor(stage: Stage, bench: Bench) {
    this.#stage = stage;
    this.#bench = bench;
    stage.site.onChange(({ at, firewalls: { preferred } }) => {
      if (this.#flags.at(-1)?.flag !== preferred.maintenance) {
        this.#flags.push({ at, flag: preferred.maintenance });
      }
    });
  }

  start(action: Action): void {
    const { site } = this.#stage;
    switch (action) {
      case 'on':
      case 'off':
        this.#order(action, action, {});
        return;
      case 'on again':
        this.#order(action, 'on', { operation: 'hq-again' });
        return;
      case 'stale on':
      case 'stale off':
        this.#order(action, action.slice(6), { fence: 1 });
        return;
      case 'late off':
        this.#order(action, 'off', { notAfterSeconds: -1 });
        return;
      case 'first operator toggles':
      case 'second operator toggles':
        site.toggleMaintenance('preferred');
        return;
      case 'page is saved':
        site.saveConfiguration('preferred', 0.4);
        return;
      case 'configuration is synchronised':
        site.saveConfiguration('preferred', 3);
        return;
      case 'reboot':
        site.reboot('preferred');
        return;
      case 'power loss':
        site.powerOff('preferred');
        site.powerOn('preferred');
        return;
      case 'cable pulled':
        site.pullCable('preferred', 'lan');
        return;
      case 'cable plugged':
        site.plugCable('preferred', 'lan');
        return;
      case 'service check fails':
        this.serviceCheck(true);
        return;
      case 'service check recovers':
        this.serviceCheck(false);
        return;
      case 'the next toggle dies half-way':
        site.disturbConfigd('preferred', {
          action: 'interface carp_set_status',
          kind: 'half',
          seconds: 0,
          times: 1,
        });
        return;
      case 'configd is late at the next boots':
        Object.assign(site.options, { configdReadySeconds: { low: 0.5, high: 60 } });
        return;
      case 'inspect':
        void this.#bench.stage.site.preferred.runScript(FIREWALL_SCRIPTS.inspect, {
          SSM_Observation: 'look-0',
          SSM_Connections: 'aws-a1',
          SSM_Pings: '169.254.10.1',
          SSM_Gateways: 'WAN_GW',
        });
    }
  }

  /** A check of another program; the system counts it when it is told to. */
  serviceCheck(fails: boolean): void {
    const { site, clock } = this.#stage;
    const path = '/usr/local/etc/rc.carp_service_status.d/another';
    site.installFile('preferred', path, 0o755, `#!/bin/sh\nexit ${fails ? 1 : 0}\n`);
    this.#foreign.push({ at: clock.now(), counted: false });
    void site.preferred
      .rootShell('configctl interface update carp service_status', {})
      .then(() => this.#foreign.push({ at: clock.now(), counted: fails }));
  }

  #order(action: Action, intent: string, input: object): void {
    const { site, clock } = this.#stage;
    const begun = clock.now();
    const environment = { SSM_Intent: intent, ...this.#bench.orderValues(input) };
    void site.preferred.runScript(FIREWALL_SCRIPTS.maintenance, environment).then(({ stdout }) => {
      const field = (name: string): string =>
        new RegExp(`^${name} (.+)$`, 'm').exec(stdout)?.[1] ?? 'none';
      const now = clock.now();
      this.orders.push({
        action,
        result: field('result'),
        reason: field('reason'),
        said: { flag: field('flag'), demotion: field('demotion') },
        flags: this.#flagsSince(now - LAST_SECONDS),
        foreign: this.#foreignSince(begun),
      });
    });
  }

  #flagsSince(from: number): boolean[] {
    const before = this.#flags.findLast(({ at }) => at <= from);
    const within = this.#flags.filter(({ at }) => at > from);
    return [...(before ? [before] : []), ...within].map(({ flag }) => flag);
  }

  #foreignSince(from: number): boolean {
    const before = this.#foreign.findLast(({ at }) => at <= from);
    const within = this.#foreign.filter(({ at }) => at > from);
    return before?.counted === true && within.every(({ counted }) => counted);
  }
}

/** By default later orders have a fence to be older than. */
export async function play(
  schedule: readonly ScheduledAction[],
  seed: number,
  begin = (bench: Bench): Promise<unknown> => bench.ordered(),
): Promise<Played> {
  return onStage(
    async (stage) => {
      const bench = new Bench(stage);
      await begin(bench);
      const game = new Play(stage, bench);
      for (const { afterMillis, action } of schedule) {
        await stage.pass(afterMillis / 1000);
        stage.clock.after(0, `step ${action}`, () => {
          game.start(action);
        });
      }
      // Everything comes to rest: a boot takes 70 s, a command in configd at most 120 s.
      await stage.pass(150);
      stage.site.preferred.machine.configdFaults.length = 0;
      stage.site.plugCable('preferred', 'lan');
      stage.clock.after(0, 'the other check recovers', () => {
        game.serviceCheck(false);
      });
      await stage.pass(20);
      const quiet = heldOf(stage);
      const { output } = await bench.inspect();
      const { result, reason } = await bench.order('off', { operation: 'hq-last' });
      return {
        orders: game.orders,
        quiet,
        inspected: output,
        last: { result, reason, held: heldOf(stage) },
      };
    },
    { pingsPerSecond: 0.05, ipsecBringUpSeconds: 5 },
    seed,
  );
}
