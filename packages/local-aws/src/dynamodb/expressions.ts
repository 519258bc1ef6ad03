import { invalid } from './values.ts';
import type { AttributeValue } from './values.ts';

/**
 * DynamoDB's expressions as trees (DynamoDB Developer Guide, "Condition and filter expressions,
 * operators, and functions" and "Update expressions").
 */

/** `a.b` is ['a', 'b']. */
export type Path = readonly string[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue };

export const COMPARATORS = ['=', '<>', '<', '<=', '>', '>='] as const;
export type Comparator = (typeof COMPARATORS)[number];

export type Condition =
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'exists'; readonly path: Path; readonly isWanted: boolean }
  | { readonly kind: 'begins_with'; readonly path: Path; readonly argument: Operand }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition };

/** The right-hand side of SET. */
export type Assigned =
  | Operand
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly fallback: Assigned }
  | {
      readonly kind: 'sum';
      readonly sign: 1 | -1;
      readonly left: Assigned;
      readonly right: Assigned;
    };

export interface Update {
  readonly sets: readonly { readonly path: Path; readonly value: Assigned }[];
  readonly removes: readonly Path[];
  /** Numbers only. */
  readonly adds: readonly { readonly path: Path; readonly amount: string }[];
}

/** What `#name` and `:value` stand for in all expressions of one request. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, AttributeValue>>;
  readonly #used = new Set<string>();

  constructor(
    names: Readonly<Record<string, string>> = {},
    values: Readonly<Record<string, AttributeValue>> = {},
  ) {
    this.#names = names;
    this.#values = values;
  }

  name(placeholder: string): string {
    const name = this.#names[placeholder];
    if (name === undefined) {
      throw invalid(`An expression attribute name used is not defined: ${placeholder}`);
    }
    this.#used.add(placeholder);
    return name;
  }

  value(placeholder: string): AttributeValue {
    const value = this.#values[placeholder];
    if (value === undefined) {
      throw invalid(`An expression attribute value used is not defined: ${placeholder}`);
    }
    this.#used.add(placeholder);
    return value;
  }

  /** DynamoDB refuses a request that defines what it does not use. */
  assertAllUsed(): void {
    const unused = [...Object.keys(this.#names), ...Object.keys(this.#values)].filter(
      (placeholder) => !this.#used.has(placeholder),
    );
    if (unused.length > 0) {
      throw invalid(`Values or names provided are unused in expressions: ${unused.join(', ')}`);
    }
  }
}
