import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import type { SiteOptions } from '../../../sim/site/options.ts';
import type { Role } from '../../../sim/site/options.ts';
import { Site } from '../../../sim/site/site.ts';
import type { ShellResult } from 'local-aws';

const START = Date.UTC(2026, 0, 5, 2);

/** A site and its clock; seconds count from the start. */
export class Stage {
  readonly clock = new Clock(START);
  readonly site: Site;

  constructor(options: Partial<SiteOptions>, seed: number) {
    this.site = new Site({ clock: this.clock, chance: new Chance(seed), options });
  }

  async until(seconds: number): Promise<void> {
    await this.clock.runUntil(START + seconds * 1000);
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.runUntil(this.clock.now() + seconds * 1000);
  }

  get seconds(): number {
    return (this.clock.now() - START) / 1000;
  }

  /** Seconds at which a ping was sent that got no answer. */
  lost(from = 0, to = Infinity): number[] {
    return this.site.pings
      .filter((ping) => ping.lost !== undefined)
      .map((ping) => (ping.sentAt - START) / 1000)
      .filter((second) => second >= from && second <= to);
  }

  /** Runs a script by way of the agent until it has ended, at most `seconds`. */
  async script(role: Role, text: string, seconds = 300): Promise<ShellResult> {
    let result: ShellResult | undefined;
    this.clock.after(0, 'test script', async () => {
      result = await this.site.firewall(role).runScript(text, {});
    });
    const end = this.clock.now() + seconds * 1000;
    while (result === undefined && this.clock.now() < end) await this.pass(0.1);
    if (!result) throw new Error('the script has not ended');
    return result;
  }

  /** One command's output. */
  async command(role: Role, command: string): Promise<string> {
    return (await this.script(role, command)).stdout.trim();
  }

  /** Messages of the firewall's syslog, with the second of each. */
  log(role: Role, tag: string): { second: number; message: string }[] {
    return this.site
      .firewall(role)
      .machine.syslog.filter((entry) => entry.tag === tag)
      .map(({ at, message }) => ({ second: (at - START) / 1000, message }));
  }
}

export async function onStage<T>(
  play: (stage: Stage) => Promise<T>,
  options: Partial<SiteOptions> = {},
  seed = 1,
): Promise<T> {
  const stage = new Stage(options, seed);
  try {
    return await play(stage);
  } finally {
    await stage.site.close();
  }
}
