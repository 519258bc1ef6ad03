import type { NormalizedSchema } from '@smithy/core/schema';

/**
 * Reads the AWS Query protocols: flat form parameters (`Filter.1.Value.2=x`) back into the modelled
 * input. The rules mirror those of the clients' QuerySerializer (@aws-sdk/core/protocols).
 */

/** The parameters as a tree: `Filter.1.Name=a` becomes Filter -> 1 -> Name. */
interface ParameterNode {
  text: string | undefined;
  readonly children: Map<string, ParameterNode>;
}

/** EC2's dialect: capitalised names of its own, and lists without a `member` level. */
export type QueryDialect = 'ec2Query' | 'awsQuery';

/** The input structure that the parameters describe; parameters without a member are dropped. */
export function readQueryInput(
  input: NormalizedSchema,
  parameters: URLSearchParams,
  dialect: QueryDialect,
): unknown {
  const root = node();
  for (const [key, value] of parameters) {
    let at = root;
    for (const part of key.split('.')) {
      const child = at.children.get(part) ?? node();
      at.children.set(part, child);
      at = child;
    }
    at.text = value;
  }
  return readValue(input, root, dialect);
}

function node(): ParameterNode {
  return { text: undefined, children: new Map() };
}

function readValue(schema: NormalizedSchema, at: ParameterNode, dialect: QueryDialect): unknown {
  if (schema.isStructSchema()) return readStructure(schema, at, dialect);
  if (schema.isListSchema()) return readList(schema, at, dialect);
  if (schema.isMapSchema()) return readMap(schema, at, dialect);
  if (at.text === undefined) return undefined;
  if (schema.isNumericSchema()) return Number(at.text);
  if (schema.isBooleanSchema()) return at.text === 'true';
  if (schema.isTimestampSchema()) return new Date(at.text);
  if (schema.isBlobSchema()) return Buffer.from(at.text, 'base64');
  return at.text;
}

function readStructure(
  schema: NormalizedSchema,
  at: ParameterNode,
  dialect: QueryDialect,
): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const child = at.children.get(memberKey(name, member, dialect));
    if (child) structure[name] = readValue(member, child, dialect);
  }
  return structure;
}

function memberKey(name: string, member: NormalizedSchema, dialect: QueryDialect): string {
  const { ec2QueryName, xmlName } = member.getMergedTraits();
  const key = xmlName ?? name;
  if (dialect === 'awsQuery') return key;
  if (typeof ec2QueryName === 'string') return ec2QueryName;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

/** An empty list arrives as one empty parameter (`AttributeNames=`). */
function readList(schema: NormalizedSchema, at: ParameterNode, dialect: QueryDialect): unknown[] {
  const items = schema.getValueSchema();
  const isFlat = dialect === 'ec2Query' || schema.getMergedTraits().xmlFlattened !== undefined;
  const level = isFlat ? at : at.children.get(items.getMergedTraits().xmlName ?? 'member');
  return inOrder(level).map((child) => readValue(items, child, dialect));
}

function readMap(
  schema: NormalizedSchema,
  at: ParameterNode,
  dialect: QueryDialect,
): Record<string, unknown> {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const values = schema.getValueSchema();
  const valueName = values.getMergedTraits().xmlName ?? 'value';
  const level = schema.getMergedTraits().xmlFlattened ? at : at.children.get('entry');
  const map: Record<string, unknown> = {};
  for (const entry of inOrder(level)) {
    const key = entry.children.get(keyName)?.text;
    const value = entry.children.get(valueName);
    if (key !== undefined && value) map[key] = readValue(values, value, dialect);
  }
  return map;
}

/** The numbered children 1, 2, 3, … in the order of their numbers. */
function inOrder(level: ParameterNode | undefined): ParameterNode[] {
  return [...(level?.children ?? [])]
    .filter(([key]) => /^[0-9]+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
