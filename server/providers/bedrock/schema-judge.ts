import { type Schema, Validator } from '@cfworker/json-schema';
import type { JsonObject } from './json.ts';

/** What the validator cannot judge counts as right: this is about a warning. */
export function follows(schema: JsonObject, value: unknown): boolean {
  try {
    return new Validator(judgeable(schema), '2020-12', true).validate(value).valid;
  } catch {
    return true;
  }
}

/** A recursion that is left in a schema can take time that doubles with each level of the answer. */
const unjudged: ReadonlySet<string> = new Set([
  'patternProperties',
  '$ref',
  '$recursiveRef',
  '$dynamicRef',
  'dependencies',
]);

/** The schema without what could take long to judge: a caller's regular expressions, and each item against each other. */
function judgeable(schema: JsonObject): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    const isRegex = (key === 'pattern' || key === 'format') && typeof value === 'string';
    return isRegex || unjudged.has(key) || (key === 'uniqueItems' && value === true) ? undefined : value;
  });
}
