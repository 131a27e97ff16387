import * as z from 'zod/mini';
import { KeyName } from './keys.ts';
import { GroupName, SetPolicy, ShownPolicy } from './policy.ts';
import { listOf, pageQuery, Timestamp } from './shapes.ts';

/** `invited`: has not signed in yet. A service account never signs in and is `active` or `disabled`. */
const UserStatus = z.enum(['active', 'invited', 'disabled']);

/** RFC 5321's dot-string and domain: each part between dots has letters, digits or these signs, and is not empty. */
const word = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const address = new RegExp(`^(?=[^@]{1,64}@)${word}(?:\\.${word})*@${label}(?:\\.${label})+$`);

/** Stands in filters of Cognito, so no quotes or backslashes. Kept in small letters: a pool takes Ann@ and ann@ for one. */
const Email = z
  .string()
  .check(
    z.trim(),
    z.toLowerCase(),
    z.maxLength(254),
    z.regex(address, 'is not an e-mail address in plain letters, like ann@example.com'),
  );

const summary = {
  /** The username: our id of a person everywhere. */
  user_id: z.string(),
  type: z.enum(['person', 'service']),
  email: z.nullable(z.string()),
  /** A service account's `service_name`. */
  name: z.nullable(z.string()),
  status: UserStatus,
  groups: z.array(z.string()),
  /** Their own; null when their teams' hold. */
  policy: z.nullable(ShownPolicy),
  active_keys: z.number(),
  created_at: Timestamp,
};

/** Somebody in a list: what Cognito tells of many at once. */
export const UserSummary = z.object(summary);
export type UserSummary = z.infer<typeof UserSummary>;

export const User = z.object({
  ...summary,
  mfa: z.boolean(),
  /** Patterns of what they may call, by all policies together. */
  models: z.array(z.string()),
  /** In the answer of disable only: keys that work no more until the person is enabled. */
  suspended_keys: z.optional(z.number()),
  /** Once, in the answer of create and invite, when no e-mail was sent. */
  temporary_password: z.optional(z.string()),
});
export type User = z.infer<typeof User>;

export const UserList = listOf(UserSummary);
export type UserList = z.infer<typeof UserList>;

export const DeletedUser = z.object({ user_id: z.string(), deleted: z.literal(true), deleted_keys: z.number() });
export type DeletedUser = z.infer<typeof DeletedUser>;

/** A person by `email`, or a service account by `service_name`. */
export const CreateUser = z.strictObject({
  email: z.optional(Email),
  service_name: z.optional(KeyName),
  groups: z.optional(z.array(GroupName).check(z.maxLength(50))),
  policy: z.optional(SetPolicy),
  /** `false`: no e-mail; the answer has a temporary password. */
  invite: z.optional(z.boolean()),
});
export type CreateUser = z.infer<typeof CreateUser>;

/** What is absent stays; null takes away. */
export const UpdateUser = z.strictObject({
  name: z.optional(z.nullable(KeyName)),
  email: z.optional(Email),
  policy: z.optional(z.nullable(SetPolicy)),
});
export type UpdateUser = z.infer<typeof UpdateUser>;

export const InviteUser = z.strictObject({ invite: z.optional(z.boolean()) });
export type InviteUser = z.infer<typeof InviteUser>;

export const ListUsersQuery = z.strictObject({
  group: z.optional(GroupName),
  status: z.optional(UserStatus),
  email: z.optional(Email),
  limit: pageQuery.limit,
  /** Cognito's own marks of a page are long. */
  cursor: z.optional(z.string().check(z.maxLength(8192))),
});
export type ListUsersQuery = z.infer<typeof ListUsersQuery>;
