import * as z from 'zod/mini';
import { Budget, limitSettings } from './limits.ts';
import { McpToolPatterns, ModelPatterns } from './policy.ts';
import { listOf, pageQuery, Timestamp, words } from './shapes.ts';

export const Scope = z.enum(['inference', 'usage', 'mcp']);
export type Scope = z.infer<typeof Scope>;

export const Scopes = z.array(Scope).check(z.minLength(1), z.maxLength(3));

/** `key_` and twelve letters or digits. */
export const KeyId = z.string().check(z.regex(/^key_[A-Za-z0-9]{12}$/, 'is not the id of a key'));

export const KeyStatus = z.enum(['active', 'revoked', 'expired']);

/** CONTRACTS §3. `key`, the plaintext, stands only in the answer of create (and rotate). */
export const Key = z.object({
  id: z.string(),
  name: z.string(),
  last4: z.string(),
  status: KeyStatus,
  user_id: z.string(),
  email: z.nullable(z.string()),
  team: z.nullable(z.string()),
  scopes: z.array(Scope),
  models: z.array(z.string()),
  /** Of MCP tools, by the names /mcp lists them under. */
  mcp_tools: z._default(z.array(z.string()), ['*']),
  budgets: z.array(Budget),
  rpm: z.nullable(z.number()),
  tpm: z.nullable(z.number()),
  concurrency: z.nullable(z.number()),
  created_at: Timestamp,
  expires_at: z.nullable(Timestamp),
  last_used_at: z.nullable(Timestamp),
  key: z.optional(z.string()),
});
export type Key = z.infer<typeof Key>;

export const KeyList = listOf(Key);
export type KeyList = z.infer<typeof KeyList>;

export const KeyName = words(64);
const Words = words(200);

/** `90d`, `12h` … between one hour and 3,650 days, or `never`. Checked by the key service, which knows the bounds. */
const ExpiresIn = z
  .string()
  .check(z.regex(/^(?:never|[1-9]\d{0,4}[hd])$/, 'is a number of hours or days (12h, 90d) or "never"'));

/** What a caller says of a key, at its creation and later. Both ways to say when it ends are one rule's two words. */
const KeySettings = {
  scopes: z.optional(Scopes),
  models: z.optional(ModelPatterns),
  /** Patterns of MCP tools; all unless set. They narrow what /mcp lists and calls, upstream servers' tools included. */
  mcp_tools: z.optional(McpToolPatterns),
  expires_in: z.optional(ExpiresIn),
  expires_at: z.optional(Timestamp),
  ...limitSettings,
};

export const CreateKey = z.strictObject({
  name: KeyName,
  ...KeySettings,
  team: z.optional(z.string()),
  /** Another person's, for administrators. */
  user_id: z.optional(z.string()),
});
export type CreateKey = z.infer<typeof CreateKey>;

/** What is absent stays; null takes away. Every other field of a key is read-only and refused by name. */
export const UpdateKey = z.strictObject({
  name: z.optional(KeyName),
  ...KeySettings,
  team: z.optional(z.nullable(z.string())),
});
export type UpdateKey = z.infer<typeof UpdateKey>;

export const RotateKey = z.strictObject({
  /** How long the old key still works: `0s` … `30d`; `24h` unless given. */
  overlap: z.optional(
    z.string().check(z.regex(/^\d{1,7}[smhd]$/, 'is a number of seconds, minutes, hours or days (0s, 24h, 30d)')),
  ),
});
export type RotateKey = z.infer<typeof RotateKey>;

/** For the audit trail: why a key is revoked. */
export const RevokeKeyQuery = z.strictObject({ reason: z.optional(Words) });

/** The plaintext stands in the body only: addresses end in logs. */
export const RevokeLeakedKey = z.strictObject({ key: z.string().check(z.maxLength(200)) });
export type RevokeLeakedKey = z.infer<typeof RevokeLeakedKey>;

/** Whoever reports a leaked key is not told whose it was. */
export const RevokedLeakedKey = z.object({ id: z.string(), last4: z.string(), status: z.literal('revoked') });
export type RevokedLeakedKey = z.infer<typeof RevokedLeakedKey>;

export const ListKeysQuery = z.strictObject({
  user_id: z.optional(z.string()),
  status: z.optional(KeyStatus),
  all: z.optional(z.enum(['true', 'false'])),
  ...pageQuery,
});
export type ListKeysQuery = z.infer<typeof ListKeysQuery>;
