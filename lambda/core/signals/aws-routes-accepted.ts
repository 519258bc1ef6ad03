import { judge, noneOf, type SignalCheck } from '../signal.ts';

/**
 * A BGP tunnel that is UP with no accepted route is a black hole. On a connection with static
 * routes AWS counts 0 always, so nothing is asked of it there.
 */
export const awsRoutesAccepted: SignalCheck = {
  id: 'aws-routes-accepted',
  requires:
    'AWS has accepted at least one BGP route on every tunnel (static routing: nothing asked).',
  check: ({ view }) =>
    judge(view.aws, ({ tunnels }) => {
      const withBgp = tunnels.filter((tunnel) => !tunnel.staticRoutesOnly);
      return noneOf(
        withBgp
          .filter((tunnel) => tunnel.acceptedRouteCount < 1)
          .map((tunnel) => `${tunnel.outsideIpAddress} has no accepted route`),
        withBgp.length === 0 ? 'static routes only' : 'routes accepted on every tunnel',
      );
    }),
};
