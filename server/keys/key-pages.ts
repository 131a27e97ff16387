import * as z from 'zod/mini';
import type { CognitoUser } from '../aws/cognito.ts';
import type { Logger } from '../observe/logger.ts';
import type { CognitoAdmin } from '../people/cognito-admin.ts';
import { parseJson, parseSlots } from '../people/slots.ts';
import { type KeyOwner, wrongCursor } from './key-view.ts';
import type { StoredKey } from './stored-key.ts';

/** Everybody in the pool, in Cognito's order. */
export type Directory = Pick<CognitoAdmin, 'listUsers'>;

/** A key where it stands. */
export interface PlacedKey {
  readonly owner: KeyOwner;
  readonly slot: number;
  readonly key: StoredKey;
}

export interface KeyPage {
  readonly keys: readonly PlacedKey[];
  readonly next: string | null;
}

/** Pages of Cognito that one page of keys may cost; a page that finds few keys in them says so and goes on at its `next`. */
const mostReads = 5;

/**
 * Everybody's keys, person by person in Cognito's order, each person's by slot. The cursor is the mark of Cognito's page
 * and the key of it that was given last, so nothing is kept between two calls.
 * @throws GatewayError 400 `cursor`, 503
 */
export async function pageOfAllKeys(
  { directory, logger }: { readonly directory: Directory; readonly logger: Logger },
  accept: (key: StoredKey) => boolean,
  { limit = 100, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): Promise<KeyPage> {
  let { mark, last } = cursor === undefined ? start : decodeCursor(cursor);
  const keys: PlacedKey[] = [];
  for (let reads = 0; reads < mostReads; reads++) {
    const page = await directory.listUsers(mark === undefined ? {} : { mark });
    const found = page.items.flatMap((user) => keysOf(user, logger));
    // Whoever was given last may be gone meanwhile: then all of this page comes, some of it again.
    const from = found.findIndex((each) => placeOf(each) === last) + 1;
    for (const each of found.slice(from)) {
      if (!accept(each.key)) continue;
      if (keys.length === limit) return { keys, next: encodeCursor(mark, last) };
      keys.push(each);
      last = placeOf(each);
    }
    if (page.next === undefined) return { keys, next: null };
    [mark, last] = [page.next, ''];
  }
  return { keys, next: encodeCursor(mark, last) };
}

interface Place {
  /** Cognito's, of the page. */
  readonly mark: string | undefined;
  /** The key of that page that was given last; empty for none. */
  readonly last: string;
}

const start: Place = { mark: undefined, last: '' };

function placeOf({ owner, slot }: PlacedKey): string {
  return `${owner.username}#${slot}`;
}

function keysOf(user: CognitoUser, logger: Logger): PlacedKey[] {
  const owner = { username: user.username, email: user.attributes.get('email') || null };
  return [...parseSlots(user, logger).keys].map(([slot, key]) => ({ owner, slot, key }));
}

function encodeCursor(mark: string | undefined, last: string): string {
  return Buffer.from(JSON.stringify([mark ?? null, last])).toString('base64url');
}

const Cursor = z.tuple([z.nullable(z.string().check(z.minLength(1))), z.string()]);

function decodeCursor(cursor: string): Place {
  const parsed = Cursor.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success) throw wrongCursor();
  const [mark, last] = parsed.data;
  return { mark: mark ?? undefined, last };
}
