import { judge, noneOf, type SignalCheck } from '../signal.ts';

export const awsTunnelsUp: SignalCheck = {
  id: 'aws-tunnels-up',
  requires: 'AWS reports every tunnel of the firewall as UP.',
  check: ({ view }) =>
    judge(view.aws, ({ tunnels }) =>
      noneOf(
        tunnels
          .filter((tunnel) => !tunnel.up)
          .map((tunnel) => `${tunnel.outsideIpAddress} is DOWN`),
        `${tunnels.length} of ${tunnels.length} tunnels UP`,
      ),
    ),
};
