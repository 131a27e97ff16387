import * as z from 'zod/mini';
import { Scope } from '../../shared/api/keys.ts';
import { StoredLimits } from '../money/limits.ts';

/**
 * The value of one slot attribute (`custom:k01` … `custom:k40`): compact JSON of at most 2,048 bytes. Field names are
 * short because Cognito counts every byte. Times are whole seconds since the epoch.
 */
export const StoredKey = z.object({
  /** Layout version. */
  v: z.literal(1),
  id: z.string(),
  /** base64url of HMAC-SHA-256(pepper, whole key); absent once revoked. */
  h: z.optional(z.string()),
  /** Which pepper made `h`. */
  p: z.string(),
  /** Name. */
  n: z.string(),
  /** Last four characters of the secret part, for display. */
  l: z.string(),
  /** Created. */
  c: z.number(),
  /** Expires; 0 = never. */
  e: z.number(),
  /** Status: active or revoked. Expiry is not stored, it follows from `e`. */
  s: z.enum(['a', 'r']),
  sc: z.array(Scope),
  /** Model patterns; ["*"] = all. */
  m: z.array(z.string()),
  /** Patterns of MCP tools; absent = all. */
  mt: z.optional(z.array(z.string())),
  /** Paying team. */
  t: z.optional(z.string()),
  /** Limits. */
  b: z.optional(StoredLimits),
  /** The first of the keys that this one was rotated from: its limits are kept under that id. */
  ro: z.optional(z.string()),
  /** The id of the key that this one was rotated from. */
  rf: z.optional(z.string()),
  /** The id of the key that took its place. */
  rt: z.optional(z.string()),
  /** The person's generation this write was made under: a writer that stalled beyond its lease is told by it. */
  g: z.number(),
});
export type StoredKey = z.infer<typeof StoredKey>;
