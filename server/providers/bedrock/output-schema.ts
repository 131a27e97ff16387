import { isObject, type JsonObject } from './json.ts';

// What of JSON Schema models write by grammar (`outputConfig.textFormat`, `strict` tools): Anthropic's page on structured
// outputs, the refusals seen on Bedrock, and limits that LiteLLM found (24 optional properties, 16 unions).

const mostOptionalProperties = 24;
const mostUnions = 16;

/** Keywords that no grammar is made from. Schemas with them are not sent as one: dropping them would change the meaning. */
const impossibleKeywords: readonly string[] = [
  '$ref',
  '$recursiveRef',
  '$dynamicRef',
  'dependencies',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'allOf',
  'patternProperties',
  'propertyNames',
  'dependentSchemas',
  'dependentRequired',
  'unevaluatedProperties',
  'unevaluatedItems',
  'additionalItems',
  'prefixItems',
  'contains',
];

/** Bounds that are refused; they are told in the description instead, as Anthropic's own SDKs do. */
const bounds: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'minContains',
  'maxContains',
]);
const formats: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/**
 * A plain schema (without references) as a model can follow it by grammar, every object closed; undefined when it cannot:
 * open objects, unions of a kind or number that no grammar takes, look-around in patterns.
 */
export function toGrammarSchema(schema: JsonObject): JsonObject | undefined {
  const counts = { optional: 0, unions: 0 };
  try {
    const closed = toGrammar(schema, counts);
    return counts.optional > mostOptionalProperties || counts.unions > mostUnions ? undefined : closed;
  } catch (error) {
    if (error instanceof NoGrammarError) return undefined;
    throw error;
  }
}

class NoGrammarError extends Error {}

interface Counts {
  optional: number;
  unions: number;
}

function toGrammar(node: unknown, counts: Counts): JsonObject {
  // `true`, `{}` and the like allow anything, which is an open object too.
  if (!isObject(node) || !saysWhat(node) || hasImpossible(node)) throw new NoGrammarError();
  const { type } = node;
  if (Array.isArray(type)) counts.unions++;
  const told: string[] = typeof node['description'] === 'string' ? [node['description']] : [];
  const members: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(node)) {
    if (bounds.has(keyword) || (keyword === 'format' && !formats.has(value))) {
      told.push(`${keyword}: ${JSON.stringify(value)}`);
    } else if (keyword !== 'additionalProperties' && keyword !== 'description') {
      members.push([keyword, toMember(keyword, value, counts)]);
    }
  }
  if (type === 'object' || (Array.isArray(type) && type.includes('object')) || 'properties' in node) {
    checkClosed(node);
    counts.optional += optionalOf(node);
    members.push(['additionalProperties', false]);
  }
  const description = told.filter((text) => text !== '').join(' ');
  return { ...Object.fromEntries(members), ...(description !== '' && { description }) };
}

function toMember(keyword: string, value: unknown, counts: Counts): unknown {
  if (keyword === 'properties') return closeProperties(value, counts);
  if (keyword === 'items') return toGrammar(value, counts);
  return keyword === 'anyOf' ? choices(value, counts) : value;
}

function hasImpossible(node: JsonObject): boolean {
  const { pattern } = node;
  // Look-around.
  if (typeof pattern === 'string' && /\(\?<?[=!]/.test(pattern)) return true;
  return impossibleKeywords.some((keyword) => keyword in node);
}

function saysWhat(node: JsonObject): boolean {
  return ['type', 'enum', 'const', 'anyOf', 'properties'].some((keyword) => keyword in node);
}

/** An object that says nothing of other properties is meant as closed when it names some; OpenAI's `strict` has it so. */
function checkClosed({ additionalProperties, properties }: JsonObject): void {
  if (additionalProperties === false) return;
  if (additionalProperties !== undefined || !isObject(properties) || Object.keys(properties).length === 0) {
    throw new NoGrammarError();
  }
}

function optionalOf({ properties, required }: JsonObject): number {
  if (!isObject(properties)) return 0;
  const needed: ReadonlySet<unknown> = new Set(Array.isArray(required) ? required : []);
  return Object.keys(properties).filter((name) => !needed.has(name)).length;
}

function closeProperties(properties: unknown, counts: Counts): JsonObject {
  if (!isObject(properties)) throw new NoGrammarError();
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, toGrammar(value, counts)]));
}

function choices(value: unknown, counts: Counts): JsonObject[] {
  if (!Array.isArray(value) || value.length === 0) throw new NoGrammarError();
  counts.unions++;
  return value.map((each) => toGrammar(each, counts));
}
