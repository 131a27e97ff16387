import { addNumbers } from './decimal.ts';
import { invalid } from './fault.ts';
import { findValue, type PathTree } from './path.ts';
import type { SetValue, UpdateAction } from './update-parser.ts';
import { type Attributes, type AttributeValue, makeSet, setOf } from './value.ts';

/**
 * The attributes after an update. Whatever the expression reads, it reads as it was before; what it does not touch is
 * shared with the old item.
 * @param exists false when there was no item: what is removed from it may then be anywhere.
 * @throws AwsFault ValidationException
 */
export function applyUpdate(actions: PathTree<UpdateAction>, old: Attributes, exists: boolean): Attributes {
  return applyToMap(actions, old, { item: old, exists });
}

interface Context {
  readonly item: Attributes;
  readonly exists: boolean;
}

function applyToMap(tree: PathTree<UpdateAction>, map: Attributes, context: Context): Attributes {
  const changed: Record<string, AttributeValue> = Object.assign(Object.create(null), map);
  for (const [name, branch] of tree.branches) {
    const value = applyTo(branch, map[name], context);
    if (value === undefined) delete changed[name];
    else changed[name] = value;
  }
  return changed;
}

/** Indexes mean the list as it was; elements beyond its end are appended in the order of their indexes. */
function applyToList(tree: PathTree<UpdateAction>, list: readonly AttributeValue[], context: Context) {
  const changed: (AttributeValue | undefined)[] = [...list];
  const branches = [...tree.branches].sort(([left], [right]) => Number(left) - Number(right));
  for (const [index, branch] of branches) {
    const value = applyTo(branch, list[Number(index)], context);
    if (Number(index) < list.length) changed[Number(index)] = value;
    else changed.push(value);
  }
  return changed.filter((value) => value !== undefined);
}

function applyTo(
  tree: PathTree<UpdateAction>,
  value: AttributeValue | undefined,
  context: Context,
): AttributeValue | undefined {
  if (tree.leaf !== undefined) return applyAction(tree.leaf, value, context);
  const isList = typeof tree.branches.keys().next().value === 'number';
  if (value !== undefined && isList && 'L' in value) return { L: applyToList(tree, value.L, context) };
  if (value !== undefined && !isList && 'M' in value) return { M: applyToMap(tree, value.M, context) };
  if (!context.exists && onlyRemoves(tree)) return undefined;
  throw invalid('The document path provided in the update expression is invalid for update');
}

/** True when the update takes away and puts nothing: then it makes no item where there is none. */
export function onlyRemoves(tree: PathTree<UpdateAction>): boolean {
  if (tree.leaf !== undefined) return tree.leaf.kind === 'remove' || tree.leaf.kind === 'delete';
  return [...tree.branches.values()].every(onlyRemoves);
}

function applyAction(
  action: UpdateAction,
  value: AttributeValue | undefined,
  context: Context,
): AttributeValue | undefined {
  switch (action.kind) {
    case 'set':
      return evaluate(action.value, context.item);
    case 'remove':
      return undefined;
    case 'add':
      return value === undefined ? action.value : add(value, action.value);
    case 'delete':
      return value === undefined ? undefined : subtract(value, action.value);
  }
}

function evaluate(value: SetValue, item: Attributes): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'path': {
      const found = findValue(item, value.path);
      if (found !== undefined) return found;
      throw invalid('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'if_not_exists':
      return findValue(item, value.path) ?? evaluate(value.otherwise, item);
    case 'list_append': {
      const first = evaluate(value.first, item);
      const second = evaluate(value.second, item);
      if (!('L' in first && 'L' in second)) throw wrongType();
      return { L: [...first.L, ...second.L] };
    }
    case 'sum': {
      const left = evaluate(value.left, item);
      const right = evaluate(value.right, item);
      if (!('N' in left && 'N' in right)) throw wrongType();
      return { N: addNumbers(left.N, right.N, value.sign) };
    }
  }
}

function add(old: AttributeValue, value: AttributeValue): AttributeValue {
  if ('N' in old && 'N' in value) return { N: addNumbers(old.N, value.N) };
  const left = setOf(old);
  const right = setOf(value);
  if (left === undefined || right === undefined || left.type !== right.type) throw wrongType();
  return makeSet(left.type, [...new Set([...left.elements, ...right.elements])]);
}

function subtract(old: AttributeValue, value: AttributeValue): AttributeValue | undefined {
  const left = setOf(old);
  const right = setOf(value);
  if (left === undefined || right === undefined || left.type !== right.type) throw wrongType();
  const gone = new Set(right.elements);
  const kept = left.elements.filter((element) => !gone.has(element));
  return kept.length === 0 ? undefined : makeSet(left.type, kept);
}

function wrongType() {
  return invalid('An operand in the update expression has an incorrect data type');
}
