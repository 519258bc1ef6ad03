import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { FirewallFacts } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import type { Firewall, Pair } from '../../lambda/core/settings.ts';
import type { Firewalls, Order, OrderResult } from '../../lambda/ports/firewalls.ts';
import type { Firewall as FirewallMachine } from '../site/firewall.ts';
import type { Role } from '../site/options.ts';
import { Relay } from '../site/relay.ts';
import type { Site } from '../site/site.ts';
import type { createApiCalls } from './api-calls.ts';
import { factsOf } from './facts.ts';
import type { Failures } from './failures.ts';
import type { FailureName } from './faults/cloud.ts';
import { GOOD_CHECKS, Host, Killed } from './host.ts';
import { relayFacts } from './relay-facts.ts';
import { maintainByRelay, restartByRelay } from './relay-orders.ts';
import { Relayed } from './relayed.ts';
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
  /** What takes its commands. */
  const nodeOf = (firewall: Firewall): FirewallMachine | Relay =>
    (firewall.transport === 'relay' ? site.relay : undefined) ?? site.firewall(roleOf(firewall));
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

  /** SSM keeps a command for a while: whoever connects meanwhile gets it. */
  async function isDelivered(
    node: FirewallMachine | Relay,
    patienceMillis: number,
    lostBy: FailureName = 'cloud-down',
  ): Promise<boolean> {
    const until = clock.now() + patienceMillis;
    const isThere = (): boolean =>
      !failed.has('cloud-down') && !failed.has(lostBy) && node.online();
    while (!isThere() && clock.now() < until) await sleep(1_000, 'a command waits');
    return isThere();
  }

  async function inspect(
    firewall: Firewall,
    _id: string,
    vpcPrefix: string | undefined,
  ): Promise<Reading<FirewallFacts>> {
    const role = roleOf(firewall);
    const node = nodeOf(firewall);
    const silent = unknown('the command was not delivered: its agent is not connected');
    if (!(await isAccepted('inspect', role))) return unknown('SendCommand: ThrottlingException');
    const lostBy = (['commands-late', 'commands-time-out'] as const).find((name) =>
      failed.has(name),
    );
    if (!(await isDelivered(node, INSPECT_PATIENCE_MILLIS, lostBy))) return silent;
    await delivery('inspect', role);
    if (failed.has('commands-cut')) return unknown('the command ended as Failed');
    if (node instanceof Relay) {
      return Promise.race([
        relayFacts(new Relayed(node, firewall.name), firewall).then((facts) =>
          known(halfOf(facts, role)),
        ),
        sleep(INSPECT_PATIENCE_MILLIS, `${role} inspect patience`).then(() => silent),
      ]);
    }
    const { machine } = node;
    const { system } = machine;
    const dead = machine.tunnels.filter((tunnel) => !tunnel.passes).length;
    const host = new Host(machine.files, machine.root, machine.command({}));
    // Holdback is here: the local release begins to count again.
    host.remove(GOOD_CHECKS);
    await sleep(1_500 + 1_400 * dead, `${role} pings`);
    if (!system || machine.system !== system || !node.online()) return silent;
    await host.dropVoidNote();
    return known(halfOf(factsOf(machine, host, firewall, vpcPrefix, clock.now()), role));
  }

  /** Commands of the script may have failed, each in a section of its own. */
  function halfOf(facts: FirewallFacts, role: Role): FirewallFacts {
    if (!failed.has('half-answers')) return facts;
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
    byAgent: (host: Host, order: FirewallOrder) => Promise<Said>,
    byRelay: (firewall: Relayed, order: FirewallOrder) => Promise<Said>,
  ): Promise<OrderResult> {
    const role = roleOf(firewall);
    const node = nodeOf(firewall);
    const lost: OrderResult = { result: 'unknown', reason: 'the command was not delivered' };
    if (!(await isAccepted('order', role))) {
      return { result: 'unknown', reason: 'SendCommand: ThrottlingException' };
    }
    if (!(await isDelivered(node, DELIVERY_MILLIS, 'orders-lost'))) return lost;
    await delivery('order', role);
    const command = { operation, fence, notAfterSeconds: Math.floor(notAfter / 1000) };
    const { machine } = site.firewall(role);
    const { system } = machine;
    if (node !== site.relay && !system) return lost;
    const lateSeconds = failed.get('commands-late')?.hit.lateSeconds ?? 0;
    const cutAt = failed.get('commands-cut')?.hit.command;
    const run = async (): Promise<OrderResult> => {
      if (lateSeconds > 0) await sleep(lateSeconds * 1000, `${role} order late`);
      try {
        if (node instanceof Relay) {
          return await byRelay(new Relayed(node, firewall.name, cutAt), command);
        }
        // What the agent had not begun is gone with it.
        if (machine.system !== system) return await new Promise(() => undefined);
        const host = new Host(machine.files, machine.root, machine.command({}), cutAt);
        return await byAgent(host, command);
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
    maintain(firewall, order) {
      const { intent } = order;
      const heard = (): void => {
        onCommand({ at: clock.now(), intent });
      };
      return send(
        firewall,
        order,
        (host, command) => {
          heard();
          return maintain(host, intent, command);
        },
        (relayed, command) => {
          heard();
          return maintainByRelay(relayed, intent, command);
        },
      );
    },
    restartIpsec: (firewall, order) => send(firewall, order, restartIpsec, restartByRelay),
  };
}
