import type { FirewallTruth, SiteTruth } from '../site/truth.ts';
import type { SiteState } from './invariants.ts';
import type { OpenOperations } from './operations.ts';

/** What the invariants look at, whenever the site or the set of running operations changed. */
export function siteStates(
  truths: readonly SiteTruth[],
  operations: readonly OpenOperations[],
): SiteState[] {
  const firewall = (truth: FirewallTruth): SiteState['preferred'] => ({
    able: truth.power === 'running' && truth.wanCable && truth.lanCable,
    master: truth.lan === 'MASTER',
    maintenance: truth.maintenance,
    demotion: truth.demotion,
    carries: truth.tunnels.some(({ passes }) => passes),
  });
  const found: SiteState[] = [];
  let next = 0;
  let open = 0;
  for (const truth of truths) {
    while ((operations[next]?.at ?? Infinity) <= truth.at) {
      open = operations[next]?.open ?? open;
      next += 1;
    }
    found.push({
      at: truth.at,
      preferred: firewall(truth.firewalls.preferred),
      standby: firewall(truth.firewalls.standby),
      operations: open,
    });
  }
  const most = Math.max(0, ...operations.map((sample) => sample.open));
  const last = found.at(-1);
  return last && most > 1 ? [...found, { ...last, operations: most }] : found;
}
