import * as z from 'zod/mini';
import { Budget } from './keys.ts';

export const Me = z.object({
  user_id: z.string(),
  email: z.nullable(z.string()),
  groups: z.array(z.string()),
  mfa: z.boolean(),
  team: z.nullable(z.string()),
  budgets: z.array(Budget),
  /** Patterns of what they may call; `["*"]` = all. */
  models: z.array(z.string()),
  /** Groups that are no roles. */
  teams: z.array(z.string()),
});
export type Me = z.infer<typeof Me>;
