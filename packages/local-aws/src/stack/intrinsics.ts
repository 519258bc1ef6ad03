/** CloudFormation's intrinsic functions, as far as CDK writes them for a stack without conditions. */

/** What `Ref` and `Fn::GetAtt` mean in one template. Both throw if they do not know the answer. */
export interface Scope {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
}

/** The template says something that the simulation does not understand; guessing would lie. */
export class AssemblyError extends Error {
  readonly logicalId: string;

  constructor(logicalId: string, problem: string) {
    super(`${logicalId}: ${problem}`);
    this.name = 'AssemblyError';
    this.logicalId = logicalId;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A copy of `value` without intrinsics. `owner` is the logical id that an error names.
 * Sources: CloudFormation template reference, "Intrinsic function reference".
 */
export function resolve(value: unknown, owner: string, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, owner, scope));
  }
  if (!isRecord(value)) return value;
  const [key, ...others] = Object.keys(value);
  if (others.length === 0 && key !== undefined && isIntrinsic(key)) {
    return evaluate(key, value[key], owner, scope);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, resolve(item, owner, scope)]),
  );
}

function isIntrinsic(key: string): boolean {
  return key === 'Ref' || key.startsWith('Fn::');
}

function evaluate(name: string, argument: unknown, owner: string, scope: Scope): unknown {
  const text = (value: unknown): string => asText(resolve(value, owner, scope), owner, name);
  const list = (value: unknown): unknown[] => {
    const items = resolve(value, owner, scope);
    if (!Array.isArray(items)) throw new AssemblyError(owner, `${name} needs a list.`);
    return items;
  };
  switch (name) {
    case 'Ref':
      return scope.ref(text(argument));
    case 'Fn::GetAtt': {
      const [logicalId, ...path] = list(argument).map(text);
      return scope.attribute(logicalId ?? '', path.join('.'));
    }
    case 'Fn::Join': {
      const [separator, parts] = list(argument);
      return list(parts).map(text).join(text(separator));
    }
    case 'Fn::Sub':
      return substitute(text(argument), owner, scope);
    default:
      throw new AssemblyError(owner, `the intrinsic ${name} is not emulated.`);
  }
}

function substitute(template: string, owner: string, scope: Scope): string {
  return template.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const [logicalId = '', ...path] = name.split('.');
    const value =
      path.length > 0 ? scope.attribute(logicalId, path.join('.')) : scope.ref(logicalId);
    return asText(value, owner, 'Fn::Sub');
  });
}

function asText(value: unknown, owner: string, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new AssemblyError(owner, `${where} needs text where it has ${JSON.stringify(value)}.`);
}
