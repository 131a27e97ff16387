import { invalid, unreadable } from './fault.ts';
import { isRecord } from './value.ts';

/** The JSON body of a call. */
export type Input = Readonly<Record<string, unknown>>;

function jsonTypeOf(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'number') return 'NUMBER_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT';
}

function wrongType(value: unknown, wanted: string) {
  return unreadable(`${jsonTypeOf(value)} cannot be converted to ${wanted}`);
}

function memberName(name: string): string {
  return `${name[0]?.toLowerCase()}${name.slice(1)}`;
}

export function violation(name: string, value: unknown, constraint: string) {
  const shown = value === undefined ? 'null' : `'${String(value)}'`;
  return invalid(
    `1 validation error detected: Value ${shown} at '${memberName(name)}' failed to satisfy constraint: ${constraint}`,
  );
}

export function optionalString(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(value, 'String');
  return value;
}

export function requiredString(input: Input, name: string): string {
  const value = optionalString(input, name);
  if (value === undefined) throw violation(name, undefined, 'Member must not be null');
  return value;
}

export function optionalBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(value, 'Boolean');
  return value;
}

/** At least 1. */
export function optionalCount(input: Input, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(value, 'Integer');
  if (value < 1) throw violation(name, value, 'Member must have value greater than or equal to 1');
  return value;
}

export function optionalRecord(input: Input, name: string): Input | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw unreadable('Start of structure or map found where not expected');
  return value;
}

export function requiredRecord(input: Input, name: string): Input {
  const value = optionalRecord(input, name);
  if (value === undefined) throw violation(name, undefined, 'Member must not be null');
  return value;
}

export function requiredList(input: Input, name: string): readonly unknown[] {
  const value = input[name];
  if (value === undefined || value === null) throw violation(name, undefined, 'Member must not be null');
  if (!Array.isArray(value)) throw wrongType(value, 'List');
  return value;
}

/** One of the words; the first when it is not given. */
export function oneOf<T extends string>(input: Input, name: string, words: readonly [T, ...T[]]): T {
  const value = optionalString(input, name);
  if (value === undefined) return words[0];
  const found = words.find((word) => word === value);
  if (found === undefined) throw violation(name, value, `Member must satisfy enum value set: [${words.join(', ')}]`);
  return found;
}

/** Members that change what a call does and that this emulator does not know are refused, never passed over. */
export function refuseMembers(input: Input, names: readonly string[]): void {
  const found = names.find((name) => input[name] !== undefined && input[name] !== null);
  if (found !== undefined) throw invalid(`The local emulator does not support ${found}`);
}
