import { cannotTell, fail, judge, pass, type SignalCheck } from '../signal.ts';

export const noReplacement: SignalCheck = {
  id: 'no-replacement',
  requires: 'AWS is not replacing a tunnel endpoint of the firewall.',
  check: ({ view }) =>
    judge(view.aws, ({ tunnels }) => {
      const replaced = tunnels.find(({ replacement }) => replacement.known && replacement.value);
      if (replaced) return fail(`AWS is replacing the endpoint ${replaced.outsideIpAddress}`);
      for (const { replacement } of tunnels) {
        if (!replacement.known) return cannotTell(replacement.why);
      }
      return pass('no endpoint is being replaced');
    }),
};
