import { invalid, unreadable } from './fault.ts';
import { type AttributeValue, isRecord, parseValue } from './value.ts';

/** The ExpressionAttributeNames and ExpressionAttributeValues of one call, and which of them were used. */
export class Placeholders {
  readonly #names: ReadonlyMap<string, string> | undefined;
  readonly #values: ReadonlyMap<string, AttributeValue> | undefined;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();

  /** @throws AwsFault ValidationException for an empty map, or a key that is not `#…` or `:…`. */
  constructor(names: unknown, values: unknown) {
    this.#names = parseMap('ExpressionAttributeNames', '#', names, parseName);
    this.#values = parseMap('ExpressionAttributeValues', ':', values, (value) => parseValue(value));
  }

  /** @param label of the expression, as in its message */
  name(key: string, label: string): string {
    const name = this.#names?.get(key);
    if (name === undefined) {
      const what = 'An expression attribute name used in the document path is not defined';
      throw invalid(`Invalid ${label}: ${what}; attribute name: ${key}`);
    }
    this.#usedNames.add(key);
    return name;
  }

  value(key: string, label: string): AttributeValue {
    const value = this.#values?.get(key);
    if (value === undefined) {
      const what = 'An expression attribute value used in expression is not defined';
      throw invalid(`Invalid ${label}: ${what}; attribute value: ${key}`);
    }
    this.#usedValues.add(key);
    return value;
  }

  /**
   * To be called when every expression of the call has been parsed.
   * @param expressions those the operation knows, with their text as far as given
   * @throws AwsFault ValidationException for a name or value that no expression uses.
   */
  checkUse(expressions: Readonly<Record<string, string | undefined>>): void {
    const labels = Object.keys(expressions);
    const none = labels.every((label) => expressions[label] === undefined);
    if (none && this.#names !== undefined) {
      throw invalid('ExpressionAttributeNames can only be specified when using expressions');
    }
    if (none && this.#values !== undefined) {
      const which = `${labels.join(' and ')} ${labels.length > 1 ? 'are' : 'is'} null`;
      throw invalid(`ExpressionAttributeValues can only be specified when using expressions: ${which}`);
    }
    refuseUnused('ExpressionAttributeNames', this.#names, this.#usedNames);
    refuseUnused('ExpressionAttributeValues', this.#values, this.#usedValues);
  }
}

function parseMap<T>(
  label: string,
  mark: string,
  raw: unknown,
  parse: (value: unknown) => T,
): ReadonlyMap<string, T> | undefined {
  if (raw === undefined || raw === null) return undefined;
  if (!isRecord(raw)) throw unreadable('Start of structure or map found where not expected');
  const keys = Object.keys(raw);
  if (keys.length === 0) throw invalid(`${label} must not be empty`);
  const map = new Map<string, T>();
  for (const key of keys) {
    if (key[0] !== mark || !/^.\w+$/.test(key)) {
      throw invalid(`${label} contains invalid key: Syntax error; key: "${key}"`);
    }
    map.set(key, parse(raw[key]));
  }
  return map;
}

function parseName(name: unknown): string {
  if (typeof name !== 'string') throw unreadable('Unexpected token cannot be converted to String');
  return name;
}

function refuseUnused(label: string, defined: ReadonlyMap<string, unknown> | undefined, used: ReadonlySet<string>) {
  if (defined === undefined || used.size === defined.size) return;
  const unused = [...defined.keys()].filter((key) => !used.has(key));
  throw invalid(`Value provided in ${label} unused in expressions: keys: {${unused.join(', ')}}`);
}
