import { COMPARATORS } from './expressions.ts';
import type { Assigned, Condition, Operand, Path, Placeholders, Update } from './expressions.ts';
import { isReservedWord } from './reserved-words.ts';
import { invalid, typeOf, unsupported } from './values.ts';

/**
 * Reads expressions by recursive descent: OR binds weaker than AND. Errors are ValidationExceptions, as
 * AWS's; what is not emulated is refused with one.
 */

/** @param member the request's member, for error messages: `ConditionExpression` */
export function parseCondition(member: string, text: string, given: Placeholders): Condition {
  const parser = new Parser(member, text, given);
  return parser.toEnd(parser.either());
}

/** An UpdateExpression: SET, REMOVE, and ADD of numbers. */
export function parseUpdate(text: string, given: Placeholders): Update {
  const parser = new Parser('UpdateExpression', text, given);
  return parser.toEnd(parser.update());
}

const TOKEN = /\s*([#:]?[A-Za-z0-9_]+|<>|<=|>=|[=<>()[\],.+-])/y;

class Parser {
  readonly #member: string;
  readonly #given: Placeholders;
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(member: string, text: string, given: Placeholders) {
    this.#member = member;
    this.#given = given;
    this.#tokens = this.#tokenize(text.trimEnd());
  }

  toEnd<T>(result: T): T {
    if (this.#position < this.#tokens.length) throw this.#syntaxError();
    return result;
  }

  #list<T>(element: () => T): T[] {
    const elements = [element()];
    while (this.#take(',')) elements.push(element());
    return elements;
  }

  either(): Condition {
    let left = this.#both();
    while (this.#take('OR')) left = { kind: 'or', left, right: this.#both() };
    return left;
  }

  #both(): Condition {
    let left = this.#group();
    while (this.#take('AND')) left = { kind: 'and', left, right: this.#group() };
    return left;
  }

  #group(): Condition {
    if (this.#take('NOT')) throw unsupported(`NOT in ${this.#member}`);
    if (!this.#take('(')) return this.#predicate();
    const condition = this.either();
    this.#expect(')');
    return condition;
  }

  #predicate(): Condition {
    const name = this.#functionName();
    if (name !== undefined) return this.#function(name);
    const left = this.#pathOrValue();
    const operator = this.#next().toUpperCase();
    if (operator === 'IN' || operator === 'BETWEEN') {
      throw unsupported(`${operator} in ${this.#member}`);
    }
    const comparator = COMPARATORS.find((candidate) => candidate === operator);
    if (!comparator) throw this.#syntaxError(-1);
    const right = this.#pathOrValue();
    if (comparator !== '=' && comparator !== '<>') {
      this.#refuseUnordered(comparator, left);
      this.#refuseUnordered(comparator, right);
    }
    return { kind: 'compare', comparator, left, right };
  }

  #function(name: string): Condition {
    this.#position += 2;
    const path = this.#path();
    let condition: Condition;
    switch (name) {
      case 'attribute_exists':
      case 'attribute_not_exists':
        condition = { kind: 'exists', path, isWanted: name === 'attribute_exists' };
        break;
      case 'begins_with':
        this.#expect(',');
        condition = { kind: name, path, argument: this.#pathOrValue() };
        break;
      default:
        throw unsupported(`the function ${name} in ${this.#member}`);
    }
    this.#expect(')');
    return condition;
  }

  #pathOrValue(): Operand {
    const token = this.#tokens[this.#position] ?? '';
    if (!token.startsWith(':')) return { kind: 'path', path: this.#path() };
    this.#position += 1;
    return { kind: 'value', value: this.#given.value(token) };
  }

  #path(): Path {
    const path = [this.#attributeName()];
    while (this.#take('.')) path.push(this.#attributeName());
    if (this.#take('[')) throw unsupported(`an element of a list in ${this.#member}`);
    return path;
  }

  #attributeName(): string {
    const token = this.#next();
    if (token.startsWith('#')) return this.#given.name(token);
    if (!/^[A-Za-z_]/.test(token)) throw this.#syntaxError(-1);
    if (isReservedWord(token)) {
      throw this.#error(
        `Attribute name is a reserved keyword; reserved keyword: ${token}; use a placeholder`,
      );
    }
    return token;
  }

  update(): Update {
    const sets: { path: Path; value: Assigned }[] = [];
    const removes: Path[] = [];
    const adds: { path: Path; amount: string }[] = [];
    const seen = new Set<string>();
    do {
      const section = this.#next().toUpperCase();
      if (seen.has(section)) throw this.#error(`The "${section}" section can only be used once`);
      seen.add(section);
      if (section === 'SET') sets.push(...this.#list(() => this.#set()));
      else if (section === 'REMOVE') removes.push(...this.#list(() => this.#path()));
      else if (section === 'ADD') adds.push(...this.#list(() => this.#add()));
      else if (section === 'DELETE') throw unsupported('DELETE (of set elements)');
      else throw this.#syntaxError(-1);
    } while (this.#position < this.#tokens.length);
    this.#refuseOverlap([...sets.map((s) => s.path), ...removes, ...adds.map((a) => a.path)]);
    return { sets, removes, adds };
  }

  #set(): { path: Path; value: Assigned } {
    const path = this.#path();
    this.#expect('=');
    const left = this.#assigned();
    const sign = this.#take('+') ? 1 : this.#take('-') ? -1 : undefined;
    if (sign === undefined) return { path, value: left };
    return { path, value: { kind: 'sum', sign, left, right: this.#assigned() } };
  }

  #assigned(): Assigned {
    const name = this.#functionName();
    if (name === undefined) return this.#pathOrValue();
    this.#position += 2;
    if (name !== 'if_not_exists') throw unsupported(`the function ${name} in SET`);
    const path = this.#path();
    this.#expect(',');
    const fallback = this.#assigned();
    this.#expect(')');
    return { kind: name, path, fallback };
  }

  #add(): { path: Path; amount: string } {
    const path = this.#path();
    const amount = this.#pathOrValue();
    if (amount.kind !== 'value') throw this.#syntaxError(-1);
    if (amount.value.N === undefined) throw unsupported('ADD of anything but a number');
    return { path, amount: amount.value.N };
  }

  #refuseOverlap(paths: readonly Path[]): void {
    for (const [index, one] of paths.entries()) {
      for (const other of paths.slice(index + 1)) {
        const shared = Math.min(one.length, other.length);
        if (one.slice(0, shared).every((key, depth) => key === other[depth])) {
          throw this.#error(
            `Two document paths overlap with each other; path one: [${one.join(', ')}], ` +
              `path two: [${other.join(', ')}]`,
          );
        }
      }
    }
  }

  /** A literal that is compared by order must have one. */
  #refuseUnordered(operator: string, operand: Operand): void {
    if (operand.kind !== 'value') return;
    const type = typeOf(operand.value);
    if (type === 'S' || type === 'N') return;
    throw this.#error(`Incorrect operand type for operator; operator: ${operator}, type: ${type}`);
  }

  /** A word with a parenthesis behind it; function names are case-sensitive. */
  #functionName(): string | undefined {
    const word = this.#tokens[this.#position];
    if (this.#tokens[this.#position + 1] !== '(' || !/^[a-z]/.test(word ?? '')) return undefined;
    return word;
  }

  #next(): string {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw this.#syntaxError();
    this.#position += 1;
    return token;
  }

  /** Keywords may be written in any case. */
  #take(wanted: string): boolean {
    if (this.#tokens[this.#position]?.toUpperCase() !== wanted) return false;
    this.#position += 1;
    return true;
  }

  #expect(wanted: string): void {
    if (!this.#take(wanted)) throw this.#syntaxError();
  }

  #tokenize(text: string): string[] {
    const tokens: string[] = [];
    let end = 0;
    while (end < text.length) {
      TOKEN.lastIndex = end;
      const token = TOKEN.exec(text)?.[1];
      if (token === undefined) throw this.#error(`Syntax error near "${text.slice(end).trim()}"`);
      tokens.push(token);
      end = TOKEN.lastIndex;
    }
    if (tokens.length === 0) throw this.#error('The expression can not be empty');
    return tokens;
  }

  #syntaxError(offset = 0): Error {
    const token = this.#tokens[this.#position + offset] ?? '<EOF>';
    return this.#error(`Syntax error; token: "${token}", in: "${this.#tokens.join(' ')}"`);
  }

  #error(message: string): Error {
    return invalid(`Invalid ${this.#member}: ${message}`);
  }
}
