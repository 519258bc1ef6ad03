import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ACCOUNT, REGION, identify } from './identity.ts';
import type { Identity } from './identity.ts';
import { AssemblyError, isRecord, resolve } from './intrinsics.ts';
import type { Scope } from './intrinsics.ts';

/** A resource of the template as it would stand in the account after `cdk deploy`. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** Without intrinsics. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The physical name: the given one, or the logical id. */
  readonly name: string;
  readonly arn: string;
}

/** The one stack of a cloud assembly (`cdk.out`), read and resolved. */
export interface Assembly {
  readonly resources: readonly Resource[];
  /** What `cdk deploy` prints at its end, by logical id. */
  readonly outputs: Readonly<Record<string, string>>;
  ofType(...types: readonly string[]): readonly Resource[];
  /** Throws {@link AssemblyError} if there is none. */
  get(logicalId: string): Resource;
  /** By logical id, physical name, or ARN with or without a version or alias. */
  find(reference: string, ...types: readonly string[]): Resource | undefined;
  /** The folder of a function's bundle, through `Code.S3Key` and the asset manifest. */
  bundleFolder(lambdaFunction: Resource): string;
}

const Template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      Condition: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })).default({}),
});
type Template = z.infer<typeof Template>;

const AssetManifest = z.looseObject({
  files: z.record(
    z.string(),
    z.looseObject({ source: z.looseObject({ path: z.string(), packaging: z.string() }) }),
  ),
});

/** Only a marker for usage statistics; it stands under a condition that needs no evaluation. */
const METADATA_TYPE = 'AWS::CDK::Metadata';
const TEMPLATE_SUFFIX = '.template.json';

/** @throws {AssemblyError} for properties that are not what the emulation understands */
export function readProperties<T>(schema: z.ZodType<T>, { logicalId, properties }: Resource): T {
  const read = schema.safeParse(properties);
  if (read.success) return read.data;
  throw new AssemblyError(logicalId, `is not emulated as it is: ${z.prettifyError(read.error)}`);
}

/**
 * Reads a synthesized folder with one stack.
 *
 * @throws {AssemblyError} for anything in it that the emulation does not understand: a type of resource,
 * an intrinsic, an attribute, a condition. Naming the logical id.
 */
export function loadAssembly(folder: string): Assembly {
  const stackName = onlyStack(folder);
  const template = Template.parse(readJson(path.join(folder, stackName + TEMPLATE_SUFFIX)));
  const { resources, outputs } = resolveTemplate(template);
  const byId = new Map(resources.map((resource) => [resource.logicalId, resource]));

  const isNamed = (resource: Resource, reference: string): boolean =>
    resource.logicalId === reference ||
    resource.name === reference ||
    (resource.arn !== '' &&
      (reference === resource.arn || reference.startsWith(`${resource.arn}:`)));

  return {
    resources,
    outputs,
    ofType: (...types) => resources.filter((resource) => types.includes(resource.type)),
    get: (logicalId) => {
      const resource = byId.get(logicalId);
      if (!resource) throw new AssemblyError(logicalId, 'the template has no such resource.');
      return resource;
    },
    find: (reference, ...types) =>
      resources.find((resource) => types.includes(resource.type) && isNamed(resource, reference)),
    bundleFolder: (lambdaFunction) => bundleFolder(folder, stackName, lambdaFunction),
  };
}

function onlyStack(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const stacks = files.filter((file) => file.endsWith(TEMPLATE_SUFFIX));
  const [first, ...others] = stacks;
  if (first === undefined || others.length > 0) {
    const found = stacks.length === 0 ? 'none' : stacks.join(', ');
    throw new AssemblyError(folder, `needs exactly one template, found ${found}. Run cdk synth.`);
  }
  return first.slice(0, -TEMPLATE_SUFFIX.length);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function resolveTemplate(template: Template): Pick<Assembly, 'resources' | 'outputs'> {
  const declared = Object.entries(template.Resources).filter(
    ([, resource]) => resource.Type !== METADATA_TYPE,
  );
  const conditional = declared.find(([, resource]) => resource.Condition !== undefined);
  if (conditional) throw new AssemblyError(conditional[0], 'conditions are not modelled.');

  const identities = new Map<string, Identity>();
  const underWay = new Set<string>();
  const scope: Scope = {
    ref: (id) => pseudoParameter(id) ?? identity(id).ref,
    attribute: (id, attribute) => identity(id).attribute(attribute),
  };

  /** Names may refer to other names, so an identity is worked out when somebody first asks. */
  function identity(logicalId: string): Identity {
    const known = identities.get(logicalId);
    if (known) return known;
    const resource = template.Resources[logicalId];
    if (!resource) throw new AssemblyError(logicalId, 'referred to, but not in the template.');
    if (underWay.has(logicalId)) throw new AssemblyError(logicalId, 'its name refers to itself.');
    underWay.add(logicalId);
    const named = Object.entries(resource.Properties).filter(([key]) => key.endsWith('Name'));
    const names = resolve(Object.fromEntries(named), logicalId, scope);
    const found = identify(logicalId, resource.Type, isRecord(names) ? names : {});
    identities.set(logicalId, found);
    return found;
  }

  const resources = declared.map(([logicalId, resource]) => {
    const properties = resolve(resource.Properties, logicalId, scope);
    const { name, arn } = identity(logicalId);
    return {
      logicalId,
      type: resource.Type,
      properties: isRecord(properties) ? properties : {},
      name,
      arn,
    };
  });
  const outputs = Object.fromEntries(
    Object.entries(template.Outputs).map(([id, { Value }]) => [
      id,
      String(resolve(Value, id, scope)),
    ]),
  );
  return { resources, outputs };
}

/** CloudFormation template reference, "Pseudo parameters reference". */
function pseudoParameter(name: string): string | undefined {
  switch (name) {
    case 'AWS::AccountId':
      return ACCOUNT;
    case 'AWS::Region':
      return REGION;
    case 'AWS::Partition':
      return 'aws';
    default:
      return undefined;
  }
}

function bundleFolder(folder: string, stackName: string, lambdaFunction: Resource): string {
  const { logicalId } = lambdaFunction;
  const code = z.looseObject({ S3Key: z.string() }).safeParse(lambdaFunction.properties['Code']);
  if (!code.success) throw new AssemblyError(logicalId, 'only code from an asset can be run.');
  const hash = path.parse(code.data.S3Key).name;
  const { files } = AssetManifest.parse(readJson(path.join(folder, `${stackName}.assets.json`)));
  const source = files[hash]?.source;
  if (source?.packaging !== 'zip') {
    throw new AssemblyError(logicalId, `the asset manifest has no zip asset ${hash}.`);
  }
  return path.resolve(folder, source.path);
}
