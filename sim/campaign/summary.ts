import { endOf, KINDS } from './incident.ts';
import { JUDGES } from './judges.ts';
import { STRATEGIES } from './play.ts';
import type { Result } from './worker.ts';

const SECONDS_PER_YEAR = 365.25 * 86_400;

/** How often each name came. */
class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, this.of(name) + by);
  }
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  /** Most frequent first. */
  rows(): [name: string, count: number][] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }
}

/** What a campaign comes to, added up as results come: a hundred thousand of them are too many to keep. */
export class Summary {
  #incidents = 0;
  #seconds = 0;
  #oracle = 0;
  readonly #lost = new Tally();
  readonly #internetLost = new Tally();
  readonly #faults = new Tally();
  readonly #rules = new Tally();
  readonly #judges = new Tally();

  add({ incident, outcomes, findings }: Result): void {
    this.#incidents += 1;
    this.#seconds += endOf(incident);
    // No strategy can do without the seconds that none of them could have carried in.
    this.#oracle += Math.min(...STRATEGIES.map((strategy) => outcomes[strategy].oracle));
    for (const strategy of STRATEGIES) {
      this.#lost.add(strategy, outcomes[strategy].lost);
      this.#internetLost.add(strategy, outcomes[strategy].internetLost);
    }
    for (const { kind } of incident.faults) this.#faults.add(kind);
    const rules = outcomes.holdback.rules.map((rule) => rule.split(' ')[0] ?? '');
    for (const rule of new Set(rules)) this.#rules.add(rule);
    for (const judge of new Set(findings.map(({ judge }) => judge))) this.#judges.add(judge);
  }

  /**
   * @param firstSeed of the incidents
   * @param tookSeconds by the clock on the wall
   */
  print(firstSeed: number, tookSeconds: number): void {
    const years = (this.#seconds / SECONDS_PER_YEAR).toFixed(2);
    console.log(
      `\n${this.#incidents} incidents from seed ${firstSeed}, ${years} years, in ${tookSeconds.toFixed(0)} s`,
    );
    table('seconds lost', [
      ...STRATEGIES.map((strategy) => [strategy, this.#lost.of(strategy)] as const),
      ['oracle', this.#oracle, 'while neither firewall could have carried'],
    ]);
    table(
      'seconds without the internet',
      STRATEGIES.map((strategy) => [strategy, this.#internetLost.of(strategy)]),
    );
    table(
      'faults',
      KINDS.map((kind) => [kind, this.#faults.of(kind)]),
    );
    table('incidents by rule', this.#rules.rows());
    table(
      'incidents by judge',
      JUDGES.map(({ id, asks }) => [id, this.#judges.of(id), asks]),
    );
  }
}

function table(
  title: string,
  rows: readonly (readonly [name: string, count: number, text?: string])[],
): void {
  console.log(`\n${title}`);
  for (const [name, count, text = ''] of rows) {
    console.log(`  ${name.padEnd(24)} ${String(count).padStart(7)}  ${text}`.trimEnd());
  }
}
