import jsonata from 'jsonata';

/** A string of the States Language that is evaluated instead of taken literally. */
export const EXPRESSION = /^\{%([\s\S]+)%\}$/;

/** The JSONata source within `{% … %}`, or nothing if the string is a literal. */
export function expressionIn(text: string): string | undefined {
  return EXPRESSION.exec(text)?.[1]?.trim();
}

const parsed = new Map<string, jsonata.Expression>();

/** The parsed expression; each source is parsed once. Throws jsonata's error if it does not parse. */
export function parseExpression(source: string): jsonata.Expression {
  let expression = parsed.get(source);
  if (!expression) {
    expression = jsonata(source);
    parsed.set(source, expression);
  }
  return expression;
}

/** One line about what jsonata threw: a plain object with a code and a message. */
export function describeJsonataError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { code, message } = error as { code?: string; message?: string };
  return [code, message].filter((part) => part !== undefined).join(': ');
}
