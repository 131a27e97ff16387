import type { Identity } from '../auth/identity.ts';
import type { ReserveRequest } from './balance.ts';
import { fromStoredLimits, noLimits } from './limits.ts';

/** What limits a call by this credential: its key, its person, and the team that pays. */
export function limitsOf(identity: Identity): Pick<ReserveRequest, 'limits' | 'payingTeam' | 'rotatedFrom'> {
  const { person, team } = identity;
  const keyId = identity.kind === 'key' ? identity.keyId : undefined;
  const key = keyId === undefined ? undefined : [...person.keys.values()].find(({ id }) => id === keyId);
  return {
    limits: { person: person.rights.limits, key: key?.b ? fromStoredLimits(key.b) : noLimits },
    payingTeam: team === null ? undefined : person.rights.teamLimits.get(team),
    rotatedFrom: key?.rf,
  };
}
