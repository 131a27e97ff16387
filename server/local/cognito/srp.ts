import { createHash, createHmac, getDiffieHellman, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

// The server's half of SRP-6a (RFC 5054) in the form Cognito's clients speak: group 15 of RFC 3526 with generator 2,
// SHA-256, numbers hashed in two's complement, and a proof that is an HMAC under an HKDF key.

const prime = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
const generator = 2n;
const multiplier = hashNumbers(prime, generator);

export interface Credentials {
  /** Hex. */
  readonly salt: string;
  /** Hex. */
  readonly verifier: string;
}

/** What is kept of a password. It is bound to the pool and the exact username. */
export function createCredentials(poolId: string, username: string, password: string): Credentials {
  const salt = randomBytes(16).toString('hex');
  return { salt, verifier: computeVerifier(poolId, username, password, salt) };
}

export function isPassword(kept: Credentials, poolId: string, username: string, password: string): boolean {
  return computeVerifier(poolId, username, password, kept.salt) === kept.verifier;
}

function computeVerifier(poolId: string, username: string, password: string, salt: string): string {
  const inner = createHash('sha256')
    .update(`${poolName(poolId)}${username}:${password}`)
    .digest();
  const x = BigInt(
    `0x${createHash('sha256')
      .update(encodeNumber(BigInt(`0x${salt}`)))
      .update(inner)
      .digest('hex')}`,
  );
  return power(generator, x).toString(16);
}

/** For a person who does not exist: the same at every try, like a real one's, and good for no password. */
export function createDecoy(secret: string, username: string): Credentials & { readonly username: string } {
  const derive = (label: string) => createHmac('sha256', secret).update(`${label}:${username}`).digest();
  const bytes = Buffer.from(hkdfSync('sha256', derive('verifier'), '', 'decoy', 384));
  const id = derive('username').toString('hex');
  return {
    salt: derive('salt').subarray(0, 16).toString('hex'),
    verifier: (BigInt(`0x${bytes.toString('hex')}`) % prime).toString(16),
    username: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20, 32)}`,
  };
}

/** The server's side of one exchange. */
export interface Exchange {
  /** SRP_B, hex. */
  readonly serverPublic: string;
  /** 16 bytes that only a client with the password can derive. */
  readonly key: Buffer;
}

/** Undefined when the client's public number is not one: of no use in hex, or 0 modulo the prime. */
export function startExchange(clientPublicHex: string, credentials: Credentials): Exchange | undefined {
  if (!/^[0-9a-f]{1,2048}$/i.test(clientPublicHex)) return undefined;
  const clientPublic = BigInt(`0x${clientPublicHex}`);
  if (clientPublic % prime === 0n) return undefined;
  const verifier = BigInt(`0x${credentials.verifier}`);
  const secret = BigInt(`0x${randomBytes(32).toString('hex')}`);
  const serverPublic = (multiplier * verifier + power(generator, secret)) % prime;
  const scrambler = hashNumbers(clientPublic, serverPublic);
  const shared = power(clientPublic * power(verifier, scrambler), secret);
  const key = hkdfSync('sha256', encodeNumber(shared), encodeNumber(scrambler), 'Caldera Derived Key', 16);
  return { serverPublic: serverPublic.toString(16), key: Buffer.from(key) };
}

export interface Proof {
  readonly poolId: string;
  readonly username: string;
  readonly secretBlock: Buffer;
  /** As the client wrote it. */
  readonly timestamp: string;
  /** Base64. */
  readonly signature: string;
}

export function isProven(key: Buffer, proof: Proof): boolean {
  const expected = createHmac('sha256', key)
    .update(poolName(proof.poolId))
    .update(proof.username)
    .update(proof.secretBlock)
    .update(proof.timestamp)
    .digest();
  const given = Buffer.from(proof.signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Tue Apr 7 09:05:01 UTC 2026` in ms since the epoch: English, the day of the month without a leading zero. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([1-9]\d?) (\d\d):(\d\d):(\d\d) UTC (\d{4})$/.exec(text);
  if (match === null) return undefined;
  const [, weekday = '', month = '', ...numbers] = match;
  const [day = 0, hour = 0, minute = 0, second = 0, year = 0] = numbers.map(Number);
  const time = Date.UTC(year, months.indexOf(month), day, hour, minute, second);
  const date = new Date(time);
  const isReal = months[date.getUTCMonth()] === month && date.getUTCDate() === day && date.getUTCHours() === hour;
  return isReal && weekdays[date.getUTCDay()] === weekday ? time : undefined;
}

/** The part of the pool's id after the region takes the place of a realm. */
function poolName(poolId: string): string {
  return poolId.slice(poolId.indexOf('_') + 1);
}

function hashNumbers(left: bigint, right: bigint): bigint {
  const digest = createHash('sha256').update(encodeNumber(left)).update(encodeNumber(right)).digest('hex');
  return BigInt(`0x${digest}`);
}

/** Big-endian two's complement: a zero byte goes before a number whose first bit is set. */
function encodeNumber(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % prime;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}
