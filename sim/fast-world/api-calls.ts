import type { Clock } from 'local-aws/clock';
import { AwsError, Throttle } from 'local-aws/parts';
import type { Failures } from './failures.ts';
import type { Hit } from './faults/means.ts';

/**
 * Token buckets of the account. EC2 publishes those of Describe and Get (ec2-api-throttling: 100, then 20 a second);
 * of SendCommand none is published, and those of EC2's mutating calls are assumed.
 */
const LIMITS = {
  SendCommand: { burst: 50, perSecond: 5 },
  DescribeVpnConnections: { burst: 100, perSecond: 20 },
  GetActiveVpnTunnelStatus: { burst: 100, perSecond: 20 },
} as const;
type Api = keyof typeof LIMITS;

/** Whether AWS takes a call now. While others use up the account's buckets, few calls of each are left. */
export function createApiCalls(clock: Clock, failed: Failures): (api: Api) => boolean {
  const own = new Map<Api, Throttle>();
  const left = new Map<Hit, Map<Api, Throttle>>();
  const bucketOf = (api: Api): Throttle => {
    const failure = failed.get('few-calls');
    const [buckets, limit] = failure
      ? [
          left.get(failure.hit) ?? new Map<Api, Throttle>(),
          { burst: 1, perSecond: (failure.hit.callsPerMinute ?? 0) / 60 },
        ]
      : [own, LIMITS[api]];
    if (failure) left.set(failure.hit, buckets);
    const bucket = buckets.get(api) ?? new Throttle(clock, limit);
    buckets.set(api, bucket);
    return bucket;
  };
  return (api) => {
    if (api === 'SendCommand' && failed.has('throttled')) return false;
    try {
      bucketOf(api).take();
      return true;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  };
}
