import { mostWrittenOutBytes } from '../../limits.ts';
import { isObject, type JsonObject } from './json.ts';

// JSON Schemas of callers, in a form that every model of Bedrock reads: no references, known types, an object at the root.

/** Nodes of one schema after its references were written out; more is a `$ref` bomb. */
const mostNodes = 10_000;
/** Levels of schemas within schemas. */
const deepestSchema = 100;

/** Keywords whose value is a schema, or (`items` of old) a list of them. */
const schemaKeywords: ReadonlySet<string> = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'propertyNames',
  'contains',
  'not',
  'if',
  'then',
  'else',
]);
const listKeywords: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const mapKeywords: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas']);
/** Needed by references only. */
const definitionKeywords: ReadonlySet<string> = new Set(['$defs', 'definitions']);

const types: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** A schema that is too large once its references are written out. */
export class SchemaTooLargeError extends Error {
  override readonly name = 'SchemaTooLargeError';
}

export interface PlainSchema {
  readonly schema: JsonObject;
  /** false: it says less than the caller's, because of a recursion that was cut or a keyword nobody could read. */
  readonly isExact: boolean;
}

/**
 * Writes references out where they stand, keys in their order, and repairs what Bedrock or a model refuses: a type that
 * JSON Schema does not know becomes an object; a reference that leads back into itself, or nowhere, a schema of the same
 * type that allows anything.
 * @throws SchemaTooLargeError for more than 10,000 nodes, 100 levels or 100,000 characters of references
 */
export function toPlainSchema(schema: JsonObject): PlainSchema {
  const plainer = new Plainer(schema);
  const plain = plainer.plain();
  return { schema: plain, isExact: plainer.isExact };
}

/** A plain schema for arguments, which are always an object. @throws SchemaTooLargeError */
export function toArgumentsSchema(schema: JsonObject): PlainSchema {
  const plain = toPlainSchema(schema);
  const { type } = plain.schema;
  if (type === 'object') return plain;
  // `["object","null"]` and no type at all mean an object too.
  const meansObject = type === undefined || (Array.isArray(type) && type.includes('object'));
  return { schema: { ...plain.schema, type: 'object' }, isExact: plain.isExact && meansObject };
}

class Plainer {
  readonly #root: JsonObject;
  /** References that are being written out. */
  readonly #open = new Set<string>();
  /** Characters of what a reference leads to. */
  readonly #sizes = new Map<string, number>();
  #nodes = 0;
  #writtenOut = 0;
  isExact = true;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  plain(): JsonObject {
    return this.#object(this.#root, 0);
  }

  #schema(value: unknown, level: number): unknown {
    if (isObject(value)) return this.#object(value, level);
    if (typeof value === 'boolean') return value;
    this.isExact = false;
    return {};
  }

  #object(node: JsonObject, level: number): JsonObject {
    this.#nodes++;
    if (this.#nodes > mostNodes || level > deepestSchema) throw new SchemaTooLargeError();
    if (node['$ref'] === undefined) return this.#members(node, level);
    const { $ref: reference, ...beside } = node;
    return { ...this.#referred(reference, level), ...this.#members(beside, level) };
  }

  #referred(reference: unknown, level: number): JsonObject {
    const target = typeof reference === 'string' ? targetOf(this.#root, reference) : undefined;
    if (typeof reference !== 'string' || target === undefined) {
      this.isExact = false;
      return {};
    }
    if (this.#open.has(reference) || target === this.#root) {
      this.isExact = false;
      const { type } = target;
      return typeof type === 'string' && types.has(type) ? { type } : {};
    }
    const size = this.#sizes.get(reference) ?? Buffer.byteLength(JSON.stringify(target));
    this.#sizes.set(reference, size);
    this.#writtenOut += size;
    if (this.#writtenOut > mostWrittenOutBytes) throw new SchemaTooLargeError();
    this.#open.add(reference);
    const plain = this.#object(target, level + 1);
    this.#open.delete(reference);
    return plain;
  }

  #members(node: JsonObject, level: number): JsonObject {
    const members: [string, unknown][] = [];
    for (const [keyword, value] of Object.entries(node)) {
      if (definitionKeywords.has(keyword)) continue;
      const kept = this.#member(keyword, value, level + 1);
      if (kept === undefined && value !== undefined) this.isExact = false;
      if (kept !== undefined) members.push([keyword, kept]);
    }
    return Object.fromEntries(members);
  }

  /** undefined for a value that its keyword cannot have. */
  #member(keyword: string, value: unknown, level: number): unknown {
    if (keyword === 'type') return this.#type(value);
    if (mapKeywords.has(keyword)) return this.#map(keyword, value, level);
    if (listKeywords.has(keyword) || (keyword === 'items' && Array.isArray(value))) {
      return Array.isArray(value) ? value.map((each) => this.#schema(each, level)) : undefined;
    }
    if (schemaKeywords.has(keyword)) return this.#schema(value, level);
    // Draft 3, and tools that were written by hand, have `required: true` at each property.
    if (keyword === 'required') return Array.isArray(value) ? value : undefined;
    return value;
  }

  #map(keyword: string, value: unknown, level: number): unknown {
    // What PHP makes of an empty object.
    if (Array.isArray(value) && value.length === 0) return {};
    if (!isObject(value)) {
      this.isExact = false;
      return keyword === 'properties' ? {} : undefined;
    }
    const members = Object.entries(value).map(([name, each]) => [name, this.#schema(each, level)] as const);
    return Object.fromEntries(members);
  }

  #type(value: unknown): unknown {
    if (typeof value === 'string') {
      if (types.has(value)) return value;
      // Google's way of writing it.
      const lower = value.toLowerCase();
      if (types.has(lower)) return lower;
      this.isExact = false;
      return 'object';
    }
    if (!Array.isArray(value)) return undefined;
    const known = value.filter((each) => types.has(each));
    if (known.length < value.length) this.isExact = false;
    return known.length > 0 ? known : 'object';
  }
}

/** What a reference within the schema (`#/$defs/x`, JSON Pointer) leads to; undefined when it leads elsewhere or nowhere. */
function targetOf(root: JsonObject, reference: string): JsonObject | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const piece of reference.slice(2).split('/')) {
    const name = unescapePiece(piece);
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return isObject(at) ? at : undefined;
}

function unescapePiece(piece: string): string {
  const plain = piece.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
