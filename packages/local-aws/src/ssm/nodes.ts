import type { DescribeInstanceInformationRequest, InstanceInformation } from '@aws-sdk/client-ssm';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { ManagedNode } from '../outside.ts';
import { AwsError } from '../service.ts';

/** amazon-ssm-agent, HealthFrequencyMinutes: 5 by default and at least. */
const PING_PERIOD_MILLIS = 5 * 60_000;
/** When AWS gives up a silent agent is not documented; two missed pings are assumed. */
const LOST_AFTER_MILLIS = 2 * PING_PERIOD_MILLIS;
/** The first version of the agent that passes parameters as environment variables. */
const AGENT_VERSION = '3.3.2746.0';

/**
 * What DescribeInstanceInformation says of the agents: `Online` for minutes after an agent has
 * gone, `ConnectionLost` for minutes after it is back.
 */
export function agentHealth(
  nodes: readonly ManagedNode[],
  clock: Clock,
  chance: Chance,
): (input: DescribeInstanceInformationRequest) => InstanceInformation[] {
  const lastPings = new Map<string, Millis>();
  for (const node of nodes) {
    const { instanceId } = node;
    const label = `ssm health ping of ${instanceId}`;
    const phase = chance.between(0, PING_PERIOD_MILLIS, label);
    const ping = (): void => {
      if (node.online()) lastPings.set(instanceId, clock.now());
    };
    if (node.online()) lastPings.set(instanceId, clock.now() + phase - PING_PERIOD_MILLIS);
    clock.after(phase, label, () => {
      ping();
      clock.every(PING_PERIOD_MILLIS, label, ping);
    });
  }

  return (input) => {
    const wanted = instanceIdsOf(input);
    return nodes
      .map(({ instanceId }) => instanceId)
      .filter((id) => wanted?.includes(id) ?? true)
      .map((id) => {
        const lastPing = lastPings.get(id) ?? 0;
        const isLost = clock.now() - lastPing > LOST_AFTER_MILLIS;
        return {
          InstanceId: id,
          PingStatus: isLost ? 'ConnectionLost' : 'Online',
          LastPingDateTime: new Date(lastPing),
          AgentVersion: AGENT_VERSION,
          // An agent on FreeBSD reports itself as Linux (amazon-ssm-agent PR 20).
          PlatformType: 'Linux',
          PlatformName: 'FreeBSD',
          ResourceType: id.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance',
        };
      });
  };
}

/** The ids asked for, by either of the two filters of the API; undefined for all. */
function instanceIdsOf(input: DescribeInstanceInformationRequest): string[] | undefined {
  const filters = [
    ...(input.Filters ?? []).map(({ Key, Values }) => ({ key: Key, values: Values })),
    ...(input.InstanceInformationFilterList ?? []).map((f) => ({ key: f.key, values: f.valueSet })),
  ];
  const [filter, ...more] = filters;
  if (!filter) return undefined;
  if (more.length > 0 || filter.key !== 'InstanceIds') {
    throw new AwsError('InvalidFilterKey', 'The local SSM filters by InstanceIds only.');
  }
  return filter.values ?? [];
}
