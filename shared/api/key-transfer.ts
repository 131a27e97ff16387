import * as z from 'zod/mini';
import { Key, KeyId, KeyName, Scopes } from './keys.ts';
import { limitSettings } from './limits.ts';
import { GroupName, McpToolPatterns, ModelPatterns } from './policy.ts';
import { listOf, pageQuery } from './shapes.ts';

export const ExportKeysQuery = z.strictObject({
  include_hashes: z.optional(z.enum(['true', 'false'])),
  ...pageQuery,
});
export type ExportKeysQuery = z.infer<typeof ExportKeysQuery>;

/**
 * A key as it is carried from one pool to another. Never its plaintext; with `hash` it works again wherever the root
 * secret is the same, because person and slot stand in its text.
 */
export const ExportedKey = z.strictObject({
  v: z.literal(1),
  ...z.pick(Key, {
    id: true,
    name: true,
    last4: true,
    status: true,
    user_id: true,
    email: true,
    team: true,
    scopes: true,
    models: true,
    mcp_tools: true,
    created_at: true,
    expires_at: true,
  }).shape,
  ...limitSettings,
  /** 1 … 40. */
  slot: z.int().check(z.gte(1), z.lte(40)),
  /** Which pepper made `hash`: that of the root secret. */
  pepper_id: z.string(),
  /** base64url of HMAC-SHA-256(pepper, plaintext); none of a revoked key. */
  hash: z.optional(z.string().check(z.regex(/^[\w-]{43}$/, 'is not the hash of a key'))),
  /** The id of the key that took its place. */
  rotated_to: z.nullable(z.string()),
  /** The id of the first key it was rotated from: budgets are kept under that one. */
  rotated_first: z._default(z.nullable(z.string()), null),
});
export type ExportedKey = z.infer<typeof ExportedKey>;

export const ExportedKeyList = listOf(ExportedKey);
export type ExportedKeyList = z.infer<typeof ExportedKeyList>;

/** A row as it is taken: with every rule that a key made here follows. Times are checked where it is now. */
const ImportedKey = z.strictObject({
  ...ExportedKey.shape,
  id: KeyId,
  name: KeyName,
  last4: z.string().check(z.regex(/^[A-Za-z0-9]{4}$/, 'is not the last four characters of a key')),
  user_id: z.string().check(z.maxLength(128)),
  team: z.nullable(GroupName),
  scopes: Scopes,
  models: ModelPatterns,
  mcp_tools: z._default(McpToolPatterns, ['*']),
  rotated_to: z.nullable(KeyId),
  rotated_first: z._default(z.nullable(KeyId), null),
});

/** As many rows as one call can write well within its time. */
const mostImportedKeys = 100;

export const ImportKeys = z.strictObject({
  keys: z.array(ImportedKey).check(z.minLength(1), z.maxLength(mostImportedKeys)),
  /** What becomes of a row whose place is taken or whose person is not here; `fail` unless given: nothing is written. */
  on_conflict: z.optional(z.enum(['skip', 'fail'])),
  /** Tells what would be done and does nothing. */
  dry_run: z.optional(z.boolean()),
});
export type ImportKeys = z.infer<typeof ImportKeys>;

/**
 * `imported` (or `would_import`), `unchanged`: it is there already; `skipped`: `message` says what is in its place;
 * `failed`: send the same again, what is there already stays as it is.
 */
const ImportOutcome = z.enum(['imported', 'would_import', 'unchanged', 'skipped', 'failed']);

export const ImportedRow = z.object({
  id: z.string(),
  user_id: z.string(),
  outcome: ImportOutcome,
  code: z.nullable(z.string()),
  message: z.nullable(z.string()),
});
export type ImportedRow = z.infer<typeof ImportedRow>;

/** In the order of the rows that were sent. */
export const ImportReport = z.object({ data: z.array(ImportedRow), dry_run: z.boolean() });
export type ImportReport = z.infer<typeof ImportReport>;
