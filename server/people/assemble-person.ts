import { seenOf } from '../../shared/unseen.ts';
import { teamsOf } from '../auth/teams.ts';
import type { CognitoUser } from '../aws/cognito.ts';
import type { Logger } from '../observe/logger.ts';
import type { Person } from './person.ts';
import { type Policy, readPolicy } from './policy.ts';
import { type DefaultRights, rightsOf } from './rights.ts';
import { parseJson, parseSlots } from './slots.ts';
import type { TeamPolicies } from './team-policies.ts';

/** What a person is put together from, beside Cognito's answers. */
export interface PersonSources {
  readonly teamPolicies: TeamPolicies;
  readonly defaults: DefaultRights;
  readonly logger: Logger;
}

/** `custom:policy`; CONTRACTS §6. */
export const policyAttribute = 'custom:policy';

const longestName = 64;

/** People write their names themselves, with Cognito's own API, so what is stored is nothing that we have checked. */
export function nameOf({ attributes }: CognitoUser): string | null {
  return seenOf(attributes.get('name') ?? '', longestName);
}

/** A person's own. */
export function policyOf({ username, attributes }: CognitoUser, logger: Logger): Policy | null {
  const text = attributes.get(policyAttribute);
  return text ? readPolicy(parseJson(text), { username }, logger) : null;
}

/** @throws AwsError when the policies of their teams cannot be read */
export async function assemblePerson(
  { teamPolicies, defaults, logger }: PersonSources,
  user: CognitoUser,
  groups: readonly string[],
): Promise<Omit<Person, 'generation'>> {
  const policy = policyOf(user, logger);
  const found = await Promise.all(teamsOf(groups).map((team) => teamPolicies.find(team)));
  return {
    username: user.username,
    email: user.attributes.get('email') || null,
    name: nameOf(user),
    enabled: user.enabled,
    mfa: user.mfaSettings.includes('SOFTWARE_TOKEN_MFA'),
    groups,
    policy,
    rights: rightsOf(
      { groups, policy },
      found.flatMap((each) => each ?? []),
      defaults,
    ),
    ...parseSlots(user, logger),
  };
}
