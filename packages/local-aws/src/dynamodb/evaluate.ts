import type { Assigned, Comparator, Condition, Operand, Path, Update } from './expressions.ts';
import { addNumbers, compare, equals, invalid, unsupported } from './values.ts';
import type { AttributeValue, Item } from './values.ts';

/** What a path leads to, or undefined. */
function valueAt(item: Readonly<Item>, path: Path): AttributeValue | undefined {
  return path.reduce<AttributeValue | undefined>(
    (value, key) => (value?.M && Object.hasOwn(value.M, key) ? value.M[key] : undefined),
    { M: item },
  );
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
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.isWanted;
    case 'compare':
      return relates(
        resolve(condition.left, item),
        condition.comparator,
        resolve(condition.right, item),
      );
    case 'begins_with': {
      const [value, prefix] = [valueAt(item, condition.path), resolve(condition.argument, item)];
      return prefix?.S !== undefined && value?.S?.startsWith(prefix.S) === true;
    }
  }
}

function resolve(operand: Operand, item: Readonly<Item>): AttributeValue | undefined {
  return operand.kind === 'value' ? operand.value : valueAt(item, operand.path);
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

/** The updated copy; every right-hand side sees the item as it was before. */
export function applyUpdate({ sets, removes, adds }: Update, item: Readonly<Item>): Readonly<Item> {
  const assigned = sets.map(({ path, value }) => ({ path, value: evaluate(value, item) }));
  const counted = adds.map(({ path, amount }) => {
    if (path.length > 1) throw unsupported('ADD to a nested attribute');
    const value = valueAt(item, path) ?? { N: '0' };
    return { path, value: { N: addNumbers(numberIn(value), amount) } };
  });
  const written = [...assigned, ...counted].reduce<Readonly<Item>>(
    (updated, { path, value }) => withValue(updated, path, value),
    item,
  );
  return removes.reduce<Readonly<Item>>(
    (updated, path) => withValue(updated, path, undefined),
    written,
  );
}

/** A copy that shares what it does not change. */
function withValue(
  item: Readonly<Item>,
  [name = '', ...more]: Path,
  value: AttributeValue | undefined,
): Item {
  const { [name]: before, ...others } = item;
  if (more.length === 0) return value ? { ...item, [name]: value } : others;
  if (before?.M) return { ...item, [name]: { M: withValue(before.M, more, value) } };
  throw invalid('The document path provided in the update expression is invalid for update');
}

function evaluate(assigned: Assigned, item: Readonly<Item>): AttributeValue {
  switch (assigned.kind) {
    case 'value':
      return assigned.value;
    case 'path': {
      const value = valueAt(item, assigned.path);
      if (value) return value;
      throw invalid(
        'The provided expression refers to an attribute that does not exist in the item',
      );
    }
    case 'if_not_exists':
      return valueAt(item, assigned.path) ?? evaluate(assigned.fallback, item);
    case 'sum': {
      const left = numberIn(evaluate(assigned.left, item));
      return { N: addNumbers(left, numberIn(evaluate(assigned.right, item)), assigned.sign) };
    }
  }
}

function numberIn(value: AttributeValue): string {
  if (value.N !== undefined) return value.N;
  throw invalid('An operand in the update expression has an incorrect data type');
}
