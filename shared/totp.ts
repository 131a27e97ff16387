import { createHmac } from 'node:crypto';

// Time-based one-time passwords (RFC 6238) as authenticator apps and Cognito use them: SHA-1, 30 seconds, six digits.
// One place for the local stack's both sides and the tests of the command line; nothing that is shipped for AWS loads it.

const stepMs = 30_000;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The number of the 30 seconds in which a moment lies (RFC 6238, section 4.2). @param time ms since the epoch */
export function totpStep(time: number): number {
  return Math.floor(time / stepMs);
}

/**
 * The code that an authenticator app shows during one step.
 * @param secret Base32 (RFC 4648); blanks, padding and small letters do not matter.
 * @throws RangeError when the secret is no base32
 */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const number = digest.readUInt32BE(digest.readUInt8(digest.length - 1) & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Without padding, as authenticator apps take it. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let rest = 0;
  let bits = 0;
  for (const byte of bytes) {
    rest = ((rest << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet.charAt((rest >> (bits - 5)) & 31);
  }
  return bits === 0 ? text : text + alphabet.charAt((rest << (5 - bits)) & 31);
}

function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let rest = 0;
  let bits = 0;
  for (const character of text.toUpperCase().replace(/[\s=]/g, '')) {
    const value = alphabet.indexOf(character);
    if (value < 0) throw new RangeError('a TOTP secret is written in A-Z and 2-7');
    rest = ((rest << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((rest >> bits) & 255);
  }
  return Buffer.from(bytes);
}
