import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { isObject } from '../json-object.ts';
import type { SignedReasoning } from './response-object.ts';

// What a model thought, as the `encrypted_content` of a reasoning item: the client keeps it, and only we can read it.
// Layout in base64url: one byte of version, 12 of nonce, the text in AES-256-GCM, 16 of tag.

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Who may have it opened. Another person's, or one of another model, is foreign: no model takes it back. */
export interface SealScope {
  /** Username of the key's owner: the same person may go on with another key. */
  readonly owner: string;
  /** The model that thought it. */
  readonly model: string;
}

export interface ReasoningSeal {
  /** Never twice the same. */
  seal(reasoning: SignedReasoning): string;
  /** Byte for byte what was sealed; undefined when it is foreign, damaged or of no layout we know. */
  unseal(encrypted: string): SignedReasoning | undefined;
}

/** `sealingKey`: of the deployment's root keys. Each owner has a key of its own, derived when it is first needed. */
export function createReasoningSeal(sealingKey: Uint8Array, { owner, model }: SealScope): ReasoningSeal {
  let derived: Uint8Array | undefined;
  const key = () => {
    derived ??= new Uint8Array(hkdfSync('sha256', sealingKey, '', `reasoning/v${version}/${owner}`, 32));
    return derived;
  };
  const bound = Buffer.from(JSON.stringify([version, owner, model]));
  return {
    seal(reasoning) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key(), nonce).setAAD(bound);
      const text = cipher.update(JSON.stringify(reasoning), 'utf8');
      const end = cipher.final();
      return Buffer.concat([Buffer.of(version), nonce, text, end, cipher.getAuthTag()]).toString('base64url');
    },
    unseal(encrypted) {
      const bytes = Buffer.from(encrypted, 'base64url');
      if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes) return undefined;
      const textEnd = bytes.length - tagBytes;
      const nonce = bytes.subarray(1, 1 + nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', key(), nonce, { authTagLength: tagBytes })
        .setAAD(bound)
        .setAuthTag(bytes.subarray(textEnd));
      const text = decipher.update(bytes.subarray(1 + nonceBytes, textEnd));
      try {
        return toReasoning(JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8')));
      } catch {
        return undefined;
      }
    },
  };
}

function toReasoning(value: unknown): SignedReasoning | undefined {
  if (!isObject(value)) return undefined;
  const { text, signature, data } = value;
  if (typeof data === 'string') return { data };
  return typeof text === 'string' && typeof signature === 'string' ? { text, signature } : undefined;
}
