import { MAINTENANCE, SERVICE } from './host.ts';
import { said, type FirewallOrder, type Said } from './orders.ts';
import type { Relayed } from './relayed.ts';

/** The orders that a relay carries out (opnsense/relay): by the toggle of the REST API, and by nothing else. */

const UNREAD = said('failed', 'no answer that can be read');

/** command-guard.sh, by the relay's clock and the relay's files. */
async function refusal(firewall: Relayed, order: FirewallOrder): Promise<Said | null> {
  const { host, fence } = firewall;
  if (Number(await host.now()) > order.notAfterSeconds) {
    return said('refused', `the command is late: it was to act before ${order.notAfterSeconds}`);
  }
  const last = Number(host.read(fence) || 0);
  if (order.fence < last) {
    return said(
      'refused',
      `fence ${order.fence} is older than ${last}: a newer operation has acted`,
    );
  }
  host.write(fence, String(order.fence));
  return (await firewall.readState()) ? null : said('failed', firewall.why);
}

/** Null: it is as wanted. */
async function toggleTo(firewall: Relayed, intent: 'on' | 'off'): Promise<Said | null> {
  const toggle = async (): Promise<'on' | 'off' | 'unknown'> => {
    const path = 'diagnostics/interface/carp_status/maintenance';
    const answer = await firewall.api<{ action?: string }>(125, 'POST', path, '{}');
    const action = answer.ok ? answer.value.action : undefined;
    if (action === undefined) return 'unknown';
    return action === 'enter_maintenance' ? 'on' : 'off';
  };
  const did = await toggle();
  if (did === intent) return null;
  if (did === 'unknown') {
    return (await firewall.readState()) && firewall.flag === intent ? null : UNREAD;
  }
  await toggle();
  await firewall.readState();
  dropNote(firewall);
  return firewall.flag === intent
    ? said('refused', 'raced: left as it was found')
    : said('failed', 'raced: undoing our toggle was not seen');
}

function dropNote({ host, hold, stranded }: Relayed): void {
  host.remove(hold);
  host.remove(stranded);
}

/** A hold of ours whose flag a save has wiped: its share is still in the counter. */
const shareIsOurs = ({ flag, counter, host, hold }: Relayed): boolean =>
  flag === 'off' && counter >= MAINTENANCE && host.has(hold);

/** The latch lets go by itself once maintenance mode is entered. */
async function handsOver(firewall: Relayed): Promise<boolean> {
  for (let tries = 0; tries < 8; tries += 1) {
    if (!(await firewall.readState())) return false;
    if (firewall.demotion < SERVICE) return true;
    await firewall.host.run('sleep', '2');
  }
  return false;
}

/** Null: it is in maintenance mode now. */
async function enter(firewall: Relayed, order: FirewallOrder): Promise<Said | null> {
  const { host, hold, stranded } = firewall;
  const note = async (state: string): Promise<void> => {
    host.write(hold, `holdback ${order.operation} ${order.fence} ${await host.now()} ${state}`);
  };
  if (shareIsOurs(firewall)) host.write(stranded, '');
  await note('intended');
  const failed = await toggleTo(firewall, 'on');
  if (failed) return failed;
  await firewall.readState();
  if (firewall.flag !== 'on') return said('failed', 'entered by half: the flag did not stay');
  if (firewall.demotion < MAINTENANCE)
    return said('failed', `demotion is ${firewall.demotion} after entering`);
  await note('entered');
  return null;
}

async function stateAfterLeaving(firewall: Relayed): Promise<Said | null> {
  await firewall.readState();
  return firewall.flag === 'off' ? null : said('failed', 'left by half: the flag did not go');
}

async function turnOn(firewall: Relayed, order: FirewallOrder): Promise<Said> {
  const { host, hold } = firewall;
  if (firewall.flag === 'on' && firewall.demotion === 0) {
    const failed = (await toggleTo(firewall, 'off')) ?? (await stateAfterLeaving(firewall));
    if (failed) return failed;
  } else if (firewall.flag === 'on') {
    const note = host.read(hold);
    if (note.startsWith(`holdback ${order.operation} `) && note.endsWith(' intended'))
      host.write(hold, note.replace(/intended$/, 'entered'));
    return firewall.demotion >= MAINTENANCE
      ? said('already', 'maintenance mode was on')
      : said('failed', `the flag is set but demotion is ${firewall.demotion}`);
  }
  if (firewall.demotion < 0) return said('refused', 'demotion is negative: the counter is corrupt');
  const failed = await enter(firewall, order);
  if (failed) return failed;
  await handsOver(firewall);
  return said('changed', 'entered maintenance mode');
}

async function turnOff(firewall: Relayed, order: FirewallOrder): Promise<Said> {
  const { flag, demotion, counter } = firewall;
  if (flag === 'off' && demotion === 0) {
    dropNote(firewall);
    return said('already', 'maintenance mode was off');
  }
  if (demotion < 0) return said('refused', 'demotion is negative: the counter is corrupt');
  if (flag === 'off') {
    // The latch can only hand over, and then be left with the mode; so can a hold that lost its flag.
    const isOurs = demotion === SERVICE || (shareIsOurs(firewall) && counter === MAINTENANCE);
    if (!isOurs)
      return said(
        'refused',
        `demotion is ${demotion} without maintenance mode: something else demotes`,
      );
    const failed = await enter(firewall, order);
    if (failed) return failed;
  }
  if (!(await handsOver(firewall)))
    return said(
      'refused',
      `demotion is ${firewall.demotion}: a service check other than the latch fails`,
    );
  const wanted = MAINTENANCE + firewall.resting;
  if (!(firewall.flag === 'on' && firewall.demotion === 0) && firewall.demotion !== wanted)
    return said(
      'refused',
      `demotion is ${firewall.demotion}, not ${wanted}: leaving would hide another fault`,
    );
  const failed = (await toggleTo(firewall, 'off')) ?? (await stateAfterLeaving(firewall));
  if (failed) return failed;
  dropNote(firewall);
  if (firewall.demotion !== 0) return said('failed', `left, but demotion is ${firewall.demotion}`);
  return firewall.addresses.some(({ status }) => status === 'INIT')
    ? said('failed', 'left, but a link went down meanwhile')
    : said('changed', 'left maintenance mode');
}

/** relay/maintenance.sh */
export async function maintainByRelay(
  firewall: Relayed,
  intent: 'on' | 'off',
  order: FirewallOrder,
): Promise<Said> {
  return (
    (await refusal(firewall, order)) ??
    (intent === 'on' ? turnOn(firewall, order) : turnOff(firewall, order))
  );
}

/** relay/restart-ipsec.sh */
export async function restartByRelay(firewall: Relayed, order: FirewallOrder): Promise<Said> {
  const refused = await refusal(firewall, order);
  if (refused) return refused;
  if (firewall.flag !== 'on' && firewall.demotion < SERVICE)
    return said('refused', 'this firewall is not held');
  if (firewall.addresses.some(({ status }) => status === 'MASTER'))
    return said('refused', 'this firewall is MASTER');
  const answer = await firewall.api<{ response?: string }>(
    125,
    'POST',
    'ipsec/service/restart',
    '{}',
  );
  return answer.ok && answer.value.response?.startsWith('OK')
    ? said('changed', 'IPsec was restarted')
    : said('failed', 'the restart of IPsec was not confirmed');
}
