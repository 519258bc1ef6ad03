import { FENCE, HOLD, MAINTENANCE, RELEASED, type Host } from './host.ts';

/** The orders that a firewall carries out, as its scripts do. */

export interface Said {
  readonly result: 'changed' | 'already' | 'refused' | 'failed';
  readonly reason: string;
}
export const said = (result: Said['result'], reason: string): Said => ({ result, reason });

export interface FirewallOrder {
  readonly operation: string;
  readonly fence: number;
  readonly notAfterSeconds: number;
}

/** command-guard.sh: none that is late, none that is older than one already seen. */
function refusal(host: Host, order: FirewallOrder, nowSeconds: number): Said | null {
  if (nowSeconds > order.notAfterSeconds) {
    return said('refused', `the command is late: it was to act before ${order.notAfterSeconds}`);
  }
  const last = Number(host.read(FENCE) || 0);
  if (order.fence < last) {
    return said(
      'refused',
      `fence ${order.fence} is older than ${last}: a newer operation has acted`,
    );
  }
  host.write(FENCE, String(order.fence));
  return null;
}

/** maintenance.sh, without what only a process that dies half-way leaves behind. */
export async function maintain(
  host: Host,
  intent: 'on' | 'off',
  order: FirewallOrder,
): Promise<Said> {
  const refused = refusal(host, order, Number(await host.now()));
  if (refused) return refused;
  let flag = await readState(host);
  if (flag === 'unknown') return said('failed', 'configctl gave no answer that can be read');
  const letLatchGo = async (): Promise<boolean> => {
    const isArmed = host.latchIsArmed();
    if (isArmed) host.write(RELEASED, '');
    if (isArmed || host.services >= 1) {
      await updateServices(host);
      flag = await readState(host);
    }
    return isArmed;
  };
  const note = async (state: string): Promise<void> => {
    host.write(HOLD, `holdback ${order.operation} ${order.fence} ${await host.now()} ${state}`);
  };

  if (intent === 'on') {
    if (flag === 'on') {
      await letLatchGo();
      return said('already', 'maintenance mode was on');
    }
    if (!host.addsUp)
      return said('refused', `demotion is ${host.demotion}, no sum of what demotes`);
    await note('intended');
    if (!(await toggledTo(host, 'on'))) return said('refused', 'raced: left as it was found');
    flag = await readState(host);
    await letLatchGo();
    if (flag !== 'on') return said('failed', 'the flag did not stay: repeat the order');
    await note('entered');
    return said('changed', 'entered maintenance mode');
  }
  const released = await letLatchGo();
  if (flag === 'off') {
    await updateServices(host);
    await readState(host);
    if (host.demotion !== 0) {
      if (released) {
        host.remove(RELEASED);
        await updateServices(host);
      }
      return said(
        'refused',
        `demotion is ${host.demotion} without maintenance mode: something else demotes`,
      );
    }
    host.remove(HOLD);
    return released
      ? said('changed', 'the latch was let go')
      : said('already', 'maintenance mode was off');
  }
  if (host.demotion !== MAINTENANCE && host.demotion !== 0) {
    return said(
      'refused',
      `demotion is ${host.demotion}, not 240: leaving would hide another fault`,
    );
  }
  if (!(await toggledTo(host, 'off'))) return said('refused', 'raced: left as it was found');
  await updateServices(host);
  flag = await readState(host);
  if (flag === 'on')
    return said('failed', 'the flag did not go: another writer replaced the configuration');
  host.remove(HOLD);
  return host.demotion === 0
    ? said('changed', 'left maintenance mode')
    : said('failed', `left, but demotion is ${host.demotion}`);
}

/** restart-ipsec.sh */
export async function restartIpsec(host: Host, order: FirewallOrder): Promise<Said> {
  const refused = refusal(host, order, Number(await host.now()));
  if (refused) return refused;
  const flag = await readState(host);
  if (flag === 'unknown') return said('failed', 'configctl gave no answer that can be read');
  const isHeld = (flag === 'on' && host.rest >= MAINTENANCE) || host.latchCounts();
  if (!isHeld) return said('refused', 'this firewall is not held');
  if (await host.serves()) return said('refused', 'this firewall is MASTER');
  const { text } = await host.run('configctl', 'ipsec', 'restart');
  return text === 'OK'
    ? said('changed', 'IPsec was restarted')
    : said('failed', 'configctl did not confirm the restart of IPsec');
}

async function readState(host: Host): Promise<'on' | 'off' | 'unknown'> {
  const { text } = await host.run('configctl', 'interface', 'show', 'carp');
  await host.readCounter();
  if (text.includes('"maintenancemode":true')) return 'on';
  if (!text.includes('"maintenancemode":false')) return 'unknown';
  return host.isFlagged() ? 'on' : 'off';
}

async function updateServices(host: Host): Promise<void> {
  if ((await host.readCounter()) && host.addsUp) {
    await host.run('configctl', 'interface', 'update', 'carp', 'service_status');
  }
}

/** A toggle that went the other way is undone, which leaves what somebody else did. */
async function toggledTo(host: Host, intent: 'on' | 'off'): Promise<boolean> {
  const toggle = async (): Promise<string> =>
    (await host.run('configctl', 'interface', 'carp_set_status', 'maintenance')).text;
  const wanted = intent === 'on' ? 'enter_maintenance' : 'leave_maintenance';
  const other = intent === 'on' ? 'leave_maintenance' : 'enter_maintenance';
  const answer = await toggle();
  if (answer.includes(wanted)) return true;
  if (!answer.includes(other)) return (await readState(host)) === intent;
  await toggle();
  await updateServices(host);
  return false;
}

/** drop_void_note: a note counts as long as its share is in the counter. */
export async function dropVoidNote(host: Host): Promise<void> {
  if (!host.read(HOLD).endsWith(' entered') || host.isFlagged()) return;
  if ((await host.readCounter()) && !(await host.shareIsLeft()) && !host.isFlagged()) {
    host.remove(HOLD);
  }
}
