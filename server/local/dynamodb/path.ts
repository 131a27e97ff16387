import type { Attributes, AttributeValue } from './value.ts';

/** Names and list indexes from the item down; the first is always a name. */
export type Path = readonly (string | number)[];

/** As DynamoDB writes a path in its messages: `[a, b, [0]]`. */
export function formatPath(path: Path): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

export function samePath(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((step, index) => step === right[index]);
}

export function findValue(attributes: Attributes, path: Path): AttributeValue | undefined {
  return path.reduce<AttributeValue | undefined>(
    (value, step) => {
      if (value === undefined) return undefined;
      if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
      return 'M' in value ? value.M[step] : undefined;
    },
    { M: attributes },
  );
}

/** Paths that share their beginnings, as a tree: what is to be done to each value, or to which values below it. */
export interface PathTree<T> {
  readonly leaf?: T;
  readonly branches: ReadonlyMap<string | number, PathTree<T>>;
}

interface GrowingTree<T> {
  leaf?: T;
  readonly branches: Map<string | number, GrowingTree<T>>;
}

/**
 * @param refuse makes the error for two paths of which one contains the other (`overlap`), or which take one value for
 * both a map and a list (`conflict`).
 */
export function growTree<T>(
  entries: readonly { readonly path: Path; readonly leaf: T }[],
  refuse: (kind: 'overlap' | 'conflict', one: Path, other: Path) => Error,
): PathTree<T> {
  const root: GrowingTree<T> = { branches: new Map() };
  entries.forEach(({ path, leaf }, index) => {
    let node: GrowingTree<T> = root;
    path.forEach((step, depth) => {
      for (const sibling of node.branches.keys()) {
        if (typeof sibling === typeof step) continue;
        throw refuse('conflict', earlierPath(entries, index, [...path.slice(0, depth), sibling]), path);
      }
      const next: GrowingTree<T> = node.branches.get(step) ?? { branches: new Map() };
      node.branches.set(step, next);
      node = next;
      const isLast = depth === path.length - 1;
      if (next.leaf !== undefined || (isLast && next.branches.size > 0)) {
        throw refuse('overlap', earlierPath(entries, index, path.slice(0, depth + 1)), path);
      }
    });
    node.leaf = leaf;
  });
  return root;
}

function earlierPath(entries: readonly { readonly path: Path }[], before: number, start: Path): Path {
  const found = entries.slice(0, before).find(({ path }) => start.every((step, index) => path[index] === step));
  return found?.path ?? start;
}

/** The part of an item that lies on the paths; lists come out without gaps. */
export function project(attributes: Attributes, tree: PathTree<true>): Attributes {
  const kept: Record<string, AttributeValue> = Object.create(null);
  for (const [name, branch] of tree.branches) {
    const value = attributes[name];
    const part = value === undefined ? undefined : projectValue(value, branch);
    if (part !== undefined) kept[name] = part;
  }
  return kept;
}

function projectValue(value: AttributeValue, tree: PathTree<true>): AttributeValue | undefined {
  if (tree.leaf) return value;
  if ('M' in value) {
    const map = project(value.M, tree);
    return Object.keys(map).length > 0 ? { M: map } : undefined;
  }
  if (!('L' in value)) return undefined;
  const list = [...tree.branches]
    .sort(([left], [right]) => Number(left) - Number(right))
    .flatMap(([index, branch]) => {
      const element = typeof index === 'number' ? value.L[index] : undefined;
      return (element === undefined ? undefined : projectValue(element, branch)) ?? [];
    });
  return list.length > 0 ? { L: list } : undefined;
}
