import { z } from 'zod';
import { readProperties } from '../stack/assembly.ts';
import type { Assembly, Resource } from '../stack/assembly.ts';
import { ACCOUNT } from '../stack/identity.ts';
import { requirementsOf } from './actions.ts';
import type { Requirement } from './actions.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import { AwsError } from '../service.ts';
import type { Caller, ServiceName } from '../service.ts';

/** May do everything: the person at the command line, and the simulation itself. */
export const OPERATOR = 'operator';

interface Call {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: unknown;
  readonly caller: Caller;
}

const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));

/** Strict: NotAction, NotResource and Principal would mean something else. */
const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: texts,
  Resource: texts,
  Condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
});
type Statement = z.infer<typeof Statement>;

const PolicyDocument = z.looseObject({ Statement: z.array(Statement) });
const Policy = z.looseObject({ PolicyDocument, Roles: z.array(z.string()).default([]) });

/**
 * Checks each call against the policies of the caller's role in the template, as IAM evaluates
 * identity-based policies: an explicit deny wins, an allow is needed (IAM user guide, "Policy
 * evaluation logic"). A role's policies are those of type AWS::IAM::Policy that name it; of conditions
 * StringEquals is known, on the source and kind of an event.
 *
 * The returned function throws an AwsError if the call is refused, and an Error if it cannot be
 * judged exactly.
 */
export function createAuthorizer(assembly: Assembly): (call: Call) => void {
  const statements = new Map<string, readonly Statement[]>();

  function statementsFor(principal: Resource): readonly Statement[] {
    const known = statements.get(principal.logicalId);
    if (known) return known;
    const read = readStatements(assembly, roleOf(assembly, principal));
    statements.set(principal.logicalId, read);
    return read;
  }

  return ({ service, operation, input, caller }) => {
    if (caller.principal === OPERATOR) return;
    const principal = principalOf(assembly, caller);
    const policy = statementsFor(principal);
    for (const requirement of requirementsOf(service, operation, input, assembly)) {
      const effect = judge(policy, requirement);
      if (effect !== 'Allow') {
        throw refusal(service, roleOf(assembly, principal), principal, requirement, effect);
      }
    }
  };
}

function principalOf(assembly: Assembly, { principal }: Caller): Resource {
  const types = ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine'];
  const found = assembly.ofType(...types).find(({ logicalId }) => logicalId === principal);
  if (!found) {
    const message = `The security token included in the request is invalid: ${principal}.`;
    throw new AwsError('UnrecognizedClientException', message, { httpStatus: 403 });
  }
  return found;
}

function roleOf(assembly: Assembly, principal: Resource): Resource {
  const arn = principal.properties['Role'] ?? principal.properties['RoleArn'];
  const role = typeof arn === 'string' ? assembly.find(arn, 'AWS::IAM::Role') : undefined;
  if (!role) throw new AssemblyError(principal.logicalId, 'has no role in the template.');
  return role;
}

/** CDK writes policies of their own; a role that has others is refused. */
function readStatements(assembly: Assembly, role: Resource): readonly Statement[] {
  for (const elsewhere of ['Policies', 'ManagedPolicyArns', 'PermissionsBoundary']) {
    if (role.properties[elsewhere] === undefined) continue;
    throw new AssemblyError(role.logicalId, `${elsewhere} of a role is not emulated.`);
  }
  return assembly
    .ofType('AWS::IAM::Policy')
    .map((resource) => readProperties(Policy, resource))
    .filter((policy) => policy.Roles.includes(role.name))
    .flatMap((policy) => policy.PolicyDocument.Statement);
}

type PolicyEffect = 'Allow' | 'Deny' | 'nothing';

function judge(statements: readonly Statement[], requirement: Requirement): PolicyEffect {
  const { action, anyOf, context } = requirement;
  const effects = anyOf.map((resource): PolicyEffect => {
    const matching = statements.filter(
      (statement) =>
        statement.Action.some((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase())) &&
        statement.Resource.some((pattern) => isLike(pattern, resource)) &&
        holds(statement, context),
    );
    if (matching.some(({ Effect }) => Effect === 'Deny')) return 'Deny';
    return matching.length > 0 ? 'Allow' : 'nothing';
  });
  if (effects.includes('Allow')) return 'Allow';
  return effects.includes('Deny') ? 'Deny' : 'nothing';
}

const KNOWN_KEYS = ['events:source', 'events:detail-type'];

/** A condition on a key that the call does not have is not met. */
function holds({ Condition = {} }: Statement, context: Requirement['context']): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      if (operator !== 'StringEquals' || !KNOWN_KEYS.includes(key)) {
        throw new Error(`The IAM condition ${operator} on ${key} is not modelled.`);
      }
      const actual = context[key];
      return actual !== undefined && values.includes(actual);
    }),
  );
}

function isLike(pattern: string, value: string): boolean {
  if (pattern.includes('${'))
    throw new Error(`The IAM policy variable in ${pattern} is not modelled.`);
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

/** The code differs by service; the message is the one of all. Source: IAM user guide, troubleshooting. */
function refusal(
  service: ServiceName,
  role: Resource,
  principal: Resource,
  { action, anyOf }: Requirement,
  effect: PolicyEffect,
): AwsError {
  const who = `arn:aws:sts::${ACCOUNT}:assumed-role/${role.name}/${principal.name}`;
  const why =
    effect === 'Deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  const message = `User: ${who} is not authorized to perform: ${action} on resource: ${anyOf[0] ?? '*'} ${why}`;
  if (service === 'EC2') return new AwsError('UnauthorizedOperation', message, { httpStatus: 403 });
  if (service === 'SNS') return new AwsError('AuthorizationError', message, { httpStatus: 403 });
  return new AwsError('AccessDeniedException', message);
}
