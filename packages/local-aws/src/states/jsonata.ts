import { StatesError } from './errors.ts';
import { NOTHING } from './functions.ts';
import { describeJsonataError, expressionIn, parseExpression } from './expression.ts';
import type { Json, JsonObject } from './definition.ts';

/** What `$states` holds. `result` and `errorOutput` are there only where the language says so. */
interface StatesBinding {
  readonly input: Json;
  readonly context: JsonObject;
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/** What an expression can read: workflow variables by name, and `$states`. */
export interface Bindings {
  readonly variables: Readonly<JsonObject>;
  readonly states: StatesBinding;
  /** How an error's cause begins: which state was running. */
  readonly where: string;
}

/**
 * Evaluates every `{% … %}` within `template`; everything else is literal. `field` names the place
 * for the error's cause, as AWS does: `Output/v`, `Choices[1]/Condition`.
 *
 * @throws {StatesError} `States.QueryEvaluationError` if an expression fails or returns nothing.
 */
export async function evaluate(template: Json, field: string, bindings: Bindings): Promise<Json> {
  if (typeof template === 'string') {
    const source = expressionIn(template);
    return source === undefined ? template : evaluateExpression(source, field, bindings);
  }
  if (Array.isArray(template)) {
    const items: Json[] = [];
    for (const [index, item] of template.entries()) {
      items.push(await evaluate(item, `${field}[${index}]`, bindings));
    }
    return items;
  }
  if (template === null || typeof template !== 'object') return template;
  const members: JsonObject = {};
  for (const [key, item] of Object.entries(template)) {
    members[key] = await evaluate(item, `${field}/${key}`, bindings);
  }
  return members;
}

async function evaluateExpression(
  source: string,
  field: string,
  bindings: Bindings,
): Promise<Json> {
  const failed = (how: string): StatesError =>
    queryError(
      `${bindings.where}The JSONata expression '${source}' specified for the field '${field}' ${how}`,
    );
  let value: unknown;
  try {
    const { expression, path, texts, names } = parseExpression(source);
    const found = readable(names, bindings);
    value = valueAt(path, found);
    if (texts) value = typeof value === 'string' ? texts.includes(value) : undefined;
    value ??= plain(await expression.evaluate(undefined, found));
  } catch (error) {
    throw failed(`threw an error during evaluation. ${describeJsonataError(error)}`);
  }
  if (value === undefined) throw failed('returned nothing (undefined).');
  return value as Json;
}

/**
 * What a path leads to through objects alone. Of a list JSONata has rules of its own, and of nothing an
 * error: there, `undefined` leaves it to JSONata.
 */
function valueAt(path: readonly string[] | null, found: Record<string, unknown>): unknown {
  let value: unknown = path && found;
  for (const name of path ?? []) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (typeof value === 'function' || Array.isArray(value) || value === null) return undefined;
  return typeof value === 'object' ? plain(value) : value;
}

/** What the expression can read. jsonata copies each binding, and a workflow evaluates a hundred thousand times. */
function readable(
  names: ReadonlySet<string>,
  { variables, states }: Bindings,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of names) {
    if (name === 'states') found[name] = states;
    else if (Object.hasOwn(variables, name)) found[name] = variables[name];
    else if (Object.hasOwn(NOTHING, name)) found[name] = NOTHING[name];
  }
  return found;
}

/** An evaluation that failed, or gave what its field cannot take. */
export function queryError(cause: string): StatesError {
  return new StatesError('States.QueryEvaluationError', cause);
}

/** jsonata returns sequences (arrays with extra properties) and functions; JSON knows neither. */
function plain(value: unknown): unknown {
  if (typeof value === 'function' || isLambda(value)) throw new Error('The result is a function');
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function isLambda(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ('_jsonata_lambda' in value || '_jsonata_function' in value)
  );
}
