import { isRecord } from '../../server/aws/json.ts';

export { isRecord };

/** What lies at these member names and list indexes, or undefined. */
export function at(value: unknown, ...names: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of names) {
    if (Array.isArray(found) && typeof name === 'number') found = found[name];
    else if (isRecord(found)) found = found[name];
    else return undefined;
  }
  return found;
}

/** A list as it is, nothing as an empty one, anything else as the only member: IAM writes its lists so. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The members of an object; none when it is no object. */
export function entriesOf(value: unknown): readonly (readonly [name: string, value: unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

/** The same JSON, whatever the order of members. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isRecord(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
