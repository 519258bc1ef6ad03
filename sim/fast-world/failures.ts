import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { FailureName } from './faults/cloud.ts';
import type { Hit } from './faults/means.ts';

/** One failure of AWS, and since when. */
interface Failure {
  readonly name: FailureName;
  readonly hit: Hit;
  readonly since: Millis;
}

/** What of AWS has failed; two faults of a kind may overlap. */
export class Failures {
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #all: Failure[] = [];

  constructor(clock: Clock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  begin(name: FailureName, hit: Hit): void {
    this.#all.push({ name, hit, since: this.#clock.now() });
  }

  end(name: FailureName, hit: Hit): void {
    const at = this.#all.findIndex((one) => one.name === name && one.hit === hit);
    if (at >= 0) this.#all.splice(at, 1);
  }

  has(name: FailureName): boolean {
    return this.#all.some((one) => one.name === name);
  }

  /** The newest of this kind. */
  get(name: FailureName): Failure | undefined {
    return this.#all.findLast((one) => one.name === name);
  }

  /** Those that were hit by the failure's share, drawn for what is asked. */
  hits(name: FailureName, ...what: readonly (string | number)[]): boolean {
    const failure = this.get(name);
    if (!failure) return false;
    const share = (failure.hit.hitPercent ?? 100) / 100;
    return this.#chance.fraction(name, ...what, this.#clock.now()) < share;
  }
}
