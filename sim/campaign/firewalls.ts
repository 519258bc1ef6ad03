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
import { factsOf } from './facts.ts';
import type { CloudKind, Failures } from './incident.ts';
import { GOOD_CHECKS, Host } from './host.ts';
import { relayFacts } from './relay-facts.ts';
import { maintainByRelay, restartByRelay } from './relay-orders.ts';
import { Relayed } from './relayed.ts';
import { dropVoidNote, maintain, restartIpsec, type FirewallOrder, type Said } from './orders.ts';

/** From SendCommand to the answer, beside what the script takes (docs/unverified.md has the measured ones). */
const SSM_MILLIS = [500, 2_500] as const;
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
  /** Is told of each maintenance command that arrives. */
  readonly onCommand: (command: MaintenanceCommand) => void;
}

/** Run Command and the scripts that it runs, in this process. */
export function createFirewalls(surroundings: Surroundings): Firewalls {
  const { site, clock, chance, pair, failed, onCommand } = surroundings;
  const roleOf = (firewall: Firewall): Role =>
    firewall.name === pair.preferred.name ? 'preferred' : 'standby';
  /** What takes its commands. */
  const nodeOf = (firewall: Firewall): FirewallMachine | Relay =>
    (firewall.transport === 'relay' ? site.relay : undefined) ?? site.firewall(roleOf(firewall));
  const sleep = (millis: number, what: string): Promise<void> => clock.sleep(millis, what);
  const delivery = (what: string, role: Role): Promise<void> =>
    sleep(Math.round(chance.between(...SSM_MILLIS, what, role, clock.now())), `${role} ${what}`);

  /** SSM keeps a command for a while: whoever connects meanwhile gets it. */
  async function isDelivered(
    node: FirewallMachine | Relay,
    patienceMillis: number,
    lostBy: CloudKind = 'cloud-down',
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
    if (failed.has('throttled')) return unknown('SendCommand: ThrottlingException');
    if (!(await isDelivered(node, INSPECT_PATIENCE_MILLIS))) return silent;
    await delivery('inspect', role);
    if (node instanceof Relay) {
      return Promise.race([
        relayFacts(new Relayed(node, firewall.name), firewall).then((facts) => known(facts)),
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
    await dropVoidNote(host);
    return known(factsOf(machine, host, firewall, vpcPrefix, clock.now()));
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
    if (failed.has('throttled')) {
      return { result: 'unknown', reason: 'SendCommand: ThrottlingException' };
    }
    if (!(await isDelivered(node, DELIVERY_MILLIS, 'orders-lost'))) return lost;
    await delivery('order', role);
    const command = { operation, fence, notAfterSeconds: Math.floor(notAfter / 1000) };
    const { machine } = site.firewall(role);
    if (node !== site.relay && !machine.system) return lost;
    const answer = await Promise.race([
      node instanceof Relay
        ? byRelay(new Relayed(node, firewall.name), command)
        : byAgent(new Host(machine.files, machine.root, machine.command({})), command),
      sleep(ORDER_PATIENCE_MILLIS, `${role} order patience`).then(() => lost),
    ]);
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
