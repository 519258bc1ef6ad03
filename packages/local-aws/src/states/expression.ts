import jsonata from 'jsonata';

/** A string of the States Language that is evaluated instead of taken literally. */
export const EXPRESSION = /^\{%([\s\S]+)%\}$/;

/** The JSONata source within `{% … %}`, or nothing if the string is a literal. */
export function expressionIn(text: string): string | undefined {
  return EXPRESSION.exec(text)?.[1]?.trim();
}

/** Variables are Unicode identifiers (Step Functions guide, "Passing data between states with variables"). */
const NAME = /\$(\p{ID_Continue}+)/gu;

/** `$name` or `$name.member.member`: most expressions of a machine are no more than that. */
const PATH = /^\$[A-Za-z]\w*(?:\.(?!(?:and|or|in)\b)[A-Za-z]\w*)*$/;

/** `$path = 'text'`, or `$path in ["text","text"]`: what most choices ask. */
const CHOICE = /^(\$[\w.]+) (?:= '([^'\\]*)'|in (\["[^"\\]*"(?:,"[^"\\]*")*\]))$/;

export interface ParsedExpression {
  readonly expression: jsonata.Expression;
  /** The names of a plain path, by which a value can be found without JSONata; else `null`. */
  readonly path: readonly string[] | null;
  /** The texts of which a text at `path` must be one, if the expression asks that; else `null`. */
  readonly texts: readonly string[] | null;
  /** Every name that follows a `$` anywhere in the source: it can read no other variable or function. */
  readonly names: ReadonlySet<string>;
}

const parsed = new Map<string, ParsedExpression>();

/** The parsed expression; each source is parsed once. Throws jsonata's error if it does not parse. */
export function parseExpression(source: string): ParsedExpression {
  let known = parsed.get(source);
  if (!known) {
    const names = [...source.matchAll(NAME)].map(([, name = '']) => name);
    const [, asked = source, text, list] = CHOICE.exec(source) ?? [];
    const path = PATH.test(asked) ? asked.slice(1).split('.') : null;
    const among = list === undefined ? null : (JSON.parse(list) as string[]);
    const texts = text === undefined ? among : [text];
    known = { expression: jsonata(source), path, texts, names: new Set(names) };
    parsed.set(source, known);
  }
  return known;
}

/** One line about what jsonata threw: a plain object with a code and a message. */
export function describeJsonataError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { code, message } = error as { code?: string; message?: string };
  return [code, message].filter((part) => part !== undefined).join(': ');
}
