/** Groups that are roles; every other group is a team. */
const roles: readonly string[] = ['admin', 'auditor'];

export function teamsOf(groups: readonly string[]): readonly string[] {
  return groups.filter((group) => !roles.includes(group));
}

/** Exactly one team pays for a call: that of a person who is in one. Who is in several must be told which. */
export function payingTeamOf(groups: readonly string[]): string | null {
  const [team, other] = teamsOf(groups);
  return team === undefined || other !== undefined ? null : team;
}
