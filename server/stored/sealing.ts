import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

// Content that only this deployment can read: AES-256-GCM with a key for each purpose and owner. Layout: one byte of
// version, 12 of nonce, the content, 16 of tag.

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

export interface Sealer {
  /** Never twice the same. */
  seal(content: string | Uint8Array): Buffer;
  /** Byte for byte what was sealed; undefined when it is foreign, damaged or of no layout we know. */
  unseal(sealed: Uint8Array): Buffer | undefined;
}

/** Whether the first bytes of something are those of what is sealed here; other content is seldom taken for it. */
export function looksSealed(start: Uint8Array): boolean {
  return start[0] === version;
}

/**
 * `sealingKey`: of the deployment's root keys; the owner's own key is derived from it when it is first needed.
 * @param bound what the sealed content belongs to: sealed for one thing, it does not open as another
 */
export function createSealer(sealingKey: Uint8Array, purpose: string, owner: string, bound: readonly string[]): Sealer {
  let derived: Uint8Array | undefined;
  const key = () => {
    derived ??= new Uint8Array(hkdfSync('sha256', sealingKey, '', `${purpose}/v${version}/${owner}`, 32));
    return derived;
  };
  const aad = Buffer.from(JSON.stringify([version, owner, ...bound]));
  return {
    seal(content) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key(), nonce).setAAD(aad);
      const body = typeof content === 'string' ? cipher.update(content, 'utf8') : cipher.update(content);
      return Buffer.concat([Buffer.of(version), nonce, body, cipher.final(), cipher.getAuthTag()]);
    },
    unseal(sealed) {
      if (!looksSealed(sealed) || sealed.length < 1 + nonceBytes + tagBytes) return undefined;
      const bodyEnd = sealed.length - tagBytes;
      const decipher = createDecipheriv('aes-256-gcm', key(), sealed.subarray(1, 1 + nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(aad)
        .setAuthTag(sealed.subarray(bodyEnd));
      const body = decipher.update(sealed.subarray(1 + nonceBytes, bodyEnd));
      try {
        return Buffer.concat([body, decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}
