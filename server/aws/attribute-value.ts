import { isRecord } from './json.ts';

/** A value in plain JavaScript: numbers are integers that are safe in a double; `null` is NULL. */
type Value = string | number | boolean | null | Uint8Array | readonly Value[] | { readonly [name: string]: Value };

/** DynamoDB's own form: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html */
type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly B: string }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Readonly<Record<string, Value>> };

/** @throws TypeError for a number that is no safe integer: DynamoDB would keep what a double cannot read back. */
function encodeAttribute(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no safe integer and cannot be stored`);
    return { N: String(value) };
  }
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: toBase64(value) };
  if (isList(value)) return { L: value.map(encodeAttribute) };
  return { M: encodeAttributes(value) };
}

export function encodeAttributes(item: Readonly<Record<string, Value>>): Record<string, Value> {
  // Over a copy, whose shape is there already; and so that `__proto__` stays a name like any other.
  const encoded: Record<string, Value> = { ...item };
  for (const [name, value] of Object.entries(item)) encoded[name] = encodeAttribute(value);
  return encoded;
}

/** @throws TypeError for a set, a number that is no safe integer, or what is no attribute value. */
export function decodeAttributes(attributes: unknown): Record<string, Value> {
  if (!isRecord(attributes)) throw new TypeError('not a map of attributes');
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, decodeAttribute(value)]));
}

function decodeAttribute(attribute: unknown): Value {
  if (isRecord(attribute)) {
    if (typeof attribute['S'] === 'string') return attribute['S'];
    if (typeof attribute['N'] === 'string') return decodeNumber(attribute['N']);
    if (typeof attribute['BOOL'] === 'boolean') return attribute['BOOL'];
    if (attribute['NULL'] === true) return null;
    if (typeof attribute['B'] === 'string') return new Uint8Array(Buffer.from(attribute['B'], 'base64'));
    if (Array.isArray(attribute['L'])) return attribute['L'].map(decodeAttribute);
    if (isRecord(attribute['M'])) return decodeAttributes(attribute['M']);
    throw new TypeError(`an attribute of type ${Object.keys(attribute).join(', ')} is not one of ours`);
  }
  throw new TypeError('not an attribute value');
}

function decodeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TypeError(`the number ${text} is no safe integer`);
  return value;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Array.isArray narrows a readonly array to any[]; this does not. */
function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
