import * as z from 'zod/mini';
import { GatewayError, invalidRequest } from './errors.ts';
import { type HttpRequest, header } from './http.ts';
import { bodyLimitBytes, deepestJson } from './limits.ts';
import { readableErrors } from './readable-errors.ts';

/** 400 naming the first field at fault, its fault, and how many more there are. */
function toInvalidRequest(error: z.core.$ZodError): GatewayError {
  const [first] = error.issues;
  if (!first) return invalidRequest('The request is not valid.');
  const unknown = first.code === 'unrecognized_keys' ? first.keys[0] : undefined;
  const path = unknown === undefined ? first.path : [...first.path, unknown];
  const param = pathOf(path);
  const fault = unknown === undefined ? first.message : 'is not a field of this request; leave it out';
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return invalidRequest(`${param || 'The request'}: ${fault}${more}.`, param || undefined);
}

/** `['messages', 2, 'content']` → `messages[2].content`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text ? '.' : ''}${String(part)}`),
    '',
  );
}

/** Parses by a schema; null means that the route takes none. @throws GatewayError 400 naming the field. */
export function parseInput<T extends z.core.$ZodType | null>(
  schema: T,
  input: unknown,
): T extends z.core.$ZodType ? z.core.output<T> : null;
export function parseInput(schema: z.core.$ZodType | null, input: unknown): unknown {
  return schema === null ? null : parseBy(schema, input);
}

/** Parses by a schema. @throws GatewayError 400 naming the field. */
export function parseBy<T extends z.core.$ZodType>(schema: T, input: unknown): z.core.output<T> {
  const parsed = z.safeParse(schema, input, readableErrors);
  if (!parsed.success) throw toInvalidRequest(parsed.error);
  const lost = lostWithin(input, parsed.data);
  if (lost !== undefined) {
    const param = pathOf(lost);
    throw invalidRequest(`${param}: no member here may have this name; choose another, or leave it out.`, param);
  }
  return parsed.data;
}

/**
 * zod leaves a member called `__proto__` out of each object it makes anew; what it hands on as it came keeps it. The path
 * of the first that was lost, below `sent` itself: there it is an unknown field like any other.
 */
function lostWithin(sent: unknown, kept: unknown): readonly PropertyKey[] | undefined {
  if (Array.isArray(sent) && Array.isArray(kept)) {
    for (const [index, each] of kept.entries()) {
      const path = lostAt(sent[index], each);
      if (path) return [index, ...path];
    }
  } else if (isObject(sent) && isObject(kept)) {
    for (const name in kept) {
      const path = lostAt(sent[name], kept[name]);
      if (path) return [name, ...path];
    }
  }
  return undefined;
}

function lostAt(sent: unknown, kept: unknown): readonly PropertyKey[] | undefined {
  if (sent === kept) return undefined;
  const isLost = isObject(sent) && Object.hasOwn(sent, unkeepable);
  return isLost ? [unkeepable] : lostWithin(sent, kept);
}

const unkeepable = '__proto__';

/**
 * A query string as an object; a name given twice is refused rather than one of the two chosen, save in the form that
 * OpenAI's SDKs give a list: `include[]=a&include[]=b`.
 */
export function parseQuery<T extends z.core.$ZodType | null>(
  schema: T,
  query: URLSearchParams,
): T extends z.core.$ZodType ? z.core.output<T> : null {
  const values: Record<string, string | string[]> = {};
  if (schema !== null) {
    for (const [given, value] of query) {
      const name = given.replace(/\[\d*\]$/, '');
      const list = Object.hasOwn(values, name) ? values[name] : [];
      if (name !== given && Array.isArray(list)) {
        values[name] = [...list, value];
        continue;
      }
      if (Object.hasOwn(values, name)) throw invalidRequest(`${name}: is given twice; give it once.`, name);
      values[name] = value;
    }
  }
  return parseInput(schema, values);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function invalidJson(message: string): GatewayError {
  return invalidRequest(`${message} Send one JSON object.`, undefined, 'invalid_json');
}

/** Nesting is counted on the bytes, before the parser or anything recursive sees it. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === 0x5c) index++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepestJson) throw invalidJson(`The body is nested deeper than ${deepestJson} levels.`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

/**
 * The body as one JSON object.
 * @throws GatewayError 413, 415 `unsupported_media_type`, 400 `invalid_json`
 */
export async function parseJsonBody(request: HttpRequest): Promise<Record<string, unknown>> {
  const parsed = await parseJson(request);
  if (!isObject(parsed)) throw invalidJson('The body is not a JSON object.');
  return parsed;
}

/** The body as whatever JSON it is. @throws like parseJsonBody */
export async function parseJson(request: HttpRequest): Promise<unknown> {
  const encoding = header(request, 'content-encoding');
  const type = header(request, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if ((type !== undefined && type !== 'application/json') || (encoding !== undefined && encoding !== 'identity')) {
    throw new GatewayError({
      status: 415,
      type: 'invalid_request_error',
      code: 'unsupported_media_type',
      message: 'The body must be plain JSON: send "content-type: application/json" and no content-encoding.',
    });
  }
  const bytes = await request.readBody(bodyLimitBytes);
  checkDepth(bytes);
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw invalidJson(bytes.length === 0 ? 'The body is empty.' : 'The body is not valid JSON in UTF-8.');
  }
}

/** What a route takes that takes nothing. */
export const Nothing = z.strictObject({});

/** For a route without a body; an empty object says nothing and is let through. @throws GatewayError 400, 413, 415 */
export async function refuseBody(request: HttpRequest): Promise<void> {
  const { byteLength } = await request.readBody(bodyLimitBytes);
  if (byteLength > 0) parseInput(Nothing, await parseJsonBody(request));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
