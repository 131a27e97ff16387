/**
 * The text of an API key: `pnw_` + username (22) + slot (2) + secret (43) + keyed checksum (6), all base62.
 * Nothing here knows a secret of ours: the checksum and the digest are made where the root secret is.
 */

const prefix = 'pnw_';
const usernameDigits = 22;
const slotDigits = 2;
const secretDigits = 43;
const checksumDigits = 6;

const slotAt = prefix.length + usernameDigits;
const secretAt = slotAt + slotDigits;
const checksumAt = secretAt + secretDigits;
const keyLength = checksumAt + checksumDigits;

/** A person's slots are numbered from 1 to this. */
export const slotCount = 40;

/** What a scanner of repositories or logs looks for. */
export const apiKeyPattern = /\bpnw_[A-Za-z0-9]{73}\b/;

export interface ApiKeyParts {
  /** The owner's username: a UUID in lower case. */
  readonly username: string;
  readonly slot: number;
  readonly secret: string;
  /** What the checksum is made over: everything before it. */
  readonly body: string;
  readonly checksum: string;
  /** Last four characters of the secret: all of it that is ever shown again. */
  readonly last4: string;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Base62 with leading zeros to exactly `length` digits. @throws RangeError when the value needs more. */
export function encodeBase62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index++) {
    text = digits.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  if (rest !== 0n) throw new RangeError(`the value does not fit in ${length} base62 digits`);
  return text;
}

/** -1 for a character that is no digit. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x5a) return code - 0x41 + 10;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 36;
  return -1;
}

/** Eight digits stay below 2^53, so most of the arithmetic needs no BigInt: this runs for every call. */
const digitsAtOnce = 8;

/** Undefined when a character is no base62 digit. */
export function decodeBase62(text: string): bigint | undefined {
  let value = 0n;
  for (let start = 0; start < text.length; start += digitsAtOnce) {
    const end = Math.min(start + digitsAtOnce, text.length);
    let part = 0;
    for (let index = start; index < end; index++) {
      const digit = digitOf(text.charCodeAt(index));
      if (digit < 0) return undefined;
      part = part * 62 + digit;
    }
    value = value * BigInt(62 ** (end - start)) + BigInt(part);
  }
  return value;
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether this may be a username of a person with keys: no e-mail address, by which Cognito knows people too. */
export function isUsername(text: string): boolean {
  return uuidPattern.test(text);
}

function encodeUsername(username: string): string | undefined {
  if (!isUsername(username)) return undefined;
  return encodeBase62(BigInt(`0x${username.replaceAll('-', '')}`), usernameDigits);
}

function decodeUsername(text: string): string | undefined {
  const hex = decodeBase62(text)?.toString(16).padStart(32, '0');
  if (hex === undefined || hex.length > 32) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Everything before the checksum. Undefined when the username is not a UUID in lower case, which a key cannot carry. */
export function encodeApiKeyBody(username: string, slot: number, secret: Uint8Array): string | undefined {
  const owner = encodeUsername(username);
  if (owner === undefined) return undefined;
  let value = 0n;
  for (const byte of secret) value = value * 256n + BigInt(byte);
  return prefix + owner + encodeBase62(BigInt(slot), slotDigits) + encodeBase62(value, secretDigits);
}

/** The checksum's first 32 bits as its six characters. */
export function encodeChecksum(bits: number): string {
  return encodeBase62(BigInt(bits), checksumDigits);
}

/** The parts of a key by its form alone; undefined unless length, alphabet, username and slot are right. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  if (text.length !== keyLength || !text.startsWith(prefix)) return undefined;
  for (let index = prefix.length; index < keyLength; index++) {
    if (digitOf(text.charCodeAt(index)) < 0) return undefined;
  }
  const username = decodeUsername(text.slice(prefix.length, slotAt));
  const slot = Number(decodeBase62(text.slice(slotAt, secretAt)));
  if (username === undefined || slot < 1 || slot > slotCount) return undefined;
  const secret = text.slice(secretAt, checksumAt);
  return {
    username,
    slot,
    secret,
    body: text.slice(0, checksumAt),
    checksum: text.slice(checksumAt),
    last4: secret.slice(-4),
  };
}

/** Every key in a text cut down to what a list of keys shows of it. */
export function redactApiKeys(text: string): string {
  const pattern = new RegExp(apiKeyPattern, 'g');
  return text.replace(pattern, (key) => `${prefix}…${key.slice(checksumAt - 4, checksumAt)}`);
}
