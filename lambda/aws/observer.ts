import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SideView } from '../core/observation.ts';
import type { Firewall } from '../core/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewalls } from '../ports/firewalls.ts';
import type { Observer } from '../ports/observer.ts';
import { readAlarms } from './alarms.ts';
import { readAwsView } from './vpn.ts';

/** AWS's own APIs answer within a second or not at all. */
const AWS_PATIENCE_MILLIS = 8_000;

interface Sources {
  readonly ec2: EC2Client;
  readonly cloudWatch: CloudWatchClient;
  readonly firewalls: Firewalls;
  readonly clock: Clock;
}

/** Asks every source at the same time; each has its own deadline and turns only itself unknown. */
export function createObserver({ ec2, cloudWatch, firewalls, clock }: Sources): Observer {
  const observeSide = async (
    firewall: Firewall,
    id: string,
    vpcPrefix: string | undefined,
  ): Promise<SideView> => {
    const [aws, facts] = await Promise.all([
      readAwsView(ec2, firewall, clock.now()),
      firewalls.inspect(firewall, `${id}-${firewall.name}`, vpcPrefix),
    ]);
    return { aws, firewall: facts };
  };
  return {
    async observe(pair, id) {
      const [preferred, standby] = await Promise.all([
        observeSide(pair.preferred, id, pair.vpcPrefix),
        observeSide(pair.standby, id, pair.vpcPrefix),
      ]);
      // Stamped at the end: evidence is never taken for younger than it is by more than the observation.
      return { at: clock.now(), preferred, standby, alarms: null };
    },

    alarms: ({ name }) => readAlarms(cloudWatch, name, AbortSignal.timeout(AWS_PATIENCE_MILLIS)),
  };
}
