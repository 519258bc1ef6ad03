import { Clock } from 'local-aws/clock';
import type { Observation } from '../../../lambda/core/observation.ts';
import type { OrderResult } from '../../../lambda/ports/firewalls.ts';
import { FastChance } from '../../../sim/fast-world/fast-chance.ts';
import { startHoldback, workflowOf, type Holdback } from '../../../sim/fast-world/holdback.ts';
import type { Fault } from '../../../sim/campaign/incident.ts';
import { latchFiles } from '../../../sim/fast-world/programs-latch.ts';
import { programFor } from '../../../sim/fast-world/programs.ts';
import type { Role } from '../../../sim/site/options.ts';
import { Site } from '../../../sim/site/site.ts';
import type { FirewallTruth } from '../../../sim/site/truth.ts';
import { siteOptions } from '../../../sim/story/artifact.ts';
import { artifactWith } from '../../support/artifact.ts';

const artifact = artifactWith();
const workflow = workflowOf(artifact.folder);
export const START = Date.UTC(2026, 2, 1, 3);
/** When the fault begins. */
export const FAULT_SECONDS = 300;

/** A pair under Holdback, and what can be asked of both. Seconds count from the beginning of the fault. */
export class Bench {
  readonly clock = new Clock(START);
  readonly site: Site;
  readonly holdback: Holdback;
  #orders = 0;

  constructor() {
    const { clock } = this;
    const chance = new FastChance(1);
    const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };
    this.site = new Site({ clock, chance, options, programs: programFor });
    for (const [path, text] of latchFiles(workflow.pair)) {
      this.site.installFile('preferred', path, 0o755, text);
    }
    this.site.installFile('preferred', '/var/run/holdback.released', 0o600, '');
    this.holdback = startHoldback({ site: this.site, clock, chance, workflow });
  }

  get seconds(): number {
    return (this.clock.now() - START) / 1000 - FAULT_SECONDS;
  }

  until = (seconds: number): Promise<void> =>
    this.clock.runUntil(START + (FAULT_SECONDS + seconds) * 1000);

  /** What comes of something, however long it takes. */
  async result<T>(ask: () => Promise<T>): Promise<T> {
    let found: { readonly it: T } | undefined;
    this.clock.after(0, 'test', async () => {
      found = { it: await ask() };
    });
    while (!found) await this.clock.runUntil(this.clock.now() + 100);
    return found.it;
  }

  look = (): Promise<Observation> =>
    this.result(() => this.holdback.ports.observer.observe(workflow.pair, `look-${this.seconds}`));

  /** Orders the standby into maintenance mode, which nobody else touches. */
  async order(): Promise<{ result: string; flag: boolean; seconds: number }> {
    const began = this.seconds;
    const { result } = await this.result((): Promise<OrderResult> =>
      this.holdback.ports.firewalls.maintain(workflow.pair.standby, {
        operation: `test-${(this.#orders += 1)}`,
        fence: 2_000_000_000_000 + this.#orders,
        notAfter: this.clock.now() + 3_600_000,
        intent: 'on',
        holder: 'holdback',
      }),
    );
    const seconds = this.seconds - began;
    // What configd does on its own takes a second or two more.
    await this.until(this.seconds + 5);
    return { result, flag: this.firewall('standby').maintenance, seconds };
  }

  firewall = (role: Role = 'preferred'): FirewallTruth => this.site.truth().firewalls[role];

  passes = (role?: Role): boolean[] => this.firewall(role).tunnels.map(({ passes }) => passes);

  /** Of the last 40 pings. */
  lost = (): number => this.site.pings.slice(-40).filter(({ lost }) => lost !== undefined).length;

  /** Invocations of `react` in the last so many seconds. */
  reacts = (inSeconds = 60) =>
    this.holdback.invocations.filter(
      ({ name, at }) => name === 'react' && at > this.clock.now() - inSeconds * 1000,
    );

  alarmEvents = (inSeconds: number): number =>
    this.reacts(inSeconds).filter(
      ({ event }) => (event as { source: string }).source === 'aws.cloudwatch',
    ).length;
}

export const why = (reading: { readonly known: boolean; readonly why?: string }): string =>
  reading.known ? 'known' : (reading.why ?? '');
export const aws = async (bench: Bench, role: Role = 'preferred'): Promise<string> => {
  const { aws: view } = (await bench.look())[role];
  if (!view.known) return view.why;
  return view.value.tunnels.map(({ up }) => (up ? 'up' : 'down')).join(' ');
};
export const facts = async (bench: Bench): Promise<string> => {
  const { firewall } = (await bench.look()).preferred;
  return firewall.known ? 'known' : firewall.why;
};
export const clockAhead = async (bench: Bench): Promise<number> => {
  const { firewall } = (await bench.look()).preferred;
  if (!firewall.known || !firewall.value.clockAhead.known) return NaN;
  return Math.round(firewall.value.clockAhead.value / 60_000);
};
/** By how much the last invocation of the schedule was late; the schedule is due each whole minute. */
export const lateness = (bench: Bench): number =>
  ((bench.reacts(600).at(-1)?.at ?? 0) % 60_000) / 1000;

/** What is asked of the world under one kind of fault. */
export interface Row {
  readonly fault?: Partial<Fault>;
  /** What else goes on, from the beginning of the fault. */
  readonly besides?: (bench: Bench) => void;
  /** What is asked of the world. */
  readonly says: (bench: Bench) => unknown;
  /** And what it says then, in seconds from the beginning of the fault. */
  readonly at: readonly (readonly [seconds: number, answer: unknown])[];
}

export const SECONDS = 240;
/** While it lasts, and when it is long over. */
export const both = (during: unknown, after: unknown): Row['at'] => [
  [SECONDS / 2, during],
  [SECONDS + 900, after],
];
export const GOOD = [true, true];
export const DEAD = [false, false];
