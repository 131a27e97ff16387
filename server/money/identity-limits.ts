import type { Identity } from '../auth/identity.ts';
import type { StoredKey } from '../keys/stored-key.ts';
import type { ReserveRequest } from './balance.ts';
import { fromStoredLimits, noLimits } from './limits.ts';

/** What limits a call by this credential: its key, its person, and the team that pays. */
export function limitsOf(identity: Identity): Pick<ReserveRequest, 'limits' | 'payingTeam' | 'budget' | 'currentKeys'> {
  const { person, team } = identity;
  const keys = [...person.keys.values()];
  const key = identity.kind === 'key' ? keys.find(({ id }) => id === identity.keyId) : undefined;
  const budget = key && budgetIdOf(key);
  return {
    limits: { person: person.rights.limits, key: key?.b ? fromStoredLimits(key.b) : noLimits },
    payingTeam: team === null ? undefined : person.rights.teamLimits.get(team),
    budget:
      budget === undefined
        ? undefined
        : { id: budget, keyIds: keys.filter((each) => budgetIdOf(each) === budget).map(({ id }) => id) },
    currentKeys: new Set(keys.map(budgetIdOf)),
  };
}

/** The first of the keys that this one was rotated from, or itself: what is limited once for all of them. */
export function budgetIdOf({ id, ro }: Pick<StoredKey, 'id' | 'ro'>): string {
  return ro ?? id;
}
