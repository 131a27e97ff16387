import type { RootSecret } from '../auth/root-secret.ts';
import type { DynamoClient, Item, Key } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { GatewayError, unavailable } from '../errors.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import type { Objects } from './objects.ts';
import { createSealer } from './sealing.ts';

/** Where something is kept: under another owner, kind or id it is not found, and would not open. */
export interface StoredPlace {
  /** Username of the person whose it is. */
  readonly owner: string;
  readonly kind: 'response' | 'reply';
  readonly id: string;
}

/**
 * Content of people's, kept for a time: sealed with a key of its owner, in the table up to 300 KB and in the bucket above.
 * Every method throws GatewayError 503 `storage_unavailable` when AWS does not answer, or the item is of a form that this
 * version does not know; and 503 of the root secret.
 */
export interface SealedStore {
  /** @param lastsSeconds from now; what was there is replaced */
  put(place: StoredPlace, content: string, lastsSeconds: number): Promise<void>;
  /** undefined: there is none, it has expired, or it cannot be opened (which is logged). */
  get(place: StoredPlace): Promise<string | undefined>;
  /** With its object. false: there was none. */
  delete(place: StoredPlace): Promise<boolean>;
}

export interface SealedStoreOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly objects: Objects;
  readonly rootSecret: RootSecret;
  readonly clock: Clock;
  readonly logger: Logger;
}

const version = 1;
/** An item of DynamoDB may have 400 KB with all its names. */
const mostItemBytes = 300 * 1024;

/** Items: pk `S#<owner>`, sk `<kind>#<id>`, `v`, `ttl` (seconds), and either `c` (the sealed content) or `o` (its object's key). */
export function createSealedStore(options: SealedStoreOptions): SealedStore {
  const { dynamo, table, objects, rootSecret, clock, logger } = options;
  const seconds = () => Math.floor(clock.now() / 1000);
  const sealerOf = async ({ owner, kind, id }: StoredPlace) => {
    const { sealingKey } = await rootSecret.keys();
    return createSealer(sealingKey, 'stored', owner, [kind, id]);
  };

  /** The item that holds, if there is one: DynamoDB may take days to delete what has expired. */
  const find = async (place: StoredPlace): Promise<Item | undefined> => {
    const item = await dynamo.getItem(table, keyOf(place), { consistent: true });
    if (!item) return undefined;
    const { v, ttl } = item;
    if (v !== version) throw unknownVersion(place, v);
    return typeof ttl === 'number' && ttl > seconds() ? item : undefined;
  };

  const attempt = async <T>(place: StoredPlace, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      logger.error('store_failed', { kind: place.kind, id: place.id, cause: reasonOf(error) });
      if (error instanceof GatewayError) throw error;
      throw unavailable('storage_unavailable', 'What is stored cannot be reached at the moment. Try again.', 2, error);
    }
  };

  return {
    put: (place, content, lastsSeconds) =>
      attempt(place, async () => {
        const sealer = await sealerOf(place);
        const sealed = sealer.seal(content);
        const item = { ...keyOf(place), v: version, ttl: seconds() + lastsSeconds };
        if (sealed.length <= mostItemBytes) {
          await dynamo.putItem(table, { ...item, c: sealed });
          return;
        }
        // The object first: what ends in between leaves nothing that can be found.
        const object = objectKeyOf(place);
        await objects.put(object, sealed);
        await dynamo.putItem(table, { ...item, o: object });
      }),
    get: (place) =>
      attempt(place, async () => {
        const item = await find(place);
        if (!item) return undefined;
        const { c, o } = item;
        const sealed = typeof o === 'string' ? await objects.get(o) : c;
        const sealer = await sealerOf(place);
        const content = sealed instanceof Uint8Array ? sealer.unseal(sealed) : undefined;
        if (!content)
          logger.error('stored_unreadable', { kind: place.kind, id: place.id, missing: sealed === undefined });
        return content?.toString('utf8');
      }),
    delete: (place) =>
      attempt(place, async () => {
        const item = await find(place);
        if (!item) return false;
        // The item last: as long as it is there, a second try can find what the first one left.
        if (typeof item['o'] === 'string') await objects.delete(item['o']);
        await dynamo.deleteItem(table, keyOf(place));
        return true;
      }),
  };
}

function keyOf({ owner, kind, id }: StoredPlace): Key {
  return { pk: `S#${owner}`, sk: `${kind}#${id}` };
}

/** Below one prefix, for which the bucket has an expiry. */
function objectKeyOf({ owner, kind, id }: StoredPlace): string {
  return `stored/${owner}/${kind}/${id}`;
}

function unknownVersion({ kind, id }: StoredPlace, v: unknown): GatewayError {
  const message = `The ${kind} ${id} is stored in form v${String(v)}, which this version of the gateway does not know. Tell the operator.`;
  return unavailable('storage_unavailable', message, 60);
}
