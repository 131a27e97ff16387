import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsFault } from './emulator.ts';

/** The parts of a request that its signature covers, as they came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface SignatureOptions {
  /** Access key id → secret. */
  readonly credentials: ReadonlyMap<string, string>;
  /** The name in the credential scope, e.g. `dynamodb`; Bedrock's runtime signs as `bedrock`. */
  readonly service: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** Who signed, when and for what: the last five parts of `<key id>/<date>/<region>/<service>/aws4_request`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const hashBlockBytes = 64;
const clockSkewMs = 5 * 60_000;

/**
 * Checks a request signed in its Authorization header (Signature Version 4) as AWS does. It shares no code with the
 * signer of the hot path, because it is the check on that code.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @throws AwsFault in AWS's words; status 403 from Bedrock and S3, 400 from the services that speak JSON 1.0 and 1.1.
 */
export function verifySignature(request: SignedRequest, body: Uint8Array, options: SignatureOptions): void {
  const { service } = options;
  const authorization = request.headers.authorization;
  if (authorization === undefined) {
    throw refusal(service, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const timestamp = singleHeader(request.headers, 'x-amz-date');
  const { scope, signedHeaders, signature } = parseAuthorization(authorization, timestamp, service);
  checkSignedHeaders(request.headers, signedHeaders, service);
  const secret = options.credentials.get(scope.accessKeyId);
  if (secret === undefined) {
    throw refusal(service, 'UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  checkScope(scope, timestamp, service);
  checkClock(timestamp, options.now, service);
  const payloadHash = payloadHashOf(request.headers, body, service);
  const expected = computeSignature({ request, signedHeaders, payloadHash, timestamp, scope, secret });
  if (!sameSignature(expected, signature)) throw mismatch(service);
}

/** Compares in constant time. */
export function sameSignature(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The signature in hex that a client with this secret sends for this request. */
export function computeSignature(input: {
  readonly request: SignedRequest;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body in hex, or the word that stands for it. */
  readonly payloadHash: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly secret: string;
}): string {
  const { request, signedHeaders, scope } = input;
  const mark = request.url.indexOf('?');
  const path = mark < 0 ? request.url : request.url.slice(0, mark);
  const query = mark < 0 ? '' : request.url.slice(mark + 1);
  const headers = signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}\n`).join('');
  const canonicalRequest = [
    request.method,
    scope.service === 's3' ? encodeSegments(path, decodePercent) : encodeSegments(withoutDotSegments(path)),
    canonicalQuery(query),
    headers,
    signedHeaders.join(';'),
    input.payloadHash,
  ].join('\n');
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const stringToSign = [algorithm, input.timestamp, scopeText, hash('sha256', canonicalRequest)].join('\n');
  const signingKey = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<string | Buffer>(
    (key, part) => hmac(key, part),
    `AWS4${input.secret}`,
  );
  return hmac(signingKey, stringToSign).toString('hex');
}

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes. Node's `createHmac` takes four times as long with a key of bytes,
 * and there are four of those in a request; the emulators stand on the hot path of the local stack.
 */
function hmac(key: string | Buffer, text: string): Buffer {
  const bytes = Buffer.from(key);
  const inner = Buffer.alloc(hashBlockBytes);
  (bytes.length > hashBlockBytes ? hash('sha256', bytes, 'buffer') : bytes).copy(inner);
  const outer = Buffer.from(inner);
  for (let index = 0; index < hashBlockBytes; index++) {
    inner[index] = (inner[index] ?? 0) ^ 0x36;
    outer[index] = (outer[index] ?? 0) ^ 0x5c;
  }
  const innerHash = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer');
  return hash('sha256', Buffer.concat([outer, innerHash]), 'buffer');
}

/** `<key id>/<date>/<region>/<service>/aws4_request`; undefined when it has another form. */
export function parseCredential(text: string): CredentialScope | undefined {
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(text);
  const [, accessKeyId, date, region, service] = match ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined)
    return undefined;
  return { accessKeyId, date, region, service };
}

/** `YYYYMMDDTHHMMSSZ` in ms since the epoch; undefined when it has another form. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

interface Authorization {
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(header: string, timestamp: string, service: string): Authorization {
  if (!header.startsWith(`${algorithm} `)) {
    const word = header.split(' ', 1)[0];
    throw refusal(service, 'IncompleteSignatureException', `Unsupported AWS 'algorithm': '${word}'.`);
  }
  const parts = new Map<string, string>();
  for (const part of header.slice(algorithm.length + 1).split(',')) {
    const mark = part.indexOf('=');
    if (mark > 0) parts.set(part.slice(0, mark).trim(), part.slice(mark + 1).trim());
  }
  const credential = parts.get('Credential') ?? '';
  const signedHeaders = parts.get('SignedHeaders') ?? '';
  const signature = parts.get('Signature') ?? '';
  const lacking: string[] = [];
  if (credential === '') lacking.push("Authorization header requires 'Credential' parameter.");
  if (signature === '') lacking.push("Authorization header requires 'Signature' parameter.");
  if (signedHeaders === '') lacking.push("Authorization header requires 'SignedHeaders' parameter.");
  if (timestamp === '') {
    lacking.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (lacking.length > 0) throw refusal(service, 'IncompleteSignatureException', lacking.join(' '));
  const scope = parseCredential(credential);
  if (scope === undefined) {
    const message = `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`;
    throw refusal(service, 'IncompleteSignatureException', message);
  }
  return { scope, signedHeaders: signedHeaders.split(';'), signature };
}

function checkSignedHeaders(headers: IncomingHttpHeaders, signed: readonly string[], service: string): void {
  if (signed.some((name, index) => name !== name.toLowerCase() || (signed[index - 1] ?? '') >= name)) {
    throw mismatch(service); // AWS sorts them itself, so that any other order gives another signature
  }
  for (const name of signed) {
    if (headers[name] === undefined) throw mismatch(service);
  }
  if (!signed.includes('host') && !signed.includes(':authority')) {
    const message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    throw refusal(service, 'InvalidSignatureException', message);
  }
  // Only S3 refuses every x-amz header that is left out; without a signed date anything could be replayed for ever.
  const left = Object.keys(headers).filter(
    (name) => !signed.includes(name) && (name === 'x-amz-date' || (service === 's3' && name.startsWith('x-amz-'))),
  );
  if (left.length > 0) {
    const message = `There were headers present in the request which were not signed: ${left.join(', ')}`;
    throw refusal(service, 'InvalidSignatureException', message);
  }
}

function checkScope(scope: CredentialScope, timestamp: string, service: string): void {
  if (scope.service !== service) {
    const message = `Credential should be scoped to correct service: '${service}'. `;
    throw refusal(service, 'InvalidSignatureException', message);
  }
  if (!timestamp.startsWith(scope.date)) {
    const message = `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`;
    throw refusal(service, 'InvalidSignatureException', message);
  }
}

function checkClock(timestamp: string, now: number, service: string): void {
  const time = parseTimestamp(timestamp);
  if (time === undefined) {
    const message = `Date must be in ISO-8601 'basic format'. Got '${timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601`;
    throw refusal(service, 'IncompleteSignatureException', message);
  }
  if (time < now - clockSkewMs) {
    const message = `Signature expired: ${timestamp} is now earlier than ${encodeTimestamp(now - clockSkewMs)} (${encodeTimestamp(now)} - 5 min.)`;
    throw refusal(service, 'InvalidSignatureException', message);
  }
  if (time > now + clockSkewMs) {
    const message = `Signature not yet current: ${timestamp} is still later than ${encodeTimestamp(now + clockSkewMs)} (${encodeTimestamp(now)} + 5 min.)`;
    throw refusal(service, 'InvalidSignatureException', message);
  }
}

function encodeTimestamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** S3 signs the hash named in a header, which may stand for "not hashed"; every other service the hash of the body. */
function payloadHashOf(headers: IncomingHttpHeaders, body: Uint8Array, service: string): string {
  const actual = hash('sha256', body);
  if (service !== 's3') return actual;
  const named = singleHeader(headers, 'x-amz-content-sha256');
  if (named === 'UNSIGNED-PAYLOAD' || named === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return named;
  if (named !== actual) {
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    throw refusal(service, 'XAmzContentSHA256Mismatch', message);
  }
  return actual;
}

function singleHeader(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : '';
}

function canonicalHeader(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.trim().replace(/ {2,}/g, ' ');
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      const name = mark < 0 ? pair : pair.slice(0, mark);
      const value = mark < 0 ? '' : pair.slice(mark + 1);
      return [encodePercent(decodePercent(name)), encodePercent(decodePercent(value))] as const;
    })
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map((pair) => pair.join('='))
    .join('&');
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept.length === 0 ? '/' : `/${kept.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

/** S3 encodes the decoded path once. Everyone else encodes the path of the wire, which is encoded already, once more. */
function encodeSegments(path: string, prepare = (segment: string) => segment): string {
  return path
    .split('/')
    .map((segment) => encodePercent(prepare(segment)))
    .join('/');
}

function encodePercent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function mismatch(service: string): AwsFault {
  const message =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
  return refusal(service, 'InvalidSignatureException', message);
}

function refusal(service: string, type: string, message: string): AwsFault {
  return new AwsFault(type, message, service === 'bedrock' || service === 's3' ? 403 : 400);
}
