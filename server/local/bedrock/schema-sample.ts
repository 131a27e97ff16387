import { isJsonObject } from './json.ts';

const maxDepth = 20;

/** The smallest value a JSON Schema asks for: required members, first choices, fixed words. Always the same. */
export function createSample(schema: unknown, depth = 0): unknown {
  if (!isJsonObject(schema) || depth > maxDepth) return {};
  if ('const' in schema) return schema['const'];
  if ('default' in schema) return schema['default'];
  const choices = schema['enum'] ?? schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return schema['enum'] ? choices[0] : createSample(choices[0], depth + 1);
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'string':
      return 'simulated';
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return Number(schema['minItems'] ?? 0) > 0 ? [createSample(schema['items'], depth + 1)] : [];
    default:
      return sampleObject(schema, depth);
  }
}

function sampleObject(schema: Readonly<Record<string, unknown>>, depth: number): unknown {
  const { properties, required } = schema;
  if (!isJsonObject(properties) || !Array.isArray(required)) return {};
  return Object.fromEntries(required.map((name) => [name, createSample(properties[String(name)], depth + 1)]));
}
