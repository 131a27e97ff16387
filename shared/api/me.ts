import * as z from 'zod/mini';
import { Budget } from './limits.ts';

export const Me = z.object({
  user_id: z.string(),
  email: z.nullable(z.string()),
  groups: z.array(z.string()),
  mfa: z.boolean(),
  team: z.nullable(z.string()),
  /** The person’s own; a team's are the team's. */
  budgets: z.array(Budget),
  rpm: z.nullable(z.number()),
  tpm: z.nullable(z.number()),
  concurrency: z.nullable(z.number()),
  /** Patterns of what they may call; `["*"]` = all. */
  models: z.array(z.string()),
  /** Groups that are no roles. */
  teams: z.array(z.string()),
});
export type Me = z.infer<typeof Me>;
