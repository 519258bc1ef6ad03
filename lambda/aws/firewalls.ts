import type { SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { known, unknown, whenKnown, type Reading } from '../core/reading.ts';
import type { Firewall } from '../core/settings.ts';
import { inSeconds, seconds, type Millis } from '../core/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewalls, Order, OrderResult } from '../ports/firewalls.ts';
import { readFacts } from './facts.ts';
import { bodyOf, excerpt, readFrames } from './answer-framing.ts';
import { readRelayFacts } from './relay-facts.ts';
import { runCommand } from './run-command.ts';

/** The least that SSM accepts: an order that waits longer for its firewall is stale. */
const DELIVERY_SECONDS = 30;
/** An observation must end well within the minute after which the next one begins. */
const INSPECT_PATIENCE: Millis = seconds(25);
/** A configctl call may take 120 s (opnsense/core configd_ctl.py:98); a script makes a few. */
const ORDER_PATIENCE: Millis = seconds(200);

const results = z.enum(['changed', 'already', 'refused', 'failed']);

function readResult(output: string, operation: string, title: string): Reading<OrderResult> {
  return whenKnown(readFrames(output, operation, title), (sections) =>
    whenKnown(bodyOf(sections, 'outcome'), (body) => {
      const result = results.safeParse(/^result (\S+)$/m.exec(body)?.[1]);
      const reason = /^reason (.+)$/m.exec(body)?.[1];
      return result.success
        ? known({ result: result.data, reason: reason ? excerpt(reason) : '' })
        : unknown('the script printed no result');
    }),
  );
}

/** The documents by which a firewall is reached, one of each kind. */
export interface Documents {
  readonly inspect: string;
  readonly maintenance: string;
  readonly 'restart-ipsec': string;
}

/**
 * Firewalls as SSM reaches them: through an agent on the firewall itself, or through a relay, which
 * is told the firewall's name and gives the same answers.
 *
 * `ssm` must not retry by itself: SendCommand has no idempotency token, and although the scripts are
 * safe to run twice, the second run would answer for the first.
 */
export function createFirewalls(
  ssm: SSMClient,
  clock: Clock,
  documents: Readonly<Record<Firewall['transport'], Documents>>,
): Firewalls {
  const firewallParameter = ({ transport, name }: Firewall): Record<string, string> =>
    transport === 'relay' ? { Firewall: name } : {};

  async function send(
    firewall: Firewall,
    kind: 'maintenance' | 'restart-ipsec',
    order: Order,
    more: Readonly<Record<string, string>>,
    what: string,
  ): Promise<OrderResult> {
    const output = await runCommand(ssm, clock, {
      document: documents[firewall.transport][kind],
      instanceId: firewall.ssmTarget,
      parameters: {
        ...firewallParameter(firewall),
        ...more,
        Operation: order.operation,
        Fence: String(order.fence),
        NotAfter: String(inSeconds(order.notAfter)),
      },
      comment: `Holdback ${order.operation}: ${what} on ${firewall.name}`,
      deliverySeconds: DELIVERY_SECONDS,
      answerBy: clock.now() + ORDER_PATIENCE,
    });
    const result = whenKnown(output, (text) =>
      readResult(text, order.operation, `holdback-${kind}-1`),
    );
    return result.known ? result.value : { result: 'unknown', reason: result.why };
  }

  return {
    async inspect(firewall, observationId, vpcPrefix) {
      const tunnels = firewall.vpnConnections.flatMap((connection) => connection.tunnels);
      const output = await runCommand(ssm, clock, {
        document: documents[firewall.transport].inspect,
        instanceId: firewall.ssmTarget,
        parameters: {
          ...firewallParameter(firewall),
          Observation: observationId,
          Connections: tunnels.map((tunnel) => tunnel.ipsecConnection).join(','),
          Pings: tunnels.map((tunnel) => tunnel.ping).join(','),
          Gateways: firewall.gateways.join(','),
          ...(firewall.transport === 'agent' && {
            VpcPrefix: vpcPrefix?.split('/')[0] ?? '',
          }),
        },
        comment: `Holdback observes ${firewall.name}`,
        deliverySeconds: DELIVERY_SECONDS,
        answerBy: clock.now() + INSPECT_PATIENCE,
      });
      return whenKnown(output, (text) =>
        firewall.transport === 'relay'
          ? readRelayFacts(text, observationId, firewall, clock.now())
          : readFacts(text, observationId, clock.now()),
      );
    },

    maintain: (firewall, order) =>
      send(
        firewall,
        'maintenance',
        order,
        { Intent: order.intent, Holder: order.holder },
        `maintenance ${order.intent}`,
      ),

    restartIpsec: (firewall, order) =>
      send(firewall, 'restart-ipsec', order, {}, 'restart of IPsec'),
  };
}
