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

/**
 * Exactly one team pays for a call: that of a person who is in one, or of several the one that their policy names. Else
 * nobody's: the call is the person's alone.
 */
export function payingTeamOf({ groups, policy }: Pick<Person, 'groups' | 'policy'>): string | null {
  if (policy?.team !== undefined && groups.includes(policy.team)) return policy.team;
  const [team, other] = teamsOf(groups);
  return team === undefined || other !== undefined ? null : team;
}
