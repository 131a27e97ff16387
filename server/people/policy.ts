import * as z from 'zod/mini';
import type { SetPolicy, ShownPolicy } from '../../shared/api/policy.ts';
import { invalidRequest } from '../errors.ts';
import { planLimits, showLimits } from '../money/limit-settings.ts';
import { fromStoredLimits, noLimits, StoredLimits, toStoredLimits } from '../money/limits.ts';
import type { Logger } from '../observe/logger.ts';

/** What is stored of a person's policy (`custom:policy`, compact JSON of at most 2,048 bytes) or of a team's. */
export const Policy = z.object({
  /** Layout version. */
  v: z.literal(1),
  /** Model patterns; absent: this policy says nothing of models. */
  models: z.optional(z.array(z.string())),
  /** The one of several teams that pays. */
  team: z.optional(z.string()),
  limits: z.optional(StoredLimits),
});
export type Policy = z.infer<typeof Policy>;

/** A policy that cannot be read may be a newer version's, so it allows nothing rather than everything. */
const nothing: Policy = { v: 1, models: [] };

/** Cognito's limit for one custom attribute; a team's policy has it too, so that both can say the same. */
const longestPolicyBytes = 2_048;

/** @param owner the username or group it is of, for the log, which never has the stored text. */
export function readPolicy(
  stored: unknown,
  owner: Readonly<Partial<Record<'group' | 'username', string>>>,
  logger: Logger,
): Policy {
  const parsed = Policy.safeParse(stored);
  if (parsed.success) return parsed.data;
  logger.warn('stored_policy_refused', { ...owner, reason: parsed.error.issues[0]?.path.join('.') || 'not JSON' });
  return nothing;
}

/** @throws GatewayError 400 naming the field */
export function planPolicy({ models, team, ...settings }: SetPolicy): Policy {
  const limits = toStoredLimits(planLimits(settings, noLimits, 'policy.'));
  const policy: Policy = {
    v: 1,
    ...(models && { models: [...new Set(models)] }),
    ...(team !== undefined && { team }),
    ...(limits && { limits }),
  };
  if (Buffer.byteLength(JSON.stringify(policy)) > longestPolicyBytes) {
    throw invalidRequest('policy.models: the patterns are too long together; name fewer.', 'policy.models');
  }
  return policy;
}

/** The same for a policy of a team. @throws GatewayError 400 */
export function planTeamPolicy(input: SetPolicy): Policy {
  if (input.team === undefined) return planPolicy(input);
  const message = 'policy.team: only a person’s policy names the team that pays; leave it out.';
  throw invalidRequest(message, 'policy.team');
}

export function showPolicy(policy: Policy | null | undefined): ShownPolicy | null {
  if (!policy) return null;
  const { models = null, team = null, limits } = policy;
  if (!models && team === null && !limits) return null;
  return { models, team, ...showLimits(fromStoredLimits(limits)) };
}
