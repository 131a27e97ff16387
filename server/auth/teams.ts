import type { StoredKey } from '../keys/stored-key.ts';
import type { Person } from '../people/person.ts';

/** Groups that are roles; every other group is a team. */
const roles: readonly string[] = ['admin', 'auditor'];

/** Whether a group is one of the two that give rights over others. */
export function isRole(group: string): boolean {
  return roles.includes(group);
}

export function teamsOf(groups: readonly string[]): readonly string[] {
  return groups.filter((group) => !isRole(group));
}

/** What decides which team pays for somebody. */
export type TeamMember = Pick<Person, 'groups' | 'policy'>;

/**
 * Whoever is in a team never spends past it: of several the one that their policy names pays, else the first by name.
 * null: they are in none, and the call is theirs alone.
 */
export function payingTeamOf({ groups, policy }: TeamMember): string | null {
  const teams = teamsOf(groups);
  if (policy?.team !== undefined && teams.includes(policy.team)) return policy.team;
  return [...teams].sort()[0] ?? null;
}

/** A key pays from the team it names, else from whatever pays for its owner now: its making binds it to nothing. */
export function payingTeamOfKey(owner: TeamMember, { t }: Pick<StoredKey, 't'>): string | null {
  return t ?? payingTeamOf(owner);
}
