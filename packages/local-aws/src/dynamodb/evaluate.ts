import type { Assigned, Comparator, Condition, Operand, Path, Update } from './expressions.ts';
import { addNumbers, compare, contains, equals, invalid, sizeOf, unsupported } from './values.ts';
import type { AttributeValue, Item } from './values.ts';

/** What a path leads to, or undefined. */
function valueAt(item: Readonly<Item>, path: Path): AttributeValue | undefined {
  return path.reduce<AttributeValue | undefined>(childOf, { M: item });
}

function childOf(
  value: AttributeValue | undefined,
  key: string | number,
): AttributeValue | undefined {
  if (typeof key === 'number') return value?.L?.[key];
  return value?.M && Object.hasOwn(value.M, key) ? value.M[key] : undefined;
}

/**
 * Whether a condition holds for an item; an item that does not exist is an empty one. A comparison
 * with a missing attribute is false, except that it differs (`<>`) from everything (seen in the
 * field: `pk <> :pk` is a common way to demand that an item does not exist).
 */
export function holds(condition: Condition, item: Readonly<Item>): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.condition, item);
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.isWanted;
    case 'compare':
      return relates(
        resolve(condition.left, item),
        condition.comparator,
        resolve(condition.right, item),
      );
    case 'between': {
      const value = resolve(condition.operand, item);
      return (
        relates(value, '>=', resolve(condition.low, item)) &&
        relates(value, '<=', resolve(condition.high, item))
      );
    }
    case 'in': {
      const value = resolve(condition.operand, item);
      return condition.options.some((option) => relates(value, '=', resolve(option, item)));
    }
    case 'begins_with': {
      const [value, prefix] = [valueAt(item, condition.path), resolve(condition.argument, item)];
      return value !== undefined && prefix !== undefined && beginsWith(value, prefix);
    }
    case 'contains': {
      const [value, wanted] = [valueAt(item, condition.path), resolve(condition.argument, item)];
      return value !== undefined && wanted !== undefined && contains(value, wanted);
    }
  }
}

function resolve(operand: Operand, item: Readonly<Item>): AttributeValue | undefined {
  if (operand.kind === 'value') return operand.value;
  const value = valueAt(item, operand.path);
  if (operand.kind === 'path' || value === undefined) return value;
  const size = sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function relates(
  left: AttributeValue | undefined,
  comparator: Comparator,
  right: AttributeValue | undefined,
): boolean {
  if (!left || !right) return comparator === '<>';
  if (comparator === '=') return equals(left, right);
  if (comparator === '<>') return !equals(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if (value.S !== undefined) return prefix.S !== undefined && value.S.startsWith(prefix.S);
  if (value.B === undefined || prefix.B === undefined) return false;
  return Buffer.from(value.B).subarray(0, prefix.B.byteLength).equals(prefix.B);
}

/** The updated copy; every right-hand side sees the item as it was before. */
export function applyUpdate({ sets, removes, adds }: Update, item: Readonly<Item>): Item {
  const assigned = sets.map(({ path, value }) => ({ path, value: evaluate(value, item) }));
  const counted = adds.map(({ path, amount }) => {
    if (path.length > 1) throw unsupported('ADD to a nested attribute');
    const value = valueAt(item, path) ?? { N: '0' };
    return { path, value: { N: addNumbers(numberIn(value), amount) } };
  });
  const updated = structuredClone(item) as Item;
  for (const { path, value } of [...assigned, ...counted]) put(updated, path, value);
  // From the end of each list, because a removal moves what stands behind it.
  for (const path of [...removes].sort(byIndexDescending)) remove(updated, path);
  return updated;
}

function evaluate(assigned: Assigned, item: Readonly<Item>): AttributeValue {
  switch (assigned.kind) {
    case 'value':
      return structuredClone(assigned.value);
    case 'path': {
      const value = valueAt(item, assigned.path);
      if (value) return structuredClone(value);
      throw invalid(
        'The provided expression refers to an attribute that does not exist in the item',
      );
    }
    case 'if_not_exists':
      return structuredClone(valueAt(item, assigned.path)) ?? evaluate(assigned.fallback, item);
    case 'list_append': {
      const [left, right] = [evaluate(assigned.left, item).L, evaluate(assigned.right, item).L];
      if (left && right) return { L: [...left, ...right] };
      throw wrongType();
    }
    case 'sum': {
      const left = numberIn(evaluate(assigned.left, item));
      return { N: addNumbers(left, numberIn(evaluate(assigned.right, item)), assigned.sign) };
    }
  }
}

function numberIn(value: AttributeValue): string {
  if (value.N !== undefined) return value.N;
  throw wrongType();
}

function wrongType(): Error {
  return invalid('An operand in the update expression has an incorrect data type');
}

/** A list index past the end appends (Developer Guide, "Adding elements to a list"). */
function put(item: Item, path: Path, value: AttributeValue): void {
  const { parent, key } = parentOf(item, path);
  if (typeof key === 'string' && parent?.M) parent.M[key] = value;
  else if (typeof key === 'number' && parent?.L) parent.L[Math.min(key, parent.L.length)] = value;
  else throw invalidPath();
}

function remove(item: Item, path: Path): void {
  const { parent, key } = parentOf(item, path);
  if (typeof key === 'string' && parent?.M) Reflect.deleteProperty(parent.M, key);
  else if (typeof key === 'number' && parent?.L) parent.L.splice(key, 1);
  else throw invalidPath();
}

function parentOf(item: Item, path: Path) {
  return { parent: valueAt(item, path.slice(0, -1)), key: path.at(-1) };
}

function invalidPath(): Error {
  return invalid('The document path provided in the update expression is invalid for update');
}

function byIndexDescending(a: Path, b: Path): number {
  return indexOf(b.at(-1)) - indexOf(a.at(-1));
}

/** Names have no order among themselves. */
function indexOf(key: string | number | undefined): number {
  return typeof key === 'number' ? key : -1;
}

/** Only what the paths lead to, in the item's own structure; lists close their gaps. */
export function project(item: Readonly<Item>, paths: readonly Path[]): Item {
  return pick({ M: item }, paths)?.M ?? {};
}

function pick(value: AttributeValue, paths: readonly Path[]): AttributeValue | undefined {
  if (paths.some((path) => path.length === 0)) return structuredClone(value);
  const keys = [...new Set(paths.map(([key = '']) => key))].sort((a, b) => indexOf(a) - indexOf(b));
  const picked = keys.flatMap((key) => {
    const child = childOf(value, key);
    const rest = paths.filter(([first]) => first === key).map((path) => path.slice(1));
    const kept = child && pick(child, rest);
    return kept ? [[String(key), kept] as const] : [];
  });
  if (picked.length === 0) return undefined;
  return value.L ? { L: picked.map(([, kept]) => kept) } : { M: Object.fromEntries(picked) };
}
