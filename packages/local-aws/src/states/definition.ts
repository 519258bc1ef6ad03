import * as z from 'zod';
import { EXPRESSION } from './expression.ts';

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
export type JsonObject = Record<string, Json>;

/**
 * The part of the Amazon States Language that this interpreter runs: the JSONata dialect, one state
 * after the other. Objects are strict, so a field it does not know is refused at load instead of being
 * ignored.
 */

const MAX_SECONDS = 99_999_999;

const JsonSchema: z.ZodType<Json> = z.json();
const Expression = z.string().regex(EXPRESSION, 'must be a JSONata expression: {% … %}');
const WaitSeconds = z.union([z.int().min(0).max(MAX_SECONDS), Expression]);
const LimitSeconds = z.union([z.int().min(1).max(MAX_SECONDS), Expression]);
const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, 'is no variable name')
  .refine((name) => name !== 'states', '`states` is reserved');
const Assign = z.record(VariableName, JsonSchema).optional();
const StateName = z.string().min(1).max(80);
const ErrorEquals = z.array(z.string()).min(1);

const common = {
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata').optional(),
};
const data = { Output: JsonSchema.optional(), Assign };
const onward = { Next: z.string().optional(), End: z.literal(true).optional() };

const Retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals,
  IntervalSeconds: z.int().min(1).max(MAX_SECONDS).default(1),
  MaxAttempts: z.int().min(0).max(MAX_SECONDS).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_399).optional(),
});
const Catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals,
  Next: z.string(),
  ...data,
});
const recovery = {
  Retry: z.array(Retrier).default([]),
  Catch: z.array(Catcher).default([]),
};
const Rule = z.strictObject({
  Comment: z.string().optional(),
  Condition: Expression,
  Next: z.string(),
  ...data,
});

const Pass = z.strictObject({ Type: z.literal('Pass'), ...common, ...data, ...onward });
const Task = z.strictObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  Arguments: JsonSchema.optional(),
  TimeoutSeconds: LimitSeconds.optional(),
  ...common,
  ...data,
  ...recovery,
  ...onward,
});
const Wait = z.strictObject({
  Type: z.literal('Wait'),
  Seconds: WaitSeconds,
  ...common,
  ...data,
  ...onward,
});
const Choice = z.strictObject({
  Type: z.literal('Choice'),
  Choices: z.array(Rule).min(1),
  Default: z.string().optional(),
  ...common,
  ...data,
});
const Succeed = z.strictObject({
  Type: z.literal('Succeed'),
  Output: JsonSchema.optional(),
  ...common,
});
const Fail = z.strictObject({
  Type: z.literal('Fail'),
  Error: z.string().optional(),
  Cause: z.string().optional(),
  ...common,
});

const StateSchema = z.discriminatedUnion('Type', [Pass, Task, Wait, Choice, Succeed, Fail], {
  error: 'is no type of state that this interpreter runs (Map and Parallel are not)',
});

export type TaskState = z.infer<typeof Task>;
export type WaitState = z.infer<typeof Wait>;
export type ChoiceState = z.infer<typeof Choice>;
export type FailState = z.infer<typeof Fail>;
export type State = z.infer<typeof StateSchema>;
export type RetrierFields = z.infer<typeof Retrier>;

const DefinitionSchema = z.strictObject({
  Version: z.literal('1.0').optional(),
  QueryLanguage: z.enum(['JSONata', 'JSONPath']).default('JSONPath'),
  TimeoutSeconds: z.int().min(1).max(MAX_SECONDS).optional(),
  Comment: z.string().optional(),
  StartAt: z.string(),
  States: z.record(StateName, StateSchema),
});
export type Definition = z.infer<typeof DefinitionSchema>;

const JSONPATH_FIELD =
  /^(Parameters|ResultSelector|Result|Variable|(Input|Output|Result|Items|Seconds|Timestamp|TimeoutSeconds|HeartbeatSeconds|Error|Cause)Path)$/;

/** Reads a definition (an object or its JSON text); without `definition` there are `problems`. */
export function readDefinition(source: unknown): {
  definition?: Definition;
  problems: string[];
} {
  const parsed = DefinitionSchema.safeParse(
    typeof source === 'string' ? (JSON.parse(source) as unknown) : source,
  );
  if (parsed.success) return { definition: parsed.data, problems: [] };
  return { problems: parsed.error.issues.map(explain) };
}

function explain(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('/') || 'the definition';
  if (issue.code !== 'unrecognized_keys') return `${where}: ${issue.message}`;
  const fields = issue.keys.map((key) =>
    JSONPATH_FIELD.test(key)
      ? `${key} is a JSONPath field, and this is a JSONata state`
      : `${key} is not a field that this interpreter knows here`,
  );
  return `${where}: ${fields.join('; ')}`;
}
