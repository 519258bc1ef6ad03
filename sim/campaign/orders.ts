import { FENCE, HOLD, MAINTENANCE, RELEASED, SERVICE, type Host } from './host.ts';

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
  const turn = new Turn(host, order);
  if (!(await turn.readState())) return UNREAD;
  if (!host.addsUp) turn.mended = await mendCounter(host);
  return intent === 'on' ? turnOn(turn) : turnOff(turn);
}

const UNREAD = said('failed', 'configctl gave no answer that can be read');

/** An order of maintenance mode under way. */
class Turn {
  readonly host: Host;
  flag: Flag = 'unknown';
  /** The latch was let go for this order. */
  released = false;
  /** The counter was mended for this order. */
  mended = false;
  readonly #order: FirewallOrder;

  constructor(host: Host, order: FirewallOrder) {
    this.host = host;
    this.#order = order;
  }

  isOn = (): boolean => this.flag === 'on';

  async readState(): Promise<boolean> {
    this.flag = await readState(this.host);
    return this.flag !== 'unknown';
  }

  async note(state: 'intended' | 'entered'): Promise<void> {
    const { operation, fence } = this.#order;
    this.host.write(HOLD, `holdback ${operation} ${fence} ${await this.host.now()} ${state}`);
  }
  isOwnIntent = (): boolean =>
    new RegExp(`^holdback ${this.#order.operation} .* intended$`).test(this.host.read(HOLD));

  async letLatchGo(): Promise<void> {
    if (this.host.latchIsArmed()) {
      this.host.write(RELEASED, '');
      this.released = true;
    } else if (this.host.services < 1) return;
    await updateServices(this.host);
    await this.readState();
  }

  /** No flag, our note, and 240 that nothing else explains: a save has written the flag away. */
  ownShareIsLeft = async (): Promise<boolean> =>
    this.flag === 'off' &&
    this.host.has(HOLD) &&
    (await this.host.shareIsLeft()) &&
    (await this.readState()) &&
    !this.isOn() &&
    (await this.host.shareIsLeft());

  /** Null: it went to what is wanted. One that went the other way is undone, which leaves what somebody else did. */
  async toggleTo(intent: 'on' | 'off'): Promise<Said | null> {
    const toggle = async (): Promise<string> =>
      (await this.host.run('configctl', 'interface', 'carp_set_status', 'maintenance')).text;
    const wanted = intent === 'on' ? 'enter_maintenance' : 'leave_maintenance';
    const other = intent === 'on' ? 'leave_maintenance' : 'enter_maintenance';
    const answer = await toggle();
    if (answer.includes(wanted)) return null;
    if (!answer.includes(other)) {
      return (await this.readState()) && this.flag === intent ? null : UNREAD;
    }
    await toggle();
    await updateServices(this.host);
    await this.readState();
    this.host.remove(HOLD);
    if (intent === 'off') await this.letLatchGo();
    return this.flag === intent
      ? said('refused', 'raced: left as it was found')
      : said('failed', 'raced: undoing our toggle was not seen');
  }
}

async function turnOn(turn: Turn): Promise<Said> {
  const { host } = turn;
  const isOwn = await turn.ownShareIsLeft();
  // It takes a second, in which somebody may leave.
  if (turn.isOn()) await turn.letLatchGo();
  if (turn.isOn()) {
    if (turn.isOwnIntent()) await turn.note('entered');
    return host.rest >= MAINTENANCE
      ? said('already', 'maintenance mode was on')
      : restoreShare(turn);
  }
  if (!host.addsUp) return said('refused', `demotion is ${host.demotion}, no sum of what demotes`);
  await turn.note('intended');
  const failed = await turn.toggleTo('on');
  if (failed) return failed;
  await turn.readState();
  // Never less than 240 meanwhile: the second share came first, then one goes.
  if (isOwn && host.rest - (await host.passingCauses()) * MAINTENANCE >= 2 * MAINTENANCE)
    await addToCounter(host, -MAINTENANCE);
  await turn.letLatchGo();
  if (!turn.isOn()) return said('failed', 'the flag did not stay: repeat the order');
  if (host.rest < MAINTENANCE) return said('failed', `demotion is ${host.demotion} after entering`);
  await turn.note('entered');
  return said('changed', 'entered maintenance mode');
}

/** The flag without its 240. */
async function restoreShare(turn: Turn): Promise<Said> {
  const { host } = turn;
  const [before, missing] = [host.demotion, MAINTENANCE - host.rest];
  if ((await turn.readState()) && turn.isOn() && host.demotion === before) {
    if ((await host.passingCauses()) === 0) {
      await addToCounter(host, missing);
      await turn.readState();
      if (turn.isOn() && host.rest >= MAINTENANCE)
        return said('changed', 'maintenance mode was on without effect, and counts again');
    }
  }
  return said('failed', `the flag is ${turn.flag} and demotion is ${host.demotion}`);
}

async function turnOff(turn: Turn): Promise<Said> {
  const { host } = turn;
  const refuse = async (reason: string): Promise<Said> => {
    // Refused means that it is as it was: a latch that was let go for this order holds again.
    if (turn.released) {
      host.remove(RELEASED);
      await updateServices(host);
    }
    return said('refused', `demotion is ${host.demotion}${reason}`);
  };
  await turn.letLatchGo();
  if (turn.flag === 'off' && (await updateServices(host))) await turn.readState();
  let took = false;
  if ((await turn.ownShareIsLeft()) && host.demotion === MAINTENANCE) {
    await addToCounter(host, -MAINTENANCE);
    took = true;
  }
  if (turn.isOn() && host.demotion === 0) await turn.readState();
  if (turn.flag === 'off') {
    if (host.demotion !== 0) return refuse(' without maintenance mode: something else demotes');
    host.remove(HOLD);
    if (took) return said('changed', 'maintenance mode had lost its flag, and no longer counts');
    if (turn.released) return said('changed', 'the latch was let go');
    return turn.mended
      ? said('changed', 'the counter was mended')
      : said('already', 'maintenance mode was off');
  }
  if (host.demotion !== MAINTENANCE && host.demotion !== 0)
    return refuse(', not 240: leaving would hide another fault');
  const failed = await turn.toggleTo('off');
  if (failed) return failed;
  await updateServices(host);
  if ((await readState(host)) !== 'off')
    return said('failed', 'the flag did not go: another writer replaced the configuration');
  host.remove(HOLD);
  if (host.demotion !== 0) return said('failed', `left, but demotion is ${host.demotion}`);
  return (await host.passingCauses()) > 0
    ? said('failed', 'left, but a link went down or states began to be synchronised meanwhile')
    : said('changed', 'left maintenance mode');
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

type Flag = 'on' | 'off' | 'unknown';

async function readState(host: Host): Promise<Flag> {
  const { text } = await host.run('configctl', 'interface', 'show', 'carp');
  await host.readCounter();
  if (text.includes('"maintenancemode":true')) return 'on';
  if (!text.includes('"maintenancemode":false')) return 'unknown';
  return host.isFlagged() ? 'on' : 'off';
}

/** Writing the counter adds to it. */
async function addToCounter(host: Host, share: number): Promise<void> {
  await host.run('sysctl', `net.inet.carp.demotion=${share}`);
  await host.readCounter();
}

/** mend_counter: only where nothing will take its share back any more, and two readings agree. */
async function mendCounter(host: Host): Promise<boolean> {
  if (host.addsUp) return true;
  const before = host.demotion;
  if ((await host.passingCauses()) > 0) return false;
  if (!(await host.readCounter()) || host.demotion !== before) return false;
  const services = Math.min(1, Math.max(0, host.services));
  await addToCounter(host, services * SERVICE + Math.max(0, host.rest) - host.demotion);
  return host.addsUp;
}

/** update_service_status */
async function updateServices(host: Host): Promise<boolean> {
  if (!(await host.readCounter()) || !(await mendCounter(host))) return false;
  return (await host.run('configctl', 'interface', 'update', 'carp', 'service_status')).ok;
}

/** drop_void_note: a note counts as long as its share is in the counter. */
export async function dropVoidNote(host: Host): Promise<void> {
  if (!host.read(HOLD).endsWith(' entered') || host.isFlagged()) return;
  if ((await host.readCounter()) && !(await host.shareIsLeft()) && !host.isFlagged()) {
    host.remove(HOLD);
  }
}
