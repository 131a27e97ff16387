import { type CreateKey, Key, KeyList } from '../../shared/api/keys.ts';
import type { ApiClient } from '../api/client.ts';
import { getList } from '../api/pages.ts';

/** A key for the time of the examination. It is revoked however that ends; if nothing else can, its own end comes. */
export class TemporaryKey {
  readonly name: string;
  readonly #api: ApiClient;
  #created: Promise<Key> | undefined;
  #isRevoked = false;

  constructor(api: ApiClient, name: string) {
    this.#api = api;
    this.name = name;
  }

  /** Whether there may be a key that nobody revoked. */
  get isLeft(): boolean {
    return this.#created !== undefined && !this.#isRevoked;
  }

  create(): Promise<Key> {
    const body = { name: this.name, expires_in: '1h', scopes: ['inference'] } satisfies CreateKey;
    this.#created = this.#api.post('/v1/keys', Key, body);
    return this.#created;
  }

  /** Waits for a creation that is under way; one whose answer was lost is found by its name. */
  async revoke(): Promise<void> {
    const id = (await this.#created?.catch(() => undefined))?.id ?? (await this.#findId());
    if (id !== undefined) await this.#api.delete(`/v1/keys/${id}`, Key);
    this.#isRevoked = true;
  }

  async #findId(): Promise<string | undefined> {
    const { data } = await getList(this.#api, '/v1/keys', KeyList, { status: 'active' });
    return data.find((key) => key.name === this.name)?.id;
  }
}
