import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../service.ts';

/** A Command document, ready to run. */
export interface CommandDocument {
  readonly name: string;
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly hash: string;
  readonly stepName: string;
  readonly script: string;
  /** The step's `timeoutSeconds`: how long the agent waits for the script. */
  readonly executionTimeoutSeconds: number;
  /** What the script finds in its environment; throws InvalidParameters. */
  environment(parameters: Readonly<Record<string, readonly string[]>>): Record<string, string>;
}

/** The content uses what the local SSM does not emulate, or is no Command document at all. */
export class DocumentError extends Error {
  constructor(name: string, reason: string) {
    super(`The local SSM cannot run document ${name}: ${reason}`);
    this.name = 'DocumentError';
  }
}

/** Syntax of schema 2.2 (Systems Manager user guide, "SSM document syntax"); the rest is refused. */
const parameterSchema = z.strictObject({
  type: z.literal('String'),
  description: z.string().optional(),
  displayType: z.string().optional(),
  default: z.string().optional(),
  allowedValues: z.array(z.string()).optional(),
  allowedPattern: z.string().optional(),
  minChars: z.coerce.number().optional(),
  maxChars: z.coerce.number().optional(),
  // Text substitution would let a parameter's value become part of the script.
  interpolationType: z.literal('ENV_VAR'),
});
const stepSchema = z.strictObject({
  action: z.literal('aws:runShellScript'),
  name: z.string(),
  // It holds on every node here: an agent on FreeBSD reports itself as Linux (amazon-ssm-agent PR 20).
  precondition: z
    .strictObject({ StringEquals: z.tuple([z.literal('platformType'), z.literal('Linux')]) })
    .optional(),
  inputs: z.strictObject({
    timeoutSeconds: z.coerce.number().int().positive().default(3_600),
    runCommand: z.array(z.string()),
  }),
});
const documentSchema = z.strictObject({
  schemaVersion: z.literal('2.2'),
  description: z.string().optional(),
  parameters: z.record(z.string(), parameterSchema).default({}),
  mainSteps: z.tuple([stepSchema]),
});

type ParameterRule = z.infer<typeof parameterSchema>;

/**
 * Reads `Properties.Content` of an AWS::SSM::Document.
 *
 * @throws DocumentError
 */
export function readDocument(name: string, content: unknown): CommandDocument {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const parsed = documentSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new DocumentError(name, z.prettifyError(parsed.error));
  const { parameters: rules, mainSteps } = parsed.data;
  const [step] = mainSteps;
  const script = step.inputs.runCommand.join('\n');
  const reference = /\{\{[^{}]*\}\}/.exec(script)?.[0];
  if (reference) throw new DocumentError(name, `${reference} would be substituted as text.`);
  return {
    name,
    hash: createHash('sha256').update(text).digest('hex'),
    stepName: step.name,
    script,
    executionTimeoutSeconds: step.inputs.timeoutSeconds,
    environment: (parameters) => environmentOf(rules, parameters),
  };
}

function environmentOf(
  rules: Readonly<Record<string, ParameterRule>>,
  parameters: Readonly<Record<string, readonly string[]>>,
): Record<string, string> {
  const unknown = Object.keys(parameters).filter((name) => !Object.hasOwn(rules, name));
  if (unknown.length > 0) throw invalid(`${unknown.join(', ')} is not defined in the document`);
  return Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [
      `SSM_${name}`,
      checked(name, rule, parameters[name]),
    ]),
  );
}

function checked(name: string, rule: ParameterRule, given: readonly string[] | undefined): string {
  const [value = rule.default, ...more] = given ?? [];
  if (value === undefined) throw invalid(`${name} has no value and no default`);
  if (more.length > 0) throw invalid(`${name} is a String and takes one value`);
  const { allowedValues, allowedPattern, minChars = 0, maxChars = Infinity } = rule;
  if (allowedValues && !allowedValues.includes(value)) {
    throw invalid(`${name} must be one of ${allowedValues.join(', ')}`);
  }
  if (allowedPattern && !new RegExp(allowedPattern).test(value)) {
    throw invalid(`${name} must match ${allowedPattern}`);
  }
  if (value.length < minChars || value.length > maxChars) {
    throw invalid(`${name} must have ${minChars} to ${maxChars} characters`);
  }
  return value;
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameters', `The parameters are invalid: ${reason}.`);
}
