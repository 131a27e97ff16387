import { GatewayError } from '../../errors.ts';
import { bodyLimitBytes } from '../../limits.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { wrong } from '../reading.ts';
import { itemType } from './decode-items.ts';
import { previousNotFound, printable, type StoredResponse, type StoredResponses } from './stored-responses.ts';

/** A request with all that its model is to see. */
export interface WholeInput {
  /** The body; where the request refers to something stored, with the whole conversation as its `input`. */
  readonly body: JsonObject;
  /** How many items of `input` come from the response before. */
  readonly priorItems: number;
  /** UTF-8 bytes of the body and of what was put into it. */
  readonly bytes: number;
  /** All items of the conversation, for the response's own record. */
  readonly items: readonly unknown[];
}

/** A conversation whose items are named one by one is mostly whole in its last response. */
const mostReads = 20;

/**
 * Puts what a request refers to in its place: the conversation up to `previous_response_id`, and the items that an
 * `item_reference`, or a reasoning item without its content, names.
 * @throws GatewayError 400 `previous_response_not_found`, 404 for an item, 413 for a conversation that is too long
 */
export async function wholeInput(body: JsonObject, bodyBytes: number, stored: StoredResponses): Promise<WholeInput> {
  const { previous_response_id: previousId, input } = body;
  const own = ownItems(input);
  const previous = typeof previousId === 'string' ? await findPrevious(previousId, stored) : undefined;
  if (!previous && !own.some(isReference)) return { body, priorItems: 0, bytes: bodyBytes, items: own };
  const prior = previous ? itemsOf(previous) : [];
  const sizes = new Sizes(bodyBytes);
  for (const item of prior) sizes.add(item, 'previous_response_id');
  const found = await resolved(own, prior, stored, sizes);
  const answered = new Set(own.map((item) => (isObject(item) ? item['call_id'] : undefined)));
  const told = prior.filter((item) => saysSomething(item, answered));
  return {
    body: { ...body, input: [...told, ...found] },
    priorItems: told.length,
    bytes: sizes.sum,
    items: [...prior, ...found],
  };
}

function ownItems(input: unknown): readonly unknown[] {
  if (typeof input !== 'string') return Array.isArray(input) ? input : [];
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
}

async function findPrevious(id: string, stored: StoredResponses): Promise<StoredResponse> {
  const found = await stored.find(id);
  if (!found) throw previousNotFound(id);
  return found;
}

function itemsOf({ input, response }: StoredResponse): readonly JsonObject[] {
  return [...input, ...response.output];
}

/**
 * Not thoughts that no model takes back, nor a call that was cut and that nobody answers: they would be left out, and told
 * to a caller who did not send them.
 */
function saysSomething(item: JsonObject, answered: ReadonlySet<unknown>): boolean {
  if (item['type'] === 'reasoning') return typeof item['encrypted_content'] === 'string';
  const isCall = item['type'] === 'function_call' || item['type'] === 'custom_tool_call';
  if (!isCall || item['status'] !== 'incomplete') return true;
  return answered.has(item['call_id']);
}

/** Bytes of the conversation; the same item may stand in it many times. */
class Sizes {
  readonly #known = new Map<JsonObject, number>();
  sum: number;

  constructor(bodyBytes: number) {
    this.sum = bodyBytes;
  }

  /** @throws GatewayError 413 */
  add(item: JsonObject, param: string): void {
    const bytes = this.#known.get(item) ?? Buffer.byteLength(JSON.stringify(item)) + 1;
    this.#known.set(item, bytes);
    this.sum += bytes;
    if (this.sum <= bodyLimitBytes) return;
    throw new GatewayError({
      status: 413,
      type: 'invalid_request_error',
      code: 'request_too_large',
      message: `${param}: the conversation is longer than ${bodyLimitBytes} bytes with this request; begin a new one, with a summary of this one in input.`,
      param,
    });
  }
}

/** A reasoning item without its content is one that was told to a caller who did not ask for that. */
function isReference(item: unknown): item is JsonObject & { readonly id: string } {
  if (!isObject(item) || typeof item['id'] !== 'string') return false;
  const type = itemType(item);
  return type === 'item_reference' || (type === 'reasoning' && item['encrypted_content'] == null);
}

/**
 * The last reference first: its response has most of what the others name. Thoughts are only looked for until those of one
 * response are not there: a caller who keeps nothing here has no more of them.
 */
async function resolved(
  own: readonly unknown[],
  prior: readonly JsonObject[],
  stored: StoredResponses,
  sizes: Sizes,
): Promise<readonly unknown[]> {
  const known = new Map<string, JsonObject>();
  const learn = (items: readonly JsonObject[]) => {
    for (const item of items) if (typeof item['id'] === 'string') known.set(item['id'], item);
  };
  learn(prior);
  const items = [...own];
  let hasThoughts = true;
  for (const [index, item] of [...own.entries()].reverse()) {
    if (!isReference(item)) continue;
    const path = `input[${index}]`;
    const isThought = item['type'] === 'reasoning';
    const mayRead = !isThought || (hasThoughts && stored.reads < mostReads);
    const responseId = known.has(item.id) || !mayRead ? undefined : responseOfItem(item.id);
    if (responseId && stored.reads >= mostReads) {
      throw wrong(path, `refers to an item of more than ${mostReads} responses; send the items themselves`);
    }
    const response = responseId && (await stored.find(responseId));
    if (response) learn(itemsOf(response));
    const found = known.get(item.id);
    if (found) {
      items[index] = found;
      sizes.add(found, path);
    } else if (!isThought) throw itemNotFound(item.id, path);
    else hasThoughts = false;
  }
  return items;
}

/** Our ids of items have that of their response in them. */
function responseOfItem(id: string): string | undefined {
  const [, response] = /^[a-z]+_([0-9a-f]{32})_(?:in)?\d+$/.exec(id) ?? [];
  return response && `resp_${response}`;
}

/** OpenAI's status and words. */
function itemNotFound(id: string, path: string): GatewayError {
  return new GatewayError({
    status: 404,
    type: 'invalid_request_error',
    code: 'not_found',
    message: `${path}.id: Item with id '${printable(id)}' not found. Items are not kept when \`store\` is false; send the item itself.`,
    param: `${path}.id`,
  });
}

/** Prefixes of ids, as OpenAI has them. */
const prefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
};

/** Items of a request for its record, each with a type and an id by which it can be named. `responseId`: `resp_…` */
export function recordedItems(items: readonly unknown[], responseId: string): JsonObject[] {
  const taken = new Set<string>();
  return items.filter(isObject).map((item, index) => {
    const type = itemType(item);
    const made = `${prefixes[String(type)] ?? 'item'}_${responseId.slice('resp_'.length)}_in${index}`;
    // An id that comes twice could not be named, nor a page of the list begin after it.
    const id = typeof item['id'] === 'string' && !taken.has(item['id']) ? item['id'] : made;
    taken.add(id);
    return { ...item, type, id };
  });
}
