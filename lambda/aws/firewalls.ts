import type { SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { known, unknown, whenKnown, type Reading } from '../core/reading.ts';
import type { Firewall } from '../core/settings.ts';
import { inSeconds, seconds, type Millis } from '../core/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewalls, MaintenanceResult } from '../ports/firewalls.ts';
import { readFacts } from './facts.ts';
import { bodyOf, readFrames } from './frame.ts';
import { runCommand } from './run-command.ts';

/** The least that SSM accepts: an order that waits longer for its firewall is stale. */
const DELIVERY_SECONDS = 30;
/** A look must end well within the minute after which the next one begins. */
const INSPECT_PATIENCE: Millis = seconds(25);
/** A configctl call may take 120 s (opnsense/core configd_ctl.py:98); the script makes a few. */
const MAINTENANCE_PATIENCE: Millis = seconds(200);

const results = z.enum(['changed', 'already', 'refused', 'failed']);

function readResult(output: string, operation: string): Reading<MaintenanceResult> {
  return whenKnown(readFrames(output, operation, 'holdback-maintenance-1'), (sections) =>
    whenKnown(bodyOf(sections, 'outcome'), (body) => {
      const result = results.safeParse(/^result (\S+)$/m.exec(body)?.[1]);
      const reason = /^reason (.+)$/m.exec(body)?.[1] ?? '';
      return result.success
        ? known({ result: result.data, reason })
        : unknown('the maintenance script printed no result');
    }),
  );
}

export interface Documents {
  readonly inspect: string;
  readonly maintenance: string;
}

/**
 * Firewalls that run the SSM agent themselves (transport `agent`).
 *
 * `ssm` must not retry by itself: SendCommand has no idempotency token, and although the script is
 * safe to run twice, the second run would answer for the first.
 */
export function createFirewalls(ssm: SSMClient, clock: Clock, documents: Documents): Firewalls {
  return {
    async inspect(firewall, look) {
      const tunnels = firewall.vpnConnections.flatMap((connection) => connection.tunnels);
      const output = await runCommand(ssm, clock, {
        document: documents.inspect,
        instanceId: firewall.ssmTarget,
        parameters: {
          Look: look,
          Connections: tunnels.map((tunnel) => tunnel.ipsecConnection).join(','),
          Pings: tunnels.map((tunnel) => tunnel.ping).join(','),
          Gateways: firewall.gateways.join(','),
        },
        comment: `Holdback looks at ${firewall.name}`,
        deliverySeconds: DELIVERY_SECONDS,
        answerBy: clock.now() + INSPECT_PATIENCE,
      });
      return whenKnown(output, (text) => readFacts(text, look));
    },

    async maintain(firewall: Firewall, order): Promise<MaintenanceResult> {
      const output = await runCommand(ssm, clock, {
        document: documents.maintenance,
        instanceId: firewall.ssmTarget,
        parameters: {
          Intent: order.intent,
          Holder: order.holder,
          Operation: order.operation,
          Fence: String(order.fence),
          NotAfter: String(inSeconds(order.notAfter)),
        },
        comment: `Holdback ${order.operation}: maintenance ${order.intent} on ${firewall.name}`,
        deliverySeconds: DELIVERY_SECONDS,
        answerBy: clock.now() + MAINTENANCE_PATIENCE,
      });
      const result = whenKnown(output, (text) => readResult(text, order.operation));
      return result.known ? result.value : { result: 'unknown', reason: result.why };
    },
  };
}
