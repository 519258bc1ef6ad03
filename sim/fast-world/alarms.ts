import type { VpnEndpoints } from 'local-aws';
import type { Chance } from 'local-aws/chance';
import type { Clock } from 'local-aws/clock';
import { Metrics, readAlarm, sampleTunnels } from 'local-aws/parts';
import type { AlarmView } from '../../lambda/core/observation.ts';

const MINUTE_MILLIS = 60_000;

interface Surroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  /** The alarms of the pair's tunnels in the template. */
  readonly resources: readonly Parameters<typeof readAlarm>[0][];
  /** The tunnels as AWS shows them. */
  readonly vpn: VpnEndpoints;
  readonly isDown: () => boolean;
  readonly emit: (event: object, id: string) => void;
}

/**
 * The alarms of a pair's tunnels, as they are deployed: each looks once a minute, at a second of its own, at datapoints
 * that come one to four minutes late (docs/unverified.md, 1), and tells of each change. Nobody mutes them.
 */
export function createAlarms(surroundings: Surroundings): () => readonly AlarmView[] {
  const { clock, chance, resources, vpn, isDown, emit } = surroundings;
  const metrics = new Metrics(clock);
  sampleTunnels(metrics, clock, chance, vpn);
  const alarms = resources.map((resource) => readAlarm(resource, 'm1', clock.now()));
  for (const alarm of alarms) {
    // They are older than this day.
    alarm.state = { ...alarm.judge(metrics, clock.now(), 'OK'), at: clock.now() };
    const look = (): void => {
      clock.after(MINUTE_MILLIS, alarm.name, look);
      if (isDown()) return;
      const next = alarm.judge(metrics, clock.now(), alarm.state.value);
      if (next.value === alarm.state.value) return;
      alarm.state = { ...next, at: clock.now() };
      const detail = { alarmName: alarm.name, state: { value: next.value } };
      emit({ source: 'aws.cloudwatch', detail }, alarm.name);
    };
    clock.after(Math.floor(chance.between(0, MINUTE_MILLIS, alarm.name)), alarm.name, look);
  }
  return () =>
    alarms.map(({ name, state }) => ({
      name,
      state: state.value,
      since: state.at,
      muted: false,
      reason: state.reason,
    }));
}
