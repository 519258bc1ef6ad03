import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import { compare, invalid, keyText, typeOf } from './values.ts';
import type { AttributeValue, Item } from './values.ts';

/** The properties of AWS::DynamoDB::Table or GlobalTable that decide how items are found. */
export interface TableDefinition {
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }[];
}

interface Row {
  readonly key: Item;
  item: Item;
  /** What stood there before the last write. */
  previous: Item | undefined;
  changedAt: Millis;
}

/** Eventually consistent reads catch up "usually within one second" (DynamoDB FAQ). */
const STALE_FOR_MILLIS = 1_000;
const STALE_FRACTION = 0.5;
/** The items of one table. They are never changed in place; TTL takes days and deletes nothing here. */
export class Table {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string | undefined;
  readonly #types: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #partitions = new Map<string, Map<string, Row>>();

  constructor(name: string, definition: TableDefinition, clock: Clock, chance: Chance) {
    const keyOfType = (type: string): string | undefined =>
      definition.KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    const partitionKey = keyOfType('HASH');
    if (partitionKey === undefined) throw new Error(`Table ${name} has no HASH key.`);
    this.name = name;
    this.partitionKey = partitionKey;
    this.sortKey = keyOfType('RANGE');
    this.#types = new Map(
      definition.AttributeDefinitions.map((a) => [a.AttributeName, a.AttributeType]),
    );
    this.#clock = clock;
    this.#chance = chance;
  }

  get keyNames(): string[] {
    return [this.partitionKey, ...(this.sortKey === undefined ? [] : [this.sortKey])];
  }

  /** The key attributes of an item; throws ValidationException if one is missing or ill-typed. */
  keyOf(item: Readonly<Item>): Item {
    return Object.fromEntries(
      this.keyNames.map((name) => {
        const value = item[name];
        if (!value) throw invalid(`One of the required keys was not given a value: ${name}`);
        if (typeOf(value) !== this.#types.get(name)) {
          throw invalid(`Type mismatch for key ${name}, expected: ${this.#types.get(name) ?? ''}`);
        }
        if (value.S === '') {
          throw invalid(`A key attribute cannot contain an empty value. Key: ${name}`);
        }
        return [name, value];
      }),
    );
  }

  /** A `Key` of a request, which holds the key attributes and nothing else. */
  exactKey(key: Readonly<Item>): Item {
    if (Object.keys(key).length !== this.keyNames.length) {
      throw invalid('The provided key element does not match the schema');
    }
    return this.keyOf(key);
  }

  get(key: Item, isConsistent: boolean): Item | undefined {
    const row = this.#partition(key).get(this.#sortText(key));
    return row && this.#seen(row, isConsistent);
  }

  set(key: Item, item: Item): void {
    const partition = this.#partition(key);
    const row = partition.get(this.#sortText(key));
    partition.set(this.#sortText(key), {
      key,
      item,
      previous: row?.item,
      changedAt: this.#clock.now(),
    });
  }

  /** The items of one partition in ascending order of the sort key. */
  partition(partitionValue: AttributeValue, isConsistent: boolean): Item[] {
    const rows = this.#partition({ [this.partitionKey]: partitionValue }).values();
    return [...rows]
      .map((row) => this.#seen(row, isConsistent))
      .filter((item) => item !== undefined)
      .sort((a, b) => this.compareSortKeys(a, b));
  }

  compareSortKeys(a: Readonly<Item>, b: Readonly<Item>): number {
    const [x, y] = [a[this.sortKey ?? ''], b[this.sortKey ?? '']];
    return (x && y && compare(x, y)) ?? 0;
  }

  /** Everything, for looking into the table from outside. */
  items(): Readonly<Item>[] {
    return [...this.#partitions.values()]
      .flatMap((partition) => [...partition.values()])
      .map(({ item }) => item);
  }

  #seen(row: Row, isConsistent: boolean): Item | undefined {
    const now = this.#clock.now();
    if (isConsistent || now - row.changedAt >= STALE_FOR_MILLIS) return row.item;
    const key = keyText({ M: row.key });
    const draw = this.#chance.fraction('dynamodb stale', this.name, key, row.changedAt, now);
    return draw < STALE_FRACTION ? row.previous : row.item;
  }

  #partition(key: Readonly<Item>): Map<string, Row> {
    const text = keyText(key[this.partitionKey] ?? { NULL: true });
    const partition = this.#partitions.get(text) ?? new Map<string, Row>();
    this.#partitions.set(text, partition);
    return partition;
  }

  #sortText(key: Readonly<Item>): string {
    return keyText(key[this.sortKey ?? ''] ?? { NULL: true });
  }
}
