import { FENCE, HOLD, MAINTENANCE, RELEASED, type Host } from './host.ts';

/** What Holdback orders of a firewall: maintenance.sh and restart-ipsec.sh, over command-guard.sh. */

const TWICE = 'var/run/holdback.twice';
const LOCK_SECONDS = 20;

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

type Flag = 'on' | 'off' | 'unknown';

/** command-guard.sh: one at a time, none that is late, none that is older than one already seen. */
async function guarded(
  host: Host,
  order: FirewallOrder,
  carryOut: (flag: Flag) => Promise<Said>,
): Promise<Said> {
  const answer = await host.locked(LOCK_SECONDS, async () => {
    if (Number(await host.now()) > order.notAfterSeconds) {
      return said('refused', `the command is late: it was to act before ${order.notAfterSeconds}`);
    }
    const last = Number(host.read(FENCE) || 0);
    if (order.fence < last) {
      const why = `fence ${order.fence} is older than ${last}: a newer operation has acted`;
      return said('refused', why);
    }
    host.write(FENCE, String(order.fence));
    const flag = await readState(host);
    if (flag === 'unknown') return said('failed', 'configctl gave no answer that can be read');
    return carryOut(flag);
  });
  return answer ?? said('refused', 'another command holds the lock');
}

async function readState(host: Host): Promise<Flag> {
  const { text } = await host.run('configctl', 'interface', 'show', 'carp');
  await host.readCounter();
  if (text.includes('"maintenancemode":true')) return 'on';
  if (!text.includes('"maintenancemode":false')) return 'unknown';
  return host.isFlagged() ? 'on' : 'off';
}

/** maintenance.sh */
export const maintain = (host: Host, intent: 'on' | 'off', order: FirewallOrder): Promise<Said> =>
  guarded(host, order, async (flag) => {
    const maintenance = new Maintenance(host, intent, order, flag);
    return intent === 'on' ? maintenance.turnOn() : maintenance.turnOff();
  });

class Maintenance {
  readonly #host: Host;
  readonly #intent: 'on' | 'off';
  readonly #order: FirewallOrder;
  #flag: Flag;
  #released = false;

  constructor(host: Host, intent: 'on' | 'off', order: FirewallOrder, flag: Flag) {
    this.#host = host;
    this.#intent = intent;
    this.#order = order;
    this.#flag = flag;
  }

  async turnOn(): Promise<Said> {
    const host = this.#host;
    if (!host.addsUp) await host.mendCounter();
    await this.#countOnce();
    const own = await this.#ownShareIsLeft();
    if (this.#flag === 'on') await this.#letLatchGo();
    // Which takes a second, in which somebody may leave.
    if (this.#is('on')) {
      if (host.read(HOLD).startsWith(`holdback ${this.#order.operation} `)) {
        if (host.read(HOLD).endsWith(' intended')) await this.#note('entered');
      }
      if (host.rest < MAINTENANCE) return this.#restoreShare();
      return said('already', 'maintenance mode was on');
    }
    if (!host.addsUp) return said('refused', `demotion is ${host.demotion}, no sum of causes`);
    await this.#note('intended');
    if (own) host.write(TWICE, '');
    const failed = await this.#toggleToIntent();
    if (failed) return failed;
    await this.#readState();
    await this.#countOnce();
    await this.#letLatchGo();
    if (!this.#is('on')) return said('failed', 'the flag did not stay: repeat the order');
    if (host.rest < MAINTENANCE) {
      return said('failed', `demotion is ${host.demotion} after entering: repeat the order`);
    }
    await this.#note('entered');
    return own
      ? said('changed', 'maintenance mode had lost its flag, and has it again')
      : said('changed', 'entered maintenance mode');
  }

  async turnOff(): Promise<Said> {
    const host = this.#host;
    const mended = !host.addsUp && (await host.mendCounter());
    await this.#countOnce();
    await this.#letLatchGo();
    if (this.#flag === 'off') {
      await host.updateServices();
      await this.#readState();
    }
    let took = false;
    if ((await this.#ownShareIsLeft()) && host.demotion === MAINTENANCE) {
      await host.addToCounter(-MAINTENANCE);
      took = true;
    }
    // Leaving died half-way, or somebody is leaving right now.
    if (this.#is('on') && host.demotion === 0) await this.#readState();
    if (this.#is('off')) {
      if (host.demotion !== 0) {
        return this.#refuseOff(`demotion is ${host.demotion} without maintenance mode`);
      }
      host.remove(HOLD);
      if (took) return said('changed', 'maintenance mode had lost its flag, and no longer counts');
      if (this.#released) return said('changed', 'the latch was let go');
      if (mended) return said('changed', 'the counter was mended');
      return said('already', 'maintenance mode was off');
    }
    if (host.demotion !== MAINTENANCE && host.demotion !== 0) {
      const why = `demotion is ${host.demotion}, not ${MAINTENANCE}: leaving would hide another fault`;
      return this.#refuseOff(why);
    }
    const failed = await this.#toggleToIntent();
    if (failed) return failed;
    await host.updateServices();
    await this.#readState();
    if (this.#flag !== 'off') {
      return said('failed', 'the flag did not go: another writer replaced the configuration');
    }
    host.remove(HOLD);
    if (host.demotion !== 0) return said('failed', `left, but demotion is ${host.demotion}`);
    // What had begun to demote since the reading lost its share when it was left.
    if ((await host.passingCauses()) !== 0) {
      return said('failed', 'left, but something began to demote meanwhile and lost its share');
    }
    return said('changed', 'left maintenance mode');
  }

  /** The flag changes under the hands of whoever reads it. */
  #is(flag: Flag): boolean {
    return this.#flag === flag;
  }

  async #readState(): Promise<boolean> {
    this.#flag = await readState(this.#host);
    return this.#flag !== 'unknown';
  }

  async #note(state: 'intended' | 'entered'): Promise<void> {
    const { operation, fence } = this.#order;
    const now = await this.#host.now();
    this.#host.write(HOLD, `holdback ${operation} ${fence} ${now} ${state}`);
  }

  /** let_latch_go: it is let go by the means that subtracts its own share. */
  async #letLatchGo(): Promise<void> {
    const host = this.#host;
    if (host.latchIsArmed()) {
      host.write(RELEASED, '');
      this.#released = true;
    } else if (host.services < 1) return;
    await host.updateServices();
    await this.#readState();
  }

  /** own_share_is_left: no flag, our note, and 240 that nothing else explains. */
  async #ownShareIsLeft(): Promise<boolean> {
    const host = this.#host;
    const isLeft = async (): Promise<boolean> => this.#flag === 'off' && (await host.shareIsLeft());
    if (this.#flag !== 'off' || !host.has(HOLD) || !(await isLeft())) return false;
    return (await this.#readState()) && (await isLeft());
  }

  /** count_once: an order that died between its toggle and this has left our 240 there twice. */
  async #countOnce(): Promise<void> {
    const host = this.#host;
    if (!host.has(TWICE)) return;
    const passing = await host.passingCauses();
    if (passing === null) return;
    if (host.rest - passing * MAINTENANCE >= 2 * MAINTENANCE) await host.addToCounter(-MAINTENANCE);
    host.remove(TWICE);
  }

  /** restore_share: the flag without its 240. */
  async #restoreShare(): Promise<Said> {
    const host = this.#host;
    const [before, missing] = [host.demotion, MAINTENANCE - host.rest];
    const isSure = async (): Promise<boolean> =>
      (await this.#readState()) &&
      this.#flag === 'on' &&
      host.demotion === before &&
      (await host.passingCauses()) === 0;
    if (await isSure()) {
      await host.addToCounter(missing);
      await this.#readState();
      if (this.#flag === 'off') {
        await host.addToCounter(-missing);
        return said('refused', 'raced: maintenance mode was left under us');
      }
      if (host.rest >= MAINTENANCE) {
        return said('changed', 'maintenance mode was on without effect, and counts again');
      }
    }
    return said('failed', `the flag is ${this.#flag} and demotion is ${host.demotion}`);
  }

  async #toggle(): Promise<Flag> {
    const { text } = await this.#host.run(
      ...['configctl', 'interface', 'carp_set_status', 'maintenance'],
    );
    if (text.includes('enter_maintenance')) return 'on';
    return text.includes('leave_maintenance') ? 'off' : 'unknown';
  }

  /** toggle_to_intent: a toggle that went the other way is undone, which leaves what somebody else did. */
  async #toggleToIntent(): Promise<Said | null> {
    const host = this.#host;
    const intent: Flag = this.#intent;
    const did = await this.#toggle();
    if (did === intent) return null;
    // Its answer was lost, not always its effect.
    if (did === 'unknown' && (await this.#readState()) && this.#flag === intent) return null;
    if (did !== 'unknown') {
      await this.#toggle();
      await host.updateServices();
      await this.#readState();
      host.remove(HOLD);
      host.remove(TWICE);
      if (intent === 'off') await this.#letLatchGo();
      return this.#flag === intent
        ? said('refused', 'raced: the mode changed under us and was left as it was found')
        : said('failed', 'raced: the mode changed under us, and undoing our toggle was not seen');
    }
    if (this.#flag === 'off' && host.rest >= MAINTENANCE) {
      return said('failed', 'entering stopped half-way: repeat the order');
    }
    if (this.#flag === 'on' && host.rest < MAINTENANCE) {
      return said('failed', 'leaving stopped half-way: repeat the order');
    }
    return said('failed', 'configctl gave no answer that can be read');
  }

  /** Refused means that it is as it was: a latch that was let go for this order holds again. */
  async #refuseOff(why: string): Promise<Said> {
    if (this.#released) {
      this.#host.remove(RELEASED);
      await this.#host.updateServices();
      await this.#readState();
    }
    return said('refused', why);
  }
}

/** restart-ipsec.sh */
export const restartIpsec = (host: Host, order: FirewallOrder): Promise<Said> =>
  guarded(host, order, async (flag) => {
    const isHeld = (flag === 'on' && host.rest >= MAINTENANCE) || host.latchCounts();
    if (!isHeld) return said('refused', 'this firewall is not held');
    if (await host.serves()) return said('refused', 'this firewall is MASTER');
    const { text } = await host.run('configctl', 'ipsec', 'restart');
    return text === 'OK'
      ? said('changed', 'IPsec was restarted')
      : said('failed', 'configctl did not confirm the restart of IPsec');
  });
