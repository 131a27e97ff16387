import type { JsonObject } from './json-object.ts';
import { failureOf } from './openai-chat/test-failures.ts';

/**
 * Names of the members of `kept` without which a request is decoded the same: they are said to be kept, and are not. Tests
 * only.
 * @param sayNoMore members that only say which type an object is, or have one value
 */
export function idleMembers(
  kept: JsonObject,
  decode: (object: JsonObject) => unknown,
  sayNoMore: readonly string[],
): readonly string[] {
  const outcomeOf = (object: JsonObject) => {
    let read: unknown;
    const error = failureOf(() => {
      read = decode(object);
    });
    return error ? error.message : JSON.stringify(read);
  };
  return Object.keys(kept).filter((name) => {
    const { [name]: _, ...rest } = kept;
    return !sayNoMore.includes(name) && outcomeOf(rest) === outcomeOf(kept);
  });
}
