import { GatewayError, invalidRequest } from '../../errors.ts';
import type { SealedStore, StoredPlace } from '../../stored/sealed-store.ts';
import { isObject, type JsonObject } from '../json-object.ts';

/** A Response as it is stored, with its thoughts sealed, and the items it was made from. */
export interface StoredResponse {
  readonly response: JsonObject & { readonly output: readonly JsonObject[] };
  /** Those of all responses before it too, each with an id and a type, so that one read is enough to go on. */
  readonly input: readonly JsonObject[];
}

/** The ids we give; no other is looked for. */
const ids = /^resp_[0-9a-f]{32}$/;

/** The stored Responses of one person, for one request: each is read at most once. */
export class StoredResponses {
  readonly #store: SealedStore;
  readonly #owner: string;
  readonly #read = new Map<string, Promise<StoredResponse | undefined>>();

  /** @param owner username */
  constructor(store: SealedStore, owner: string) {
    this.#store = store;
    this.#owner = owner;
  }

  /** How many different ones were asked for so far. */
  get reads(): number {
    return this.#read.size;
  }

  /** undefined: there is none, or it is not this person's. @throws GatewayError 503 */
  find(id: string): Promise<StoredResponse | undefined> {
    const known = this.#read.get(id) ?? this.#find(id);
    this.#read.set(id, known);
    return known;
  }

  /** @throws GatewayError 503 */
  put(id: string, stored: StoredResponse, lastsSeconds: number): Promise<void> {
    return this.#store.put(this.#place(id), JSON.stringify(stored), lastsSeconds);
  }

  /** false: there was none. @throws GatewayError 503 */
  async delete(id: string): Promise<boolean> {
    return ids.test(id) && (await this.#store.delete(this.#place(id)));
  }

  async #find(id: string): Promise<StoredResponse | undefined> {
    const content = ids.test(id) ? await this.#store.get(this.#place(id)) : undefined;
    return content === undefined ? undefined : readStored(JSON.parse(content));
  }

  #place(id: string): StoredPlace {
    return { owner: this.#owner, kind: 'response', id };
  }
}

/** Only we can have sealed it, so that its form is what we wrote. */
function readStored(value: unknown): StoredResponse {
  const { response, input } = isObject(value) ? value : {};
  if (!isObject(response) || !Array.isArray(input)) throw new Error('a stored response is of no form we write');
  const { output } = response;
  if (!Array.isArray(output)) throw new Error('a stored response has no output');
  return { response: { ...response, output: output.filter(isObject) }, input: input.filter(isObject) };
}

/** 404 for an unknown, deleted, expired and another person's response alike. */
export function responseNotFound(id: string): GatewayError {
  return new GatewayError({
    status: 404,
    type: 'invalid_request_error',
    code: 'not_found',
    message: `Response with id '${printable(id)}' not found. It was deleted, has expired, or was never stored.`,
  });
}

/** OpenAI's words and code, for which its clients look. */
export function previousNotFound(id: string): GatewayError {
  return invalidRequest(
    `Previous response with id '${printable(id)}' not found. Send the whole conversation in input.`,
    'previous_response_id',
    'previous_response_not_found',
  );
}

/** What of a caller's id may stand in a message. */
export function printable(id: string): string {
  return id.slice(0, 100).replaceAll(/[^\w.-]/g, '?');
}
