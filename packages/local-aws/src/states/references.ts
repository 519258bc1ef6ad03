import { parseExpression } from './expression.ts';

/** What an expression reads from outside itself. */
export interface References {
  /** Reads of the context item at the top level: `$`, `$$`, `%`, `*`, `**`, and bare field names. */
  readonly context: ReadonlySet<string>;
  /** Variables and functions that the expression does not bind itself, without the `$`. */
  readonly names: ReadonlySet<string>;
  /** Members of `$states` that it reads: `input`, `result`, `errorOutput`, `context`. */
  readonly states: ReadonlySet<string>;
}

/** The nodes of jsonata 2.0.6 (parser.js, processAST); its own type declaration lacks half of them. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly expressions?: readonly Node[];
  readonly arguments?: readonly Node[];
  readonly procedure?: Node;
  readonly body?: Node;
  readonly expression?: Node;
  readonly condition?: Node;
  readonly then?: Node;
  readonly else?: Node;
  readonly pattern?: Node;
  readonly update?: Node;
  readonly delete?: Node;
  readonly expr?: Node;
  readonly lhs?: Node | readonly (readonly Node[])[];
  readonly rhs?: Node;
  readonly terms?: readonly { readonly expression: Node }[];
  readonly predicate?: readonly Node[];
  readonly stages?: readonly Node[];
  readonly group?: { readonly lhs: readonly (readonly Node[])[] };
  readonly focus?: string;
  readonly index?: string;
}

/** Where a node stands: `top` while the context item is still the (absent) input of the expression. */
interface Scope {
  readonly top: boolean;
  readonly bound: ReadonlySet<string>;
}

/** Finds what `source` reads. Throws jsonata's own error if it does not parse. */
export function referencesIn(source: string): References {
  const found = { context: new Set<string>(), names: new Set<string>(), states: new Set<string>() };
  walk(parseExpression(source).expression.ast() as unknown as Node, {
    top: true,
    bound: new Set(),
  });
  return found;

  function walk(node: Node, scope: Scope): void {
    if (node.type === 'path') {
      walkDecorations(node, { top: scope.top, bound: walkPath(node.steps ?? [], scope) });
    } else {
      walkNode(node, scope);
      walkDecorations(node, scope);
    }
  }

  function walkNode(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'name':
        if (scope.top) found.context.add(String(node.value));
        return;
      case 'wildcard':
      case 'descendant':
      case 'parent':
        if (scope.top) found.context.add(node.type);
        return;
      case 'variable':
        readVariable(String(node.value), scope);
        return;
      case 'block':
        walkBlock(node.expressions ?? [], scope);
        return;
      case 'lambda': {
        const parameters = (node.arguments ?? []).map((parameter) => String(parameter.value));
        const bound = new Set([...scope.bound, ...parameters]);
        if (node.body) walk(node.body, { top: scope.top, bound });
        return;
      }
      default:
        for (const child of children(node)) walk(child, scope);
        // A transform works on the value it is applied to.
        for (const child of [node.pattern, node.update, node.delete]) {
          if (child) walk(child, { top: false, bound: scope.bound });
        }
    }
  }

  /** A name that a block binds is visible from there to its end, and in what it binds (recursion). */
  function walkBlock(expressions: readonly Node[], scope: Scope): void {
    const bound = new Set(scope.bound);
    for (const expression of expressions) {
      if (expression.type === 'bind') bound.add(String((expression.lhs as Node).value));
      const read = expression.type === 'bind' ? expression.rhs : expression;
      if (read) walk(read, { top: scope.top, bound });
    }
  }

  /** The first step is evaluated in the context of the whole path, every further one within the last. */
  function walkPath(steps: readonly Node[], scope: Scope): ReadonlySet<string> {
    const [first, second] = steps;
    if (first?.type === 'variable' && first.value === 'states') {
      if (second?.type === 'name') found.states.add(String(second.value));
    }
    const bound = new Set(scope.bound);
    steps.forEach((step, position) => {
      for (const name of [step.focus, step.index]) if (name !== undefined) bound.add(name);
      walk(step, { top: position === 0 && scope.top, bound });
    });
    return bound;
  }

  function walkDecorations(node: Node, scope: Scope): void {
    const inside = { top: false, bound: scope.bound };
    for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
      if (stage.expr) walk(stage.expr, inside);
    }
    for (const term of node.terms ?? []) walk(term.expression, inside);
    for (const part of node.group?.lhs.flat() ?? []) walk(part, inside);
  }

  function readVariable(name: string, scope: Scope): void {
    if (name === '$' || (name === '' && scope.top)) found.context.add(`$${name}`);
    else if (name !== '' && name !== 'states' && !scope.bound.has(name)) found.names.add(name);
  }
}

function children(node: Node): readonly Node[] {
  const { lhs } = node;
  const left = lhs === undefined ? [] : isPairs(lhs) ? lhs.flat() : [lhs];
  const single = [node.rhs, node.procedure, node.expression, node.condition, node.then, node.else];
  return [
    ...left,
    ...single.filter((child) => child !== undefined),
    ...(node.expressions ?? []),
    ...(node.arguments ?? []),
  ];
}

function isPairs(lhs: Node | readonly (readonly Node[])[]): lhs is readonly (readonly Node[])[] {
  return Array.isArray(lhs);
}
