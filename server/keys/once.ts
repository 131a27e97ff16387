import { createHash, randomUUID } from 'node:crypto';
import { ConditionFailedError, type DynamoClient, type Item } from '../aws/dynamodb.ts';
import { isRecord } from '../aws/json.ts';
import type { Clock } from '../clock.ts';
import { conflict, GatewayError, invalidRequest } from '../errors.ts';

/** What makes two requests the same one. */
export interface OnceRequest {
  /** Whose Idempotency-Keys these are: the caller's. */
  readonly username: string;
  /** The header; undefined: every request is one of its own. */
  readonly idempotencyKey: string | undefined;
  /** Everything that was asked for, operation included. */
  readonly asked: readonly unknown[];
}

/** How a request under an Idempotency-Key ended. */
export type Once<T> = { readonly replayed: false; readonly made: T } | { readonly replayed: true; readonly id: string };

export interface OnceOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
}

/** Three seconds of waiting for the lease, ten of holding it, and some. */
const runsMs = 15_000;
const rememberedSeconds = 30 * 86_400;

/**
 * Does `work` once for each Idempotency-Key, although its result (a plaintext) is stored nowhere. What is remembered is
 * the id that the new thing gets, chosen before anything is written: whoever tries again after a crash makes *that* thing
 * once more, in its place, and a repetition of what succeeded is told the id alone. Two that run at once cannot both say
 * that they made it: the record is closed before the answer, by its holder only.
 * @throws GatewayError 400 for a key that is none, 409 `idempotency_in_progress`, 422 `idempotency_key_reused`
 */
export async function doOnce<T>(
  options: OnceOptions,
  request: OnceRequest,
  newId: () => string,
  work: (id: string) => Promise<T>,
): Promise<Once<T>> {
  const { idempotencyKey } = request;
  if (idempotencyKey === undefined) return { replayed: false, made: await work(newId()) };
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    const message = 'Idempotency-Key: must be 1 to 255 visible ASCII characters; a UUID is good.';
    throw invalidRequest(message, 'Idempotency-Key');
  }
  const record = new OnceRecord(options, request, idempotencyKey);
  const begun = await record.begin(newId());
  if (begun.isDone) return { replayed: true, id: begun.id };
  let made: T;
  try {
    made = await work(begun.id);
  } catch (error) {
    // Whether something was written is not known, so the id stays the one to use; only the waiting ends.
    await record.giveUp().catch(() => undefined);
    throw error;
  }
  await record.finish();
  return { replayed: false, made };
}

/** Item: pk `I#<username>`, sk the SHA-256 of the Idempotency-Key, `v`, `ttl` (s), body, id, state, owner, runs until (ms). */
class OnceRecord {
  readonly #options: OnceOptions;
  readonly #place: { readonly pk: string; readonly sk: string };
  readonly #body: string;
  readonly #owner = randomUUID();

  constructor(options: OnceOptions, request: OnceRequest, idempotencyKey: string) {
    this.#options = options;
    this.#place = { pk: `I#${request.username}`, sk: sha256(idempotencyKey) };
    this.#body = sha256(JSON.stringify(request.asked, inOrder));
  }

  async begin(newId: string): Promise<{ readonly id: string; readonly isDone: boolean }> {
    const { dynamo, table, clock } = this.#options;
    const now = clock.now();
    const ttl = Math.floor(now / 1000);
    const fresh = { body: this.#body, id: newId, state: 'running', owner: this.#owner, until: now + runsMs };
    const item = { ...this.#place, v: 1, ttl: ttl + rememberedSeconds, ...fresh };
    try {
      // DynamoDB may take days to delete what has expired.
      const condition = 'attribute_not_exists(pk) OR #ttl < :now';
      await dynamo.putItem(table, item, { condition, names: { '#ttl': 'ttl' }, values: { ':now': ttl } });
      return { id: newId, isDone: false };
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      const found = error.item ?? (await dynamo.getItem(table, this.#place, { consistent: true }));
      return found ? this.#resume(found, now) : this.begin(newId);
    }
  }

  async #resume(found: Item, now: number): Promise<{ readonly id: string; readonly isDone: boolean }> {
    const { v, body, id, state, owner, until } = found;
    if (v !== 1 || typeof id !== 'string' || typeof until !== 'number' || typeof owner !== 'string') {
      throw new Error(`an idempotency record has the unknown version ${String(v)}`);
    }
    if (body !== this.#body) throw reused();
    if (state === 'done') return { id, isDone: true };
    if (now < until) throw inProgress(until - now);
    // Its holder is dead or has given up; of several that see so, one goes on.
    const values = { ':holder': owner, ':until': now + runsMs, ':seen': until, ':new': this.#owner };
    await this.#update('SET #owner = :new, #until = :until', '#owner = :holder AND #until = :seen', values);
    return { id, isDone: false };
  }

  /** @throws GatewayError 409 when another has taken over meanwhile and made it anew: this one's result is void. */
  async finish(): Promise<void> {
    await this.#update('SET #state = :state', held, { ':holder': this.#owner, ':state': 'done' });
  }

  async giveUp(): Promise<void> {
    await this.#update('SET #until = :until', held, { ':holder': this.#owner, ':until': 0 });
  }

  async #update(expression: string, condition: string, values: Item): Promise<void> {
    const { dynamo, table } = this.#options;
    const used = ['owner', 'until', 'state'].filter((name) => `${expression} ${condition}`.includes(`#${name}`));
    const names = Object.fromEntries(used.map((name) => [`#${name}`, name]));
    try {
      await dynamo.updateItem(table, this.#place, expression, { condition, names, values });
    } catch (error) {
      if (error instanceof ConditionFailedError) throw inProgress(runsMs);
      throw error;
    }
  }
}

const held = '#owner = :holder';

/** The order in which a client writes its members does not make another request. */
function inOrder(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function inProgress(ms: number): GatewayError {
  return conflict(
    'idempotency_in_progress',
    'A request with this Idempotency-Key is running. Send it again in a moment for its result.',
    Math.max(1, Math.ceil(ms / 1000)),
  );
}

function reused(): GatewayError {
  return new GatewayError({
    status: 422,
    type: 'invalid_request_error',
    code: 'idempotency_key_reused',
    message: 'Idempotency-Key: was used for another request. Choose a new one for this request.',
    param: 'Idempotency-Key',
  });
}
