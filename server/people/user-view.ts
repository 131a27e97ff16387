import type { User, UserSummary } from '../../shared/api/users.ts';
import type { CognitoUser } from '../aws/cognito.ts';
import { isExpired } from '../keys/key-view.ts';
import type { StoredKey } from '../keys/stored-key.ts';
import { assemblePerson, nameOf, type PersonSources, policyOf } from './assemble-person.ts';
import { type FoundUser, isService } from './people-change.ts';
import { showPolicy } from './policy.ts';
import { parseSlots } from './slots.ts';

/** Somebody as administrators and auditors see them. @throws AwsError */
export async function toUser(
  sources: PersonSources,
  { user, groups }: FoundUser,
  now: number,
): Promise<Omit<User, 'suspended_keys' | 'temporary_password'>> {
  const person = await assemblePerson(sources, user, groups);
  return { ...toSummary(sources, { user, groups }, now), mfa: person.mfa, models: [...person.rights.models] };
}

/** What can be told of somebody without asking for them alone. */
export function toSummary({ logger }: PersonSources, { user, groups }: FoundUser, now: number): UserSummary {
  return {
    user_id: user.username,
    type: isService(user) ? 'service' : 'person',
    email: user.attributes.get('email') || null,
    name: nameOf(user),
    status: statusOf(user),
    groups: [...groups].sort(),
    policy: showPolicy(policyOf(user, logger)),
    active_keys: activeKeysOf(parseSlots(user, logger).keys, now),
    created_at: new Date(user.createdAt).toISOString(),
  };
}

export function statusOf(user: CognitoUser): UserSummary['status'] {
  if (!user.enabled) return 'disabled';
  return user.status === 'FORCE_CHANGE_PASSWORD' && !isService(user) ? 'invited' : 'active';
}

function activeKeysOf(keys: ReadonlyMap<number, StoredKey>, now: number): number {
  return [...keys.values()].filter((key) => key.s === 'a' && !isExpired(key, now)).length;
}
