import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { FirewallFacts } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import type { Firewall, Pair } from '../../lambda/core/settings.ts';
import type { Firewalls, Order, OrderResult } from '../../lambda/ports/firewalls.ts';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import type { createApiCalls } from './api-calls.ts';
import { factsOf } from './facts.ts';
import type { Failures } from './failures.ts';
import { Host, Killed } from './host.ts';
import { maintain, restartIpsec, type FirewallOrder, type Said } from './orders.ts';

/** From SendCommand to the answer, beside what the script takes (docs/unverified.md has the measured ones). */
const SSM_MILLIS = [500, 2_500] as const;
/** How lambda/aws/run-command.ts waits where SSM takes no command, each up to twice as long. */
const BACKOFF_MILLIS = [500, 1_000, 2_000] as const;
const INSPECT_PATIENCE_MILLIS = 25_000;
const ORDER_PATIENCE_MILLIS = 200_000;
const DELIVERY_MILLIS = 30_000;

/** A maintenance command at the moment in which a firewall got it. */
export interface MaintenanceCommand {
  readonly at: Millis;
  readonly intent: 'on' | 'off';
}

interface Surroundings {
  readonly site: Site;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly pair: Pair;
  readonly failed: Failures;
  readonly isTaken: ReturnType<typeof createApiCalls>;
  /** Is told of each maintenance command that arrives. */
  readonly onCommand: (command: MaintenanceCommand) => void;
}

/** Run Command and the scripts that it runs, in this process. */
export function createFirewalls(surroundings: Surroundings): Firewalls {
  const { site, clock, chance, pair, failed, isTaken, onCommand } = surroundings;
  const roleOf = (firewall: Firewall): Role =>
    firewall.name === pair.preferred.name ? 'preferred' : 'standby';
  const sleep = (millis: number, what: string): Promise<void> => clock.sleep(millis, what);
  const draw = (low: number, high: number, what: string, role: Role): number =>
    Math.round(chance.between(low, high, what, role, clock.now()));
  const delivery = (what: string, role: Role): Promise<void> =>
    sleep(draw(...SSM_MILLIS, what, role), `${role} ${what}`);

  /** SendCommand, sent again where SSM certainly did not take it. */
  async function isAccepted(what: string, role: Role): Promise<boolean> {
    for (const wait of BACKOFF_MILLIS) {
      if (isTaken('SendCommand')) return true;
      await sleep(draw(wait, 2 * wait, `${what} backoff`, role), `${role} ${what} backoff`);
    }
    return isTaken('SendCommand');
  }

  async function inspect(firewall: Firewall): Promise<Reading<FirewallFacts>> {
    const role = roleOf(firewall);
    const node = site.firewall(role);
    const silent = unknown('the command was not delivered: its agent is not connected');
    if (!(await isAccepted('inspect', role))) return unknown('SendCommand: ThrottlingException');
    const inVain = (['cloud-down', 'commands-late', 'commands-time-out'] as const).some((name) =>
      failed.has(name),
    );
    if (inVain || !node.online()) {
      await sleep(INSPECT_PATIENCE_MILLIS, `${role} inspect in vain`);
      return silent;
    }
    await delivery('inspect', role);
    if (failed.has('commands-cut')) return unknown('the command ended as Failed');
    const { machine } = node;
    const { system } = machine;
    const dead = machine.tunnels.filter((tunnel) => !tunnel.passes).length;
    await sleep(1_500 + 1_400 * dead, `${role} pings`);
    if (!system || machine.system !== system || !node.online()) return silent;
    const facts = factsOf(
      machine,
      new Host(machine.root, machine.command({})),
      firewall,
      clock.now(),
    );
    return known(failed.has('half-answers') ? halfOf(facts, role) : facts);
  }

  /** Commands of the script have failed, each in a section of its own. */
  function halfOf(facts: FirewallFacts, role: Role): FirewallFacts {
    const sections = (Object.entries(facts) as [string, Reading<unknown>][]).map(
      ([section, reading]): [string, Reading<unknown>] => [
        section,
        failed.hits('half-answers', section, role) ? unknown(`${section} failed (1)`) : reading,
      ],
    );
    return Object.fromEntries(sections) as unknown as FirewallFacts;
  }

  async function send(
    firewall: Firewall,
    { operation, fence, notAfter }: Order,
    carryOut: (host: Host, order: FirewallOrder) => Promise<Said>,
  ): Promise<OrderResult> {
    const role = roleOf(firewall);
    const node = site.firewall(role);
    const lost: OrderResult = { result: 'unknown', reason: 'the command was not delivered' };
    if (!(await isAccepted('order', role))) {
      return { result: 'unknown', reason: 'SendCommand: ThrottlingException' };
    }
    if (failed.has('cloud-down') || failed.has('orders-lost') || !node.online()) {
      await sleep(DELIVERY_MILLIS, `${role} order in vain`);
      return lost;
    }
    await delivery('order', role);
    const { machine } = node;
    const { system } = machine;
    if (!system) return lost;
    const lateSeconds = failed.get('commands-late')?.hit.lateSeconds ?? 0;
    const cutAt = failed.get('commands-cut')?.hit.command;
    const run = async (): Promise<OrderResult> => {
      if (lateSeconds > 0) await sleep(lateSeconds * 1000, `${role} order late`);
      // What the agent had not begun is gone with it.
      if (machine.system !== system) return new Promise(() => undefined);
      try {
        return await carryOut(new Host(machine.root, machine.command({}), cutAt), {
          operation,
          fence,
          notAfterSeconds: Math.floor(notAfter / 1000),
        });
      } catch (error) {
        if (error instanceof Killed) return { ...lost, reason: 'the command ended as Failed' };
        throw error;
      }
    };
    const patience = sleep(ORDER_PATIENCE_MILLIS, `${role} order patience`).then(() => lost);
    const answer = await Promise.race([run(), patience]);
    if (failed.has('commands-time-out')) return patience;
    return failed.has('answers-lost') ? lost : answer;
  }

  return {
    inspect,
    maintain: (firewall, order) =>
      send(firewall, order, (host, command) => {
        onCommand({ at: clock.now(), intent: order.intent });
        return maintain(host, order.intent, command);
      }),
    restartIpsec: (firewall, order) => send(firewall, order, restartIpsec),
  };
}
