export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** A CloudFormation template, intrinsics and all. */
export interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The properties of every resource of a type, by logical id. */
export const ofType = (template: Template, type: string): Map<string, TemplateResource> =>
  new Map(Object.entries(template.Resources).filter(([, { Type }]) => Type === type));

/** The one resource of a type. */
export function onlyOne(template: Template, type: string): TemplateResource {
  const [first, ...others] = ofType(template, type).values();
  if (!first || others.length > 0) throw new Error(`The template has not exactly one ${type}.`);
  return first;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '111122223333',
};

/**
 * A value without intrinsics: references become `<LogicalId>` and `<LogicalId.Attribute>`, so that a
 * reader can compare texts and ARNs.
 */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[key, argument] = ['', undefined], ...others] = entries;
  if (others.length === 0 && key === 'Ref') {
    return PSEUDO[String(argument)] ?? `<${String(argument)}>`;
  }
  if (others.length === 0 && key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (others.length === 0 && key === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(plain).join(separator);
  }
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]));
}

/** `<HoldbackLedgerTableA9C192DE.Arn>` as `<LedgerTable>`: what a resource is called in lib/. */
export const shortNames = (text: string): string =>
  text.replaceAll(/<Holdback(\w+?)[0-9A-F]{8}(?:\.Arn)?>/g, '<$1>');

/** The state machine's definition, as CreateStateMachine gets it. */
export function definitionOf(template: Template): object {
  const { DefinitionString } = onlyOne(template, 'AWS::StepFunctions::StateMachine').Properties;
  return JSON.parse(String(plain(DefinitionString))) as object;
}

/** An SSM document, its content read. */
export interface DeployedDocument {
  readonly name: string;
  readonly documentType: unknown;
  readonly documentFormat: unknown;
  readonly targetType: unknown;
  readonly content: {
    readonly schemaVersion: string;
    readonly parameters: Readonly<Record<string, DocumentParameter>>;
    readonly mainSteps: readonly {
      readonly inputs: { readonly timeoutSeconds: string; readonly runCommand: readonly string[] };
    }[];
  };
}

export interface DocumentParameter {
  readonly type: string;
  readonly interpolationType: string;
  readonly description: string;
  readonly default?: string;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly string[];
}

/** The documents of a stack by purpose: Inspect, Maintenance, …; RelayInspect, … */
export function documentsOf(template: Template): Map<string, DeployedDocument> {
  const found = [...ofType(template, 'AWS::SSM::Document')].map(([id, { Properties }]) => {
    const { Name, DocumentType, DocumentFormat, TargetType, Content, ...more } = Properties;
    if (Object.keys(more).length > 0) throw new Error(`Unexpected: ${Object.keys(more).join()}`);
    const document = {
      name: String(Name),
      documentType: DocumentType,
      documentFormat: DocumentFormat,
      targetType: TargetType,
      content: Content as DeployedDocument['content'],
    };
    const [, relay = '', purpose = id] = /(Relay)?Documents(\w+?)Document/.exec(id) ?? [];
    return [`${relay}${purpose}`, document] as const;
  });
  return new Map(found);
}

/** The step of a document as the agent runs it: its lines in one file (amazon-ssm-agent, runscript). */
export function stepOf(document: DeployedDocument | undefined): {
  script: string;
  timeoutSeconds: number;
} {
  const { runCommand = [], timeoutSeconds = '0' } = document?.content.mainSteps[0]?.inputs ?? {};
  return { script: runCommand.join('\n'), timeoutSeconds: Number(timeoutSeconds) };
}

/** `RestartIpsec` as the names of documents and functions have it: `restart-ipsec`. */
export const dashed = (name: string): string =>
  name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** `restart-ipsec` as constructs have it: `RestartIpsec`. */
export const capitalized = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
