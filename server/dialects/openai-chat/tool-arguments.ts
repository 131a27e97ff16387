import { deepestJson } from '../../limits.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { type Reading, wrong } from '../reading.ts';

/** More objects in one text are no calls of a model. */
const mostObjects = 64;
const reportedAs = 'messages.tool_calls.function.arguments';

/**
 * Arguments as models write them, told back in the history: nothing at all means none, and what cannot be kept is
 * reported. A bare value becomes no arguments. Objects written one after the other (`{…}{…}`) were meant as so many
 * calls, so all are given back. What broke off (an answer cut at its cap) was never carried out: it is left out.
 * @throws GatewayError 400 naming `param`: no JSON at all, or deeper than a body may be
 */
export function readArguments(
  text: string | JsonObject | undefined,
  param: string,
  { dropped }: Reading,
): JsonObject[] {
  if (text === undefined) return [{}];
  if (typeof text !== 'string') return [text];
  if (text.trim() === '') return [{}];
  const whole = parse(text);
  if (whole.isJson) {
    const { value } = whole;
    checkDepth(value, param);
    if (isObject(value)) return [value];
    if (value !== null && value !== '') dropped.add(reportedAs);
    return [{}];
  }
  const objects: JsonObject[] = [];
  const split = splitObjects(text);
  for (const piece of split ?? []) {
    const { value } = parse(piece);
    if (!isObject(value)) throw notJson(param);
    checkDepth(value, param);
    objects.push(value);
  }
  if (split === undefined) throw notJson(param);
  dropped.add(reportedAs);
  return objects.length === 0 ? [{}] : objects;
}

function notJson(param: string): Error {
  return wrong(param, 'is not JSON; send the arguments as the model wrote them');
}

function parse(text: string): { readonly isJson: boolean; readonly value: unknown } {
  try {
    return { isJson: true, value: JSON.parse(text) };
  } catch {
    return { isJson: false, value: undefined };
  }
}

/** The whole objects at the start of a text; undefined when something else stands before, between or after them. */
function splitObjects(text: string): string[] | undefined {
  const objects: string[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    if (!rest.startsWith('{')) return undefined;
    const end = endOfObject(rest);
    if (end === undefined) return objects;
    if (objects.length === mostObjects) return undefined;
    objects.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return objects;
}

/** The place after the object a text starts with; undefined when it breaks off. */
function endOfObject(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}

/** The place of the quote that closes a string. */
function endOfString(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** The body's own limit does not see into a text, and writing deep objects overflows the stack. */
function checkDepth(value: unknown, param: string): void {
  if (isDeeperThan(deepestJson, value)) {
    throw wrong(param, `is nested deeper than ${deepestJson} levels; send flatter arguments`);
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}
