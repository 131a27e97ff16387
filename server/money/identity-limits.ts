import type { Identity } from '../auth/identity.ts';
import type { ReserveRequest } from './balance.ts';
import { noLimits } from './limits.ts';

/** What limits a call by this credential: its key, its person, and the team that pays. */
export function limitsOf(_: Identity): Pick<ReserveRequest, 'limits' | 'payingTeam'> {
  return { limits: { person: noLimits, key: noLimits }, payingTeam: undefined };
}
