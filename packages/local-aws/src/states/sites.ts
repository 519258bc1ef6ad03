import { expressionIn } from './expression.ts';
import type { Json, State } from './definition.ts';

/** A field of a state that may hold JSONata, and what `$states` offers there. */
export interface Site {
  /** As AWS names it in errors: `Catch[0]/Output`. */
  readonly field: string;
  readonly template: Json;
  readonly offersResult: boolean;
  readonly offersErrorOutput: boolean;
}

const PLAIN_FIELDS = ['Arguments', 'TimeoutSeconds', 'Seconds', 'Error', 'Cause'] as const;

/** The fields of a state that are evaluated. */
export function sites(state: State): Site[] {
  const found: Site[] = [];
  const add = (
    field: string,
    template: Json | undefined,
    offers: 'result' | 'error' | '',
  ): void => {
    if (template === undefined) return;
    found.push({
      field,
      template,
      offersResult: offers === 'result',
      offersErrorOutput: offers === 'error',
    });
  };
  const fields = state as Readonly<Record<string, Json | undefined>>;
  for (const field of PLAIN_FIELDS) add(field, fields[field], '');
  const offers = state.Type === 'Task' ? 'result' : '';
  add('Output', fields['Output'], offers);
  add('Assign', fields['Assign'], offers);
  if (state.Type === 'Choice') {
    state.Choices.forEach((rule, index) => {
      add(`Choices[${index}]/Condition`, rule.Condition, '');
      add(`Choices[${index}]/Output`, rule.Output, '');
      add(`Choices[${index}]/Assign`, rule.Assign, '');
    });
  }
  if ('Catch' in state) {
    state.Catch.forEach((catcher, index) => {
      add(`Catch[${index}]/Output`, catcher.Output, 'error');
      add(`Catch[${index}]/Assign`, catcher.Assign, 'error');
    });
  }
  return found;
}

/** Every string within a template, with its place: `Arguments/Payload/order`. */
export function* strings(
  template: Json,
  field: string,
): Generator<{ field: string; text: string }> {
  if (typeof template === 'string') yield { field, text: template };
  else if (Array.isArray(template)) {
    for (const [index, item] of template.entries()) yield* strings(item, `${field}[${index}]`);
  } else if (template !== null && typeof template === 'object') {
    for (const [key, item] of Object.entries(template)) yield* strings(item, `${field}/${key}`);
  }
}

/** Every JSONata expression within a template. */
export function* expressions(
  template: Json,
  field: string,
): Generator<{ field: string; source: string }> {
  for (const { field: place, text } of strings(template, field)) {
    const source = expressionIn(text);
    if (source !== undefined) yield { field: place, source };
  }
}
