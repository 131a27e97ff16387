import { memberOf } from './json.ts';

/**
 * The members of a model's own answer that `additionalModelResponseFieldPaths` asks for, at the places they have there.
 * @param paths JSON Pointers, such as `/usage/output_tokens_details`; those that name nothing are left out
 * @returns `undefined` when none of them names anything
 */
export function selectResponseFields(own: unknown, paths: readonly string[]): unknown {
  return select(
    own,
    paths.map((path) => path.split('/').slice(1)),
  );
}

function select(value: unknown, pointers: readonly (readonly string[])[]): unknown {
  if (pointers.some(({ length }) => length === 0)) return value;
  const names = new Set(pointers.flatMap(([name]) => name ?? []));
  const selected = [...names].flatMap((name): readonly (readonly [string, unknown])[] => {
    const member = memberOf(value, name);
    if (member === undefined) return [];
    const below = pointers.filter(([first]) => first === name).map(([, ...rest]) => rest);
    const inside = select(member, below);
    return inside === undefined ? [] : [[name, inside]];
  });
  return selected.length === 0 ? undefined : Object.fromEntries(selected);
}
