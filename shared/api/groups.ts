import * as z from 'zod/mini';
import { SetPolicy, ShownPolicy } from './policy.ts';
import { listOf, pageQuery, Timestamp, words } from './shapes.ts';

/** A team; or `admin` and `auditor`, which are roles. */
export const Group = z.object({
  name: z.string(),
  description: z.nullable(z.string()),
  role: z.boolean(),
  policy: z.nullable(ShownPolicy),
  created_at: Timestamp,
});
export type Group = z.infer<typeof Group>;

export const GroupList = listOf(Group);
export type GroupList = z.infer<typeof GroupList>;

/** What is absent stays; null takes away. */
export const PutGroup = z.strictObject({
  description: z.optional(z.nullable(words(200))),
  policy: z.optional(z.nullable(SetPolicy)),
});
export type PutGroup = z.infer<typeof PutGroup>;

export const ListGroupsQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z.optional(z.string().check(z.maxLength(8192))),
});
export type ListGroupsQuery = z.infer<typeof ListGroupsQuery>;

/** `members` have lost its policy: what they may is what their other policies say, or the default. Older gateways do not tell. */
export const DeletedGroup = z.object({ name: z.string(), deleted: z.literal(true), members: z.optional(z.number()) });
export type DeletedGroup = z.infer<typeof DeletedGroup>;
