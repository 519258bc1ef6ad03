import { describe, expect, it } from '@jest/globals';
import { ofType, shortNames, type Template } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

const template = templateOf();

/** What each resource needs before it: everything that it refers to, or depends on by name. */
function needs({ Resources }: Template): Map<string, Set<string>> {
  const found = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(found);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      if (key === 'Ref') return [String(inner)];
      if (key === 'Fn::GetAtt') return [String((inner as unknown[])[0])];
      if (key === 'Fn::Sub') {
        const [text] = [inner as unknown].flat();
        return [...String(text).matchAll(/\$\{(\w+)/g)].map(([, name]) => String(name));
      }
      return found(inner);
    });
  };
  return new Map(
    Object.entries(Resources).map(([id, { Properties, DependsOn = [] }]) => [
      id,
      new Set([...found(Properties), ...[DependsOn].flat()].filter((name) => name in Resources)),
    ]),
  );
}

describe('the order of creation', () => {
  const before = needs(template);
  const created: string[] = [];
  for (let left = [...before.keys()]; ;) {
    const ready = left.filter((id) =>
      [...(before.get(id) ?? [])].every((one) => created.includes(one)),
    );
    if (ready.length === 0) break;
    created.push(...ready);
    left = left.filter((id) => !ready.includes(id));
  }
  const needed = (id: string): Set<string> => {
    const direct = [...(before.get(id) ?? [])];
    return new Set([...direct, ...direct.flatMap((one) => [...needed(one)])]);
  };
  const functions = [...ofType(template, 'AWS::Lambda::Function').keys()];
  const idOf = (name: string): string =>
    [...before.keys()].find((id) => shortNames(`<${id}>`) === `<${name}>`) ?? `no ${name}`;

  it('exists: no resource needs itself in the end', () => {
    expect(created.length).toBe(before.size);
  });

  const observing = ['Observe', 'Act', 'RequestApproval', 'React'].map(idOf);

  it.each(functions)(
    'brings the ledger and the documents before %s, as far as it has their names',
    (id) => {
      const earlier = needed(id);
      expect(earlier).toContain(idOf('LedgerTable'));
      for (const purpose of ['Inspect', 'Maintenance']) {
        expect(earlier.has(idOf(`Documents${purpose}Document`))).toBe(observing.includes(id));
      }
    },
  );

  it.each(functions)('gives %s what its role may do before it can be called', (id) => {
    const name = shortNames(`<${id}>`).slice(1, -1);
    expect(needed(id)).toContain(idOf(`${name}RoleDefaultPolicy`));
  });

  it('lets events come only when react and the workflow are there', () => {
    for (const id of ofType(template, 'AWS::Events::Rule').keys()) {
      expect(needed(id)).toContain(idOf('React'));
      expect(needed(id)).toContain(idOf('WorkflowStateMachine'));
    }
  });
});
