import { compareNumbers, normalizeNumber, sizeOfNumber } from './decimal.ts';
import { invalid, unreadable } from './fault.ts';

/** A value as it stands on the wire, checked: numbers in their one text, binaries in canonical base64. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly M: Attributes }
  | { readonly L: readonly AttributeValue[] }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] };

/** Without a prototype, so that an attribute may have any name, `__proto__` included. */
export type Attributes = { readonly [name: string]: AttributeValue };

export type SetType = 'SS' | 'NS' | 'BS';

const maximumDepth = 32;
const typeNames = ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'] as const;
export type TypeName = (typeof typeNames)[number];

export function isTypeName(text: string): text is TypeName {
  return typeNames.some((name) => name === text);
}

export function typeOf(value: AttributeValue): TypeName {
  for (const name in value) if (isTypeName(name)) return name;
  throw new Error('a value without a type');
}

/** The elements and the type of a set; undefined for any other value. */
export function setOf(value: AttributeValue): { type: SetType; elements: readonly string[] } | undefined {
  if ('SS' in value) return { type: 'SS', elements: value.SS };
  if ('NS' in value) return { type: 'NS', elements: value.NS };
  if ('BS' in value) return { type: 'BS', elements: value.BS };
  return undefined;
}

export function makeSet(type: SetType, elements: readonly string[]): AttributeValue {
  if (type === 'SS') return { SS: elements };
  return type === 'NS' ? { NS: elements } : { BS: elements };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws AwsFault in DynamoDB's words for everything that is not a map of values. */
export function parseAttributes(raw: unknown, depth = 0): Attributes {
  if (!isRecord(raw)) throw unreadable('Start of structure or map found where not expected');
  const attributes: Record<string, AttributeValue> = Object.create(null);
  for (const name of Object.keys(raw)) attributes[name] = parseValue(raw[name], depth);
  return attributes;
}

export function parseValue(raw: unknown, depth = 0): AttributeValue {
  if (!isRecord(raw)) throw unreadable('Unexpected value type in payload');
  if (depth > maximumDepth) throw invalid('Nesting Levels have exceeded supported limits');
  const types = Object.keys(raw).filter((name) => raw[name] !== null);
  const [type] = types;
  if (type === undefined || !isTypeName(type)) {
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  if (types.length > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  return parseTyped(type, raw[type], depth);
}

function parseTyped(type: TypeName, content: unknown, depth: number): AttributeValue {
  switch (type) {
    case 'S':
      return { S: parseText(content) };
    case 'N':
      return { N: normalizeNumber(parseText(content)) };
    case 'B':
      return { B: parseBase64(content) };
    case 'BOOL':
      if (typeof content !== 'boolean') throw unreadable('Unexpected token received from parser');
      return { BOOL: content };
    case 'NULL':
      if (content !== true) {
        throw invalid(
          'One or more parameter values were invalid: Null attribute value types must have the value of true',
        );
      }
      return { NULL: true };
    case 'M':
      return { M: parseAttributes(content, depth + 1) };
    case 'L':
      return { L: parseList(content).map((element) => parseValue(element, depth + 1)) };
    case 'SS':
      return { SS: parseSet(content, 'string', parseText) };
    case 'NS':
      return { NS: parseSet(content, 'number', (element) => normalizeNumber(parseText(element))) };
    case 'BS':
      return { BS: parseSet(content, 'binary', parseBase64) };
  }
}

function parseText(content: unknown): string {
  if (typeof content === 'string') return content;
  const found = typeof content === 'number' ? 'NUMBER_VALUE' : 'Unexpected token';
  throw unreadable(`${found} cannot be converted to String`);
}

function parseBase64(content: unknown): string {
  const text = parseText(content);
  const canonical = Buffer.from(text, 'base64').toString('base64');
  if (canonical !== text) throw unreadable('Base64 encoded length is expected a multiple of 4 bytes but found: other');
  return canonical;
}

function parseList(content: unknown): readonly unknown[] {
  if (!Array.isArray(content)) throw unreadable('Unexpected field type');
  return content;
}

function parseSet(content: unknown, kind: string, parse: (element: unknown) => string): readonly string[] {
  const elements = parseList(content).map(parse);
  if (elements.length === 0) {
    throw invalid(`One or more parameter values were invalid: An ${kind} set  may not be empty`);
  }
  if (new Set(elements).size < elements.length) {
    throw invalid(
      `One or more parameter values were invalid: Input collection [${elements.join(', ')}] contains duplicates.`,
    );
  }
  return elements;
}

/** Deep; sets and maps in any order. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  if ('S' in left) return 'S' in right && left.S === right.S;
  if ('N' in left) return 'N' in right && left.N === right.N;
  if ('B' in left) return 'B' in right && left.B === right.B;
  if ('BOOL' in left) return 'BOOL' in right && left.BOOL === right.BOOL;
  if ('NULL' in left) return 'NULL' in right;
  if ('L' in left) return 'L' in right && equalLists(left.L, right.L);
  if ('M' in left) return 'M' in right && equalMaps(left.M, right.M);
  const one = setOf(left);
  const other = setOf(right);
  if (one === undefined || other === undefined || one.type !== other.type) return false;
  const elements = new Set(one.elements);
  return elements.size === other.elements.length && other.elements.every((element) => elements.has(element));
}

function equalLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return (
    left.length === right.length &&
    left.every((value, index) => {
      const other = right[index];
      return other !== undefined && equalValues(value, other);
    })
  );
}

function equalMaps(left: Attributes, right: Attributes): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const one = left[name];
    const other = right[name];
    return one !== undefined && other !== undefined && equalValues(one, other);
  });
}

/** Order of two strings, numbers or binaries; undefined for values that have none. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if ('S' in left && 'S' in right) return compareText(left.S, right.S);
  if ('N' in left && 'N' in right) return compareNumbers(left.N, right.N);
  if ('B' in left && 'B' in right) return Buffer.from(left.B, 'base64').compare(Buffer.from(right.B, 'base64'));
  return undefined;
}

/** DynamoDB orders strings by their UTF-8 bytes; UTF-16 differs from that only in where surrogates stand. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = byteRank(left.charCodeAt(index)) - byteRank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Bytes as DynamoDB counts them for item size and capacity.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function sizeOfAttributes(attributes: Attributes): number {
  let size = 0;
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) size += Buffer.byteLength(name) + sizeOfValue(value);
  }
  return size;
}

function sizeOfValue(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return sizeOfNumber(value.N);
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('M' in value) return 3 + Object.keys(value.M).length + sizeOfAttributes(value.M);
  if ('L' in value) return 3 + value.L.reduce((size, element) => size + 1 + sizeOfValue(element), 0);
  const set = setOf(value);
  if (set === undefined) return 0;
  const element = { SS: Buffer.byteLength, NS: sizeOfNumber, BS: (text: string) => Buffer.byteLength(text, 'base64') };
  return set.elements.reduce((size, text) => size + element[set.type](text), 0);
}
