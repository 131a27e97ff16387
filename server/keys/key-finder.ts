import { type Access, isAllowed } from '../auth/authorize.ts';
import { currentIdentity } from '../auth/current-identity.ts';
import type { Identity } from '../auth/identity.ts';
import { notFound } from '../errors.ts';
import type { People, Person } from '../people/person.ts';
import type { KeyOwners } from './key-owners.ts';
import type { SlotWrite } from './slot-change.ts';

interface FoundKey extends SlotWrite {
  readonly person: Person;
}

/** @throws GatewayError 403 `insufficient_scope` for a key, 401, 404 */
export type FindKey = (
  identity: Identity,
  id: string,
  access: Extract<Access, 'admin' | 'auditor'>,
) => Promise<FoundKey>;

/**
 * A key by its id: the caller's own, or anybody's for who has the role. For everybody else only their own slots are looked
 * at, so neither words nor time tell whether there is such a key.
 */
export function createKeyFinder({ people, owners }: { readonly people: People; readonly owners: KeyOwners }): FindKey {
  return async (identity, id, access) => {
    const current = await currentIdentity(people, identity);
    const own = findKey(current.person, id);
    if (own) return { person: current.person, ...own };
    if (!isAllowed(current, access)) throw unknownKey();
    const username = await owners.find(id);
    const person = username === undefined ? undefined : await people.read(username);
    if (!person) throw unknownKey();
    return { person, ...getKey(person, id) };
  };
}

/** @throws GatewayError 404 */
export function getKey(person: Person, id: string): SlotWrite {
  const found = findKey(person, id);
  if (!found) throw unknownKey();
  return found;
}

function findKey(person: Person, id: string): SlotWrite | undefined {
  for (const [slot, key] of person.keys) if (key.id === id) return { slot, key };
  return undefined;
}

/** The same words for an id that is nobody's and for one that is another person's. */
function unknownKey() {
  return notFound('key with this id');
}
