import type {
  CreateKey,
  Key,
  KeyList,
  ListKeysQuery,
  RevokedLeakedKey,
  RotateKey,
  UpdateKey,
} from '../../shared/api/keys.ts';
import { isUsername, parseApiKey } from '../../shared/api-key.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { authorize, getTokenIdentity } from '../auth/authorize.ts';
import { currentIdentity } from '../auth/current-identity.ts';
import { asksForOthers } from '../auth/others.ts';
import type { RootSecret } from '../auth/root-secret.ts';
import type { TeamMember } from '../auth/teams.ts';
import { invalidRequest, notFound } from '../errors.ts';
import { type BalanceView, newView } from '../money/balance.ts';
import { unknownUser } from '../people/cognito-admin.ts';
import type { Person } from '../people/person.ts';
import { type KeyChange, planRevocation, planRotation, planUpdate } from './key-change.ts';
import { createKeyFinder, getKey } from './key-finder.ts';
import { createKeyFormat } from './key-format.ts';
import { type Directory, pageOfAllKeys } from './key-pages.ts';
import { parseKeyRequest, parseOverlap } from './key-request.ts';
import { statusOf, toAuditState, toKey, toPage } from './key-view.ts';
import { newKeyId, planNewKey } from './new-key.ts';
import { doOnce } from './once.ts';
import { changeSlots, type SlotChangeOptions, type SlotWrite } from './slot-change.ts';
import { orUnavailable } from './table-unavailable.ts';

/**
 * Keys, as CONTRACTS §3 says: everybody's own, and for administrators anybody's; auditors read. Every method throws
 * GatewayError. An id that is nobody's and one that is none of the caller's business are answered alike.
 */
export interface KeyService {
  /** The only answer, with `rotate`, that holds the plaintext; without it, it is a replay of an Idempotency-Key. */
  create(caller: Caller, input: CreateKey, idempotencyKey?: string): Promise<Key>;
  /** One person's: newest first. All: person by person. */
  list(caller: Caller, query: ListKeysQuery): Promise<KeyList>;
  show(caller: Caller, id: string): Promise<Key>;
  update(caller: Caller, id: string, input: UpdateKey): Promise<Key>;
  /** A new key with an id of its own; the old one ends after the overlap. */
  rotate(caller: Caller, id: string, input: RotateKey, idempotencyKey?: string): Promise<Key>;
  /** A key that is revoked already is answered as it is. */
  revoke(caller: Caller, id: string, reason?: string): Promise<Key>;
  /** By whoever holds its plaintext. */
  revokeLeaked(caller: Caller, text: string): Promise<RevokedLeakedKey>;
}

export interface KeyServiceOptions extends SlotChangeOptions {
  readonly rootSecret: RootSecret;
  readonly directory: Directory;
}

export function createKeyService(options: KeyServiceOptions): KeyService {
  const { people, balances, clock, rootSecret, owners } = options;
  const find = createKeyFinder({ people, owners });

  const getPerson = async (username: string): Promise<Person> => {
    const person = isUsername(username) ? await people.read(username) : undefined;
    if (!person) throw unknownUser();
    return person;
  };

  const toOwnersKey = async (person: Person, key: SlotWrite['key']): Promise<Key> =>
    toKey(person, key, await balances.view(person.username), clock.now());

  /** The key that the first request made, as it is now; its plaintext is nowhere. */
  const replay = async (username: string, id: string): Promise<Key> => {
    const person = await getPerson(username);
    return toOwnersKey(person, getKey(person, id).key);
  };

  const change = async (caller: Caller, id: string, plan: (person: Person, found: SlotWrite) => KeyChange) => {
    // Before the lease, so that guessing at ids costs reads only.
    const { person } = await find(caller.identity, id, 'admin');
    const { key } = await changeSlots(options, caller, person.username, (now) => plan(now, getKey(now, id)));
    return toOwnersKey(person, key);
  };

  return {
    create: (caller, input, idempotencyKey) =>
      orUnavailable(async () => {
        const identity = getTokenIdentity(caller.identity);
        const owner = input.user_id ?? identity.person.username;
        if (asksForOthers(identity, 'admin', input)) {
          authorize(await currentIdentity(people, identity), 'admin');
          await getPerson(owner);
        }
        const now = clock.now();
        const request = parseKeyRequest(input, now);
        const once = { username: identity.person.username, idempotencyKey, asked: ['key.create', owner, input] };
        const outcome = await doOnce(options, once, newKeyId, async (id) => {
          const format = createKeyFormat(await rootSecret.keys());
          return changeSlots(options, caller, owner, (person) => {
            const planned = planNewKey(person, request, id, format, now);
            const after = toAuditState(planned.key);
            const audit = [{ action: 'key.create' as const, target: id, username: owner, after }];
            return { person, ...planned, writes: [planned], audit };
          });
        });
        if (outcome.replayed) return replay(owner, outcome.id);
        const { person, key, text } = outcome.made;
        return { ...toKey(person, key, newView, now), key: text };
      }),

    list: (caller, query) =>
      orUnavailable(async () => {
        const identity = getTokenIdentity(caller.identity);
        const others = asksForOthers(identity, 'auditor', query);
        if (others === 'all') {
          if (query.user_id !== undefined) {
            throw invalidRequest('user_id: means one person, all everybody; give one of the two.', 'user_id');
          }
          return listAll(options, query);
        }
        const { person } = others
          ? { person: await getPerson(query.user_id ?? '') }
          : await currentIdentity(people, identity);
        const balance = await balances.view(person.username);
        const keys = [...person.keys.values()].map((key) => toKey(person, key, balance, clock.now()));
        return toPage(keys, query);
      }),

    show: (caller, id) =>
      orUnavailable(async () => {
        const { person, key } = await find(caller.identity, id, 'auditor');
        return toOwnersKey(person, key);
      }),

    update: (caller, id, input) =>
      orUnavailable(async () => {
        getTokenIdentity(caller.identity);
        return change(caller, id, planUpdate(input, clock.now()));
      }),

    rotate: (caller, id, input, idempotencyKey) =>
      orUnavailable(async () => {
        const { person: actor } = getTokenIdentity(caller.identity);
        const overlap = parseOverlap(input.overlap);
        const { person } = await find(caller.identity, id, 'admin');
        const once = { username: actor.username, idempotencyKey, asked: ['key.rotate', id, overlap] };
        const outcome = await doOnce(options, once, newKeyId, async (newId) => {
          const format = createKeyFormat(await rootSecret.keys());
          const now = clock.now();
          return changeSlots(options, caller, person.username, (current) =>
            planRotation(current, getKey(current, id), { id: newId, overlap, format, now }),
          );
        });
        if (outcome.replayed) return replay(person.username, outcome.id);
        const { key, text } = outcome.made.made;
        return { ...toKey(person, key, newView, clock.now()), key: text };
      }),

    revoke: (caller, id, reason) =>
      orUnavailable(async () => {
        getTokenIdentity(caller.identity);
        return change(caller, id, (person, found) => planRevocation(person, found, reason));
      }),

    revokeLeaked: (caller, text) =>
      orUnavailable(async () => {
        getTokenIdentity(caller.identity);
        const unknown = () => notFound('key with this text');
        const parts = parseApiKey(text.trim());
        const format = createKeyFormat(await rootSecret.keys());
        if (!parts || !format.isOurs(parts)) throw unknown();
        const { username, slot, last4 } = parts;
        // What was revoked has no hash any more; as at a call, its last characters and the keyed checksum stand for it.
        const keyOf = (person: Person | undefined) => {
          const key = person?.keys.get(slot);
          const matches = format.matches(text.trim(), key?.h);
          return key && (matches || (key.s === 'r' && key.l === last4)) ? key : undefined;
        };
        if (!keyOf(await people.read(username))) throw unknown();
        const { key } = await changeSlots(options, caller, username, (person) => {
          const found = keyOf(person);
          if (!found) throw unknown();
          return planRevocation(person, { slot, key: found }, 'leaked');
        });
        return { id: key.id, last4: key.l, status: 'revoked' };
      }),
  };
}

/** Whoever has gone since Cognito's list was read. */
const nobody: TeamMember = { groups: [], policy: null };

/** So many people and their balances are read at a time. */
const readAtOnce = 8;

async function listAll(options: KeyServiceOptions, query: ListKeysQuery): Promise<KeyList> {
  const { people, balances, clock } = options;
  const now = clock.now();
  const isAsked = (key: SlotWrite['key']) => query.status === undefined || statusOf(key, now) === query.status;
  const { keys, next } = await pageOfAllKeys(options, isAsked, query);
  const owners = [...new Set(keys.map(({ owner }) => owner.username))];
  const views = new Map<string, { readonly balance: BalanceView; readonly member: TeamMember }>();
  for (let start = 0; start < owners.length; start += readAtOnce) {
    const read = async (username: string) => {
      const [balance, person] = await Promise.all([balances.view(username), people.find(username)]);
      views.set(username, { balance, member: person ?? nobody });
    };
    await Promise.all(owners.slice(start, start + readAtOnce).map(read));
  }
  const data = keys.map(({ owner, key }) => {
    const { balance, member } = views.get(owner.username) ?? { balance: newView, member: nobody };
    return toKey({ ...member, ...owner }, key, balance, now);
  });
  return { data, next };
}
