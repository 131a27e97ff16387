import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { type ApiKeyParts, encodeApiKeyBody, encodeChecksum } from '../../shared/api-key.ts';
import type { RootKeys } from '../auth/root-secret.ts';

/** A new key. `text` is shown once and stored nowhere. */
export interface MintedKey {
  readonly text: string;
  /** base64url, as it stands in the slot. */
  readonly digest: string;
  readonly last4: string;
}

export interface KeyFormat {
  /** Which pepper made the digests. */
  readonly pepperId: string;
  /** Undefined when the username is not a UUID. */
  mint(username: string, slot: number): MintedKey | undefined;
  /** Whether this deployment minted the text: a stranger's string passes once in 2^32. */
  isOurs(parts: ApiKeyParts): boolean;
  /**
   * Whether the text has this digest. Without a digest (unknown person, empty slot) the same work is done against a
   * dummy, so that the time tells nothing, and the answer is false.
   */
  matches(text: string, digest: string | undefined): boolean;
}

const secretBytes = 32;
const dummyDigest = Buffer.alloc(32);

/** Key objects are made once: HMAC over a raw Buffer takes five times as long (9 µs against 1.8 µs, Node 24). */
export function createKeyFormat(rootKeys: RootKeys): KeyFormat {
  const pepper = createSecretKey(rootKeys.pepper);
  const checksumKey = createSecretKey(rootKeys.checksumKey);
  const digestOf = (text: string) => createHmac('sha256', pepper).update(text).digest();
  const checksumOf = (body: string) =>
    encodeChecksum(createHmac('sha256', checksumKey).update(body).digest().readUInt32BE(0));
  return {
    pepperId: rootKeys.pepperId,
    mint(username, slot) {
      const body = encodeApiKeyBody(username, slot, randomBytes(secretBytes));
      if (body === undefined) return undefined;
      const text = body + checksumOf(body);
      return { text, digest: digestOf(text).toString('base64url'), last4: body.slice(-4) };
    },
    isOurs({ body, checksum }) {
      // Both are six ASCII characters: the one by parseApiKey, the other by encodeChecksum.
      return timingSafeEqual(Buffer.from(checksumOf(body)), Buffer.from(checksum));
    },
    matches(text, digest) {
      const stored = digest === undefined ? dummyDigest : Buffer.from(digest, 'base64url');
      const expected = stored.length === dummyDigest.length ? stored : dummyDigest;
      return timingSafeEqual(digestOf(text), expected) && expected !== dummyDigest;
    },
  };
}
