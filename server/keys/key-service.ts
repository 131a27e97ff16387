import type { CreateKey, Key, KeyList, ListKeysQuery } from '../../shared/api/keys.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { getTokenIdentity } from '../auth/authorize.ts';
import { refuseOthers } from '../auth/others.ts';
import type { RootSecret } from '../auth/root-secret.ts';
import { AwsError } from '../aws/aws-error.ts';
import { type GatewayError, invalidApiKey, notFound, unavailable } from '../errors.ts';
import type { Person } from '../people/person.ts';
import { createKeyFormat } from './key-format.ts';
import { toKey, toPage } from './key-view.ts';
import { type PlannedKey, parseKeyRequest, planNewKey } from './new-key.ts';
import { changeSlot, type SlotChangeOptions } from './slot-change.ts';
import type { StoredKey } from './stored-key.ts';

/** A person's own keys (CONTRACTS §3). Every method throws GatewayError. */
export interface KeyService {
  /** The only answer that holds the plaintext. */
  create(caller: Caller, input: CreateKey): Promise<Key>;
  /** Newest first. */
  list(caller: Caller, query: ListKeysQuery): Promise<KeyList>;
  show(caller: Caller, id: string): Promise<Key>;
  /** A key that is revoked already is answered as it is. */
  revoke(caller: Caller, id: string): Promise<Key>;
}

export interface KeyServiceOptions extends SlotChangeOptions {
  readonly rootSecret: RootSecret;
}

export function createKeyService(options: KeyServiceOptions): KeyService {
  const { people, balances, clock, rootSecret } = options;

  const readPerson = async (username: string): Promise<Person> => {
    const person = await people.read(username);
    if (!person) throw invalidApiKey();
    return person;
  };

  return {
    create: (caller, input) =>
      orUnavailable(async () => {
        const identity = getTokenIdentity(caller.identity);
        refuseOthers(identity, 'admin', input);
        const now = clock.now();
        const request = parseKeyRequest(input, identity, now);
        const format = createKeyFormat(await rootSecret.keys());
        let planned: PlannedKey | undefined;
        const { username } = identity.person;
        const key = await changeSlot(options, caller, username, (person) => {
          planned = planNewKey(person, request, format, now);
          return { ...planned, audit: { action: 'key.create', target: planned.key.id, username } };
        });
        return { ...toKey(identity.person, key, new Map(), now), ...(planned && { key: planned.text }) };
      }),

    list: (caller, query) =>
      orUnavailable(async () => {
        const identity = getTokenIdentity(caller.identity);
        refuseOthers(identity, 'auditor', query);
        const person = await readPerson(identity.person.username);
        const lastUse = await balances.lastUsed(person.username);
        const keys = [...person.keys.values()].map((key) => toKey(person, key, lastUse, clock.now()));
        return toPage(keys, query);
      }),

    show: (caller, id) =>
      orUnavailable(async () => {
        const person = await readPerson(getTokenIdentity(caller.identity).person.username);
        const [, key] = getKey(person, id);
        return toKey(person, key, await balances.lastUsed(person.username), clock.now());
      }),

    revoke: (caller, id) =>
      orUnavailable(async () => {
        const { person: owner } = getTokenIdentity(caller.identity);
        // Before the lease, so that guessing at ids costs reads only.
        getKey(await readPerson(owner.username), id);
        const lastUse = await balances.lastUsed(owner.username);
        const key = await changeSlot(options, caller, owner.username, (person) => {
          const [slot, { h: _, ...rest }] = getKey(person, id);
          const revoked: StoredKey = rest.s === 'r' ? rest : { ...rest, s: 'r', g: person.generation };
          return { slot, key: revoked, audit: { action: 'key.revoke', target: id, username: owner.username } };
        });
        return toKey(owner, key, lastUse, clock.now());
      }),
  };
}

/** The same words for an id that is nobody's and for one that is another person's. */
function getKey(person: Person, id: string): readonly [slot: number, key: StoredKey] {
  for (const entry of person.keys) {
    if (entry[1].id === id) return entry;
  }
  throw notFound('key with this id');
}

/** The table that does not answer is told as such; everything else has its words already. */
async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AwsError) throw tableUnavailable(error);
    throw error;
  }
}

function tableUnavailable(cause: AwsError): GatewayError {
  return unavailable(
    'budget_unavailable',
    'The table of the gateway does not answer at the moment. Try again.',
    2,
    cause,
  );
}
