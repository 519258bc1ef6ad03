import { z } from 'zod';
import { isRecord } from '../stack/intrinsics.ts';

/** What a rule's target gets instead of the whole event (AWS::Events::Rule Target). */
export const InputSettings = z.looseObject({
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .looseObject({
      InputPathsMap: z.record(z.string(), z.string()).default({}),
      InputTemplate: z.string(),
    })
    .optional(),
});
type InputSettings = z.infer<typeof InputSettings>;

/**
 * The input of a target. `reserved` holds the variables that EventBridge itself defines, such as
 * `aws.events.rule-arn`. Source: EventBridge user guide, "Input transformation".
 *
 * @throws {Error} for a path or template that EventBridge could not apply
 */
export function inputOf(
  settings: InputSettings,
  event: Readonly<Record<string, unknown>>,
  reserved: Readonly<Record<string, unknown>>,
): unknown {
  if (settings.Input !== undefined) return JSON.parse(settings.Input);
  if (settings.InputPath !== undefined) return valueAt(event, settings.InputPath);
  if (!settings.InputTransformer) return event;
  const { InputPathsMap, InputTemplate } = settings.InputTransformer;
  const variables: Record<string, unknown> = { ...reserved };
  for (const [name, path] of Object.entries(InputPathsMap)) variables[name] = valueAt(event, path);
  return fill(InputTemplate, variables);
}

/** The subset of JSONPath that EventBridge has here: dots, `['name']` and array indices. */
function valueAt(event: unknown, path: string): unknown {
  if (!/^\$(\.[\w-]+|\[\d+\]|\['[^']+'\])*$/.test(path)) {
    throw new Error(`${path} is no JSONPath that EventBridge accepts here.`);
  }
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)];
  return steps.reduce<unknown>((value, [, name, index, quoted]) => {
    if (Array.isArray(value)) return (value as readonly unknown[])[Number(index)];
    return isRecord(value) ? value[name ?? quoted ?? ''] : undefined;
  }, event);
}

/** `<name>` within quotes takes text as it is; outside of them it takes the value as JSON. */
function fill(template: string, variables: Readonly<Record<string, unknown>>): unknown {
  const filled = template.replace(
    /"((?:[^"\\]|\\.)*)"|<([\w.-]+)>/g,
    (_, quoted: string | undefined, name: string) => {
      if (quoted === undefined) return JSON.stringify(variables[name] ?? '');
      const text = quoted.replace(/<([\w.-]+)>/g, (__, inner: string) => {
        const value = variables[inner] ?? '';
        return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(
          1,
          -1,
        );
      });
      return `"${text}"`;
    },
  );
  try {
    return JSON.parse(filled);
  } catch {
    throw new Error(`The input template gives no JSON: ${filled}`);
  }
}
