import { createHash, randomUUID } from 'node:crypto';
import { ConditionFailedError, type DynamoClient, type Item } from '../aws/dynamodb.ts';
import { isRecord } from '../aws/json.ts';
import type { Clock } from '../clock.ts';
import { conflict, GatewayError, invalidRequest } from '../errors.ts';

/** What makes two requests the same one. */
export interface IdempotentRequest {
  /** Whose Idempotency-Keys these are: the caller's. */
  readonly username: string;
  /** As the header has it. */
  readonly idempotencyKey: string;
  /** Everything that was asked for, operation included. */
  readonly asked: readonly unknown[];
}

export interface RecordOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
}

export interface RecordRules {
  /** ms: whoever has not ended by then is dead, and another may go on. */
  readonly runsMs: number;
  readonly remembersSeconds: number;
  /** Whether who goes on for a dead one uses the dead one's id, because something may stand under it already. */
  readonly keepsId: boolean;
}

/** `done`: the result may be told again. `spent`: it cannot, and must not be made again either. */
export type Ended = 'done' | 'spent';

/** `mine`: the caller does the work, under this id. Otherwise the id is that of who does or did it. */
export interface Begun {
  readonly state: 'mine' | 'running' | Ended;
  readonly id: string;
  /** ms since the epoch, of one that runs. */
  readonly until: number;
}

/**
 * One Idempotency-Key of one person: who works under it, until when, and how that ended.
 * Item: pk `I#<username>`, sk the SHA-256 of the key, `v`, `ttl` (s), body, id, state, owner, runs until (ms).
 */
export class IdempotencyRecord {
  readonly #options: RecordOptions;
  readonly #rules: RecordRules;
  readonly #place: { readonly pk: string; readonly sk: string };
  readonly #body: string;
  readonly #owner = randomUUID();

  /** @throws GatewayError 400 for a key that is none */
  constructor(options: RecordOptions, request: IdempotentRequest, rules: RecordRules) {
    const { username, idempotencyKey, asked } = request;
    if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
      const message = 'Idempotency-Key: must be 1 to 255 visible ASCII characters; a UUID is good.';
      throw invalidRequest(message, 'Idempotency-Key');
    }
    this.#options = options;
    this.#rules = rules;
    this.#place = { pk: `I#${username}`, sk: sha256(idempotencyKey) };
    this.#body = sha256(JSON.stringify(asked, inOrder));
  }

  /** Of several that find a dead one, one goes on. @throws GatewayError 422 `idempotency_key_reused` */
  async begin(id: string): Promise<Begun> {
    const { dynamo, table, clock } = this.#options;
    const now = clock.now();
    const ttl = Math.floor(now / 1000);
    const until = now + this.#rules.runsMs;
    const fresh = { body: this.#body, id, state: 'running', owner: this.#owner, until };
    const item = { ...this.#place, v: 1, ttl: ttl + this.#rules.remembersSeconds, ...fresh };
    try {
      // DynamoDB may take days to delete what has expired.
      const condition = 'attribute_not_exists(pk) OR #ttl < :now';
      await dynamo.putItem(table, item, { condition, names: { '#ttl': 'ttl' }, values: { ':now': ttl } });
      return { state: 'mine', id, until };
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return error.item ? this.#resume(error.item, id) : this.look(id);
    }
  }

  /** As `begin`, by a read: for who waits, where a record most likely is. */
  async look(id: string): Promise<Begun> {
    const { dynamo, table } = this.#options;
    const found = await dynamo.getItem(table, this.#place, { consistent: true });
    return found ? this.#resume(found, id) : this.begin(id);
  }

  async #resume(found: Item, newId: string): Promise<Begun> {
    const now = this.#options.clock.now();
    const { v, body, id, state, owner, until } = found;
    if (v !== 1 || typeof id !== 'string' || typeof until !== 'number' || typeof owner !== 'string') {
      throw new Error(`an idempotency record has the unknown version ${String(v)}`);
    }
    if (body !== this.#body) throw reused();
    // Our own write, whose answer was lost on its way.
    if (owner === this.#owner) return { state: 'mine', id, until };
    if (state === 'done' || state === 'spent') return { state, id, until };
    if (now < until) return { state: 'running', id, until };
    // Its holder is dead or has given up; of several that see so, one goes on.
    const goesOn = { id: this.#rules.keepsId ? id : newId, until: now + this.#rules.runsMs };
    const values = { ':holder': owner, ':until': goesOn.until, ':seen': until, ':new': this.#owner, ':id': goesOn.id };
    const update = 'SET #owner = :new, #until = :until, #id = :id';
    const isMine = await this.#update(update, '#owner = :holder AND #until = :seen', values);
    return { state: isMine ? 'mine' : 'running', ...goesOn };
  }

  /** @throws GatewayError 409 when another has taken over meanwhile and made it anew: this one's result is void. */
  async finish(state: Ended = 'done'): Promise<void> {
    const isHeld = await this.#update('SET #state = :state', held, { ':holder': this.#owner, ':state': state });
    if (!isHeld) throw inProgress(this.#rules.runsMs);
  }

  /** Whoever asks again may begin at once; nothing happens where another has taken over. */
  async giveUp(): Promise<void> {
    await this.#update('SET #until = :until', held, { ':holder': this.#owner, ':until': 0 });
  }

  /** As if there had been no request. @throws ConditionFailedError where another has taken over */
  async drop(): Promise<void> {
    const { dynamo, table } = this.#options;
    const condition = { condition: held, names: { '#owner': 'owner' }, values: { ':holder': this.#owner } };
    await dynamo.deleteItem(table, this.#place, condition);
  }

  async #update(expression: string, condition: string, values: Item): Promise<boolean> {
    const { dynamo, table } = this.#options;
    const used = ['owner', 'until', 'state', 'id'].filter((name) => `${expression} ${condition}`.includes(`#${name}`));
    const names = Object.fromEntries(used.map((name) => [`#${name}`, name]));
    try {
      await dynamo.updateItem(table, this.#place, expression, { condition, names, values });
      return true;
    } catch (error) {
      if (error instanceof ConditionFailedError) return false;
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

/** @param ms until it is worth another try */
export function inProgress(ms: number): GatewayError {
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
