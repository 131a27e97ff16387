import * as z from 'zod/mini';
import { Day, listOf, pageQuery, Timestamp } from './shapes.ts';

/** What a thing was like before or after a change: names, states and limits, never a secret. */
const AuditState = z.nullable(z.record(z.string(), z.unknown()));

/** One change of a key, person, group or policy, or one refused attempt of a known person or key. */
export const AuditEvent = z.object({
  /** Of this event alone. */
  id: z.string(),
  time: Timestamp,
  /** Username of who did it, or tried to. */
  actor: z.string(),
  /** The key it was done with; null for a signed-in person. */
  actor_key: z.nullable(z.string()),
  /** `<thing>.<verb>`: `key.create`, `user.disable`, `key.refuse` … */
  action: z.string(),
  /** The key's id, the username or the group's name. */
  target: z.string(),
  /** Whose the target is; null for a group's, and for people without a role where it is another person's. */
  user_id: z.nullable(z.string()),
  request_id: z.string(),
  /** null where it is not known, and for people without a role where another person is the actor. */
  source_ip: z.nullable(z.string()),
  /** Of a refused attempt the error's code (`key_revoked`, `insufficient_scope` …) or `person_disabled`. */
  reason: z.nullable(z.string()),
  before: AuditState,
  after: AuditState,
});
export type AuditEvent = z.infer<typeof AuditEvent>;

export const AuditList = listOf(AuditEvent);
export type AuditList = z.infer<typeof AuditList>;

/** A UTC day, or a moment of one. */
const When = z.union([Day, Timestamp], { error: 'is a UTC day (2026-11-21) or moment (2026-11-21T09:00:00Z)' });
const someId = z.optional(z.string().check(z.minLength(1), z.maxLength(200)));

export const AuditQuery = z.strictObject({
  from: z.optional(When),
  /** A day counts to its end, a moment is the first that does not count. */
  to: z.optional(When),
  /** A username or a key's id. */
  actor: someId,
  /** A whole action, or the thing before its dot for all of that. */
  action: z.optional(
    z.string().check(z.regex(/^[a-z_]+(?:\.[a-z_]+)?$/, 'is an action like key.create, or key for all of keys')),
  ),
  /** A key's id, a username or a group's name. */
  target: someId,
  /** Oldest first, and `next` is never null: ask again with it for what has come since. */
  follow: z.optional(z.enum(['true', 'false'])),
  ...pageQuery,
});
export type AuditQuery = z.infer<typeof AuditQuery>;
