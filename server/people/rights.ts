import { teamsOf } from '../auth/teams.ts';
import type { PayingTeam } from '../money/balance.ts';
import { fromStoredLimits, type Limits, noLimits } from '../money/limits.ts';
import type { Person } from './person.ts';
import type { TeamPolicy } from './team-policies.ts';

/** What a person may do beside their role. A key of theirs can only narrow it. */
export interface Rights {
  /** Patterns of models; `["*"]` = all, `[]` = none. */
  readonly models: readonly string[];
  /** Groups that are no roles. */
  readonly teams: readonly string[];
  /** Of all they spend, by whatever credential. */
  readonly limits: Limits;
  /** By name: those of their teams whose policies have limits, or had some, each for the whole team. */
  readonly teamLimits: ReadonlyMap<string, PayingTeam>;
}

/** What holds for those for whom no policy says it; everything, unless set. */
export interface DefaultRights {
  readonly models?: readonly string[] | undefined;
  readonly limits?: Limits | undefined;
}

/**
 * Models: those of the person's own policy; where it names none, the union of what the policies of their teams name;
 * where none does, the deployment's default (DESIGN §5). Limits: those of their own policy, else the default ones.
 */
export function rightsOf(
  { groups, policy }: Pick<Person, 'groups' | 'policy'>,
  teamPolicies: readonly TeamPolicy[],
  defaults: DefaultRights = {},
): Rights {
  const ofTeams = teamPolicies.flatMap(({ models }) => (models ? [models] : []));
  const union = ofTeams.length === 0 ? (defaults.models ?? ['*']) : [...new Set(ofTeams.flat())];
  const counted = teamPolicies
    .filter(({ isCounted }) => isCounted)
    .map(({ name, generation, limits }) => ({ name, generation, limits: fromStoredLimits(limits) }));
  return {
    models: policy?.models ?? union,
    teams: teamsOf(groups),
    limits: policy?.limits ? fromStoredLimits(policy.limits) : (defaults.limits ?? noLimits),
    teamLimits: new Map(counted.map((team) => [team.name, team])),
  };
}
