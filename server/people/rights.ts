import { teamsOf } from '../auth/teams.ts';
import type { Person } from './person.ts';
import type { Policy } from './policy.ts';

/** What a person may do beside their role. A key of theirs can only narrow it. */
export interface Rights {
  /** Patterns of models; `["*"]` = all, `[]` = none. */
  readonly models: readonly string[];
  /** Groups that are no roles. */
  readonly teams: readonly string[];
}

/**
 * Models: those of the person's own policy; where it names none, the union of what the policies of their teams name;
 * where none does, the deployment's default (DESIGN §5).
 */
export function rightsOf(
  { groups, policy }: Pick<Person, 'groups' | 'policy'>,
  teamPolicies: readonly Policy[],
  defaultModels: readonly string[] = ['*'],
): Rights {
  const ofTeams = teamPolicies.flatMap(({ models }) => (models ? [models] : []));
  const union = ofTeams.length === 0 ? defaultModels : [...new Set(ofTeams.flat())];
  return { models: policy?.models ?? union, teams: teamsOf(groups) };
}
