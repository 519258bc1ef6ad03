import type { AwsTunnel, AwsView } from '../../lambda/core/observation.ts';
import { known, type Reading } from '../../lambda/core/reading.ts';
import { awsRoutesAccepted } from '../../lambda/core/signals/aws-routes-accepted.ts';
import { awsTunnelsUp } from '../../lambda/core/signals/aws-tunnels-up.ts';
import { noReplacement } from '../../lambda/core/signals/no-replacement.ts';
import { awsView, pairWith } from '../support/observations.ts';
import { says, silent, valueOf } from './signals-input.ts';

// AWS's view of the tunnels: what EC2 reports.

const { preferred } = pairWith();

/** AWS's view with each tunnel changed in its own way. */
function viewWith(...changes: readonly Partial<AwsTunnel>[]): Reading<AwsView> {
  const { tunnels } = valueOf(awsView(preferred));
  return known({ tunnels: tunnels.map((tunnel, index) => ({ ...tunnel, ...changes[index] })) });
}

const throttled = { known: false, why: 'DescribeVpnConnections: RequestLimitExceeded' } as const;

says(awsTunnelsUp, [
  { seen: 'both tunnels are UP', verdict: 'pass', evidence: '2 of 2 tunnels UP' },
  {
    seen: 'one is DOWN',
    observed: { preferredAws: viewWith({}, { up: false }) },
    verdict: 'fail',
    evidence: '203.0.113.12 is DOWN',
  },
  {
    seen: 'both are DOWN',
    observed: { preferredAws: viewWith({ up: false }, { up: false }) },
    verdict: 'fail',
    evidence: '203.0.113.11 is DOWN; 203.0.113.12 is DOWN',
  },
  {
    seen: 'EC2 does not answer',
    observed: { preferredAws: throttled },
    verdict: 'unknown',
    evidence: throttled.why,
  },
  {
    seen: 'only the other firewall has a tunnel that is DOWN',
    observed: { standbyAws: viewWith({ up: false }) },
    verdict: 'pass',
    evidence: '2 of 2 tunnels UP',
  },
]);

says(awsRoutesAccepted, [
  {
    seen: 'every tunnel has routes',
    verdict: 'pass',
    evidence: 'routes accepted on every tunnel',
  },
  {
    seen: 'a tunnel that is UP has no route, which is a black hole',
    observed: { preferredAws: viewWith({ acceptedRouteCount: 0 }) },
    verdict: 'fail',
    evidence: '203.0.113.11 has no accepted route',
  },
  {
    seen: 'the routes are static, where AWS counts 0 always',
    observed: {
      preferredAws: viewWith(
        { staticRoutesOnly: true, acceptedRouteCount: 0 },
        { staticRoutesOnly: true, acceptedRouteCount: 0 },
      ),
    },
    verdict: 'pass',
    evidence: 'static routes only',
  },
  {
    seen: 'one connection is static and a tunnel of the other has no route',
    observed: {
      preferredAws: viewWith(
        { staticRoutesOnly: true, acceptedRouteCount: 0 },
        { acceptedRouteCount: 0 },
      ),
    },
    verdict: 'fail',
    evidence: '203.0.113.12 has no accepted route',
  },
  {
    seen: 'EC2 does not answer',
    observed: { preferredAws: throttled },
    verdict: 'unknown',
    evidence: throttled.why,
  },
]);

says(noReplacement, [
  { seen: 'nothing is replaced', verdict: 'pass', evidence: 'no endpoint is being replaced' },
  {
    seen: 'an endpoint is replaced',
    observed: { preferredAws: viewWith({}, { replacement: known(true) }) },
    verdict: 'fail',
    evidence: 'AWS is replacing the endpoint 203.0.113.12',
  },
  {
    seen: 'AWS does not say it of one endpoint',
    observed: { preferredAws: viewWith({ replacement: silent }) },
    verdict: 'unknown',
    evidence: silent.why,
  },
  {
    seen: 'one endpoint is replaced and AWS says nothing of the other',
    observed: { preferredAws: viewWith({ replacement: silent }, { replacement: known(true) }) },
    verdict: 'fail',
    evidence: 'AWS is replacing the endpoint 203.0.113.12',
  },
  {
    seen: 'EC2 does not answer',
    observed: { preferredAws: throttled },
    verdict: 'unknown',
    evidence: throttled.why,
  },
]);
