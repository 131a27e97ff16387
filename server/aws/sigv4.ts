import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Credentials } from './credentials.ts';

/** A request that is to be signed; header names in lower case. */
export interface UnsignedRequest {
  readonly method: string;
  /** As it goes over the wire: encoded once, without a query. */
  readonly path: string;
  /** All of them are signed; `host` must be among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** @returns the headers to send: those of the request, `x-amz-date`, the session's token and `authorization`. */
export type SignRequest = (request: UnsignedRequest, credentials: Credentials, now: number) => Record<string, string>;

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * AWS Signature Version 4 in the Authorization header, for every service but S3 (whose paths are encoded only once and
 * which alone wants `x-amz-content-sha256`). The signing key is good for a day, so the last one is kept.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(region: string, signingName: string): SignRequest {
  let kept: { readonly date: string; readonly secret: string; readonly key: KeyObject } | undefined;

  const signingKey = (date: string, secret: string): KeyObject => {
    if (kept?.date !== date || kept.secret !== secret) {
      kept = { date, secret, key: createSecretKey(deriveSigningKey(date, secret, region, signingName)) };
    }
    return kept.key;
  };

  let clock = { second: Number.NaN, timestamp: '' };
  const timestampOf = (now: number): string => {
    const second = Math.floor(now / 1000);
    if (second !== clock.second) clock = { second, timestamp: toTimestamp(now) };
    return clock.timestamp;
  };

  return (request, credentials, now) => {
    const timestamp = timestampOf(now);
    const date = timestamp.slice(0, 8);
    const scope = `${date}/${region}/${signingName}/aws4_request`;
    const headers: Record<string, string> = { ...request.headers, 'x-amz-date': timestamp };
    if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;

    const names = Object.keys(headers).sort();
    const signedHeaders = names.join(';');
    let canonical = `${request.method}\n${toCanonicalPath(request.path)}\n\n`;
    for (const name of names) canonical += `${name}:${toCanonicalValue(headers[name] ?? '')}\n`;
    canonical += `\n${signedHeaders}\n${hash('sha256', request.body)}`;

    const toSign = `${algorithm}\n${timestamp}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = createHmac('sha256', signingKey(date, credentials.secretAccessKey)).update(toSign).digest('hex');
    headers['authorization'] =
      `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return headers;
  };
}

/** Encodes one segment of a path as AWS counts it: all but letters, digits and `-._~`. */
export function encodePathSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function deriveSigningKey(date: string, secret: string, region: string, signingName: string): Buffer {
  let key = createHmac('sha256', `AWS4${secret}`).update(date).digest();
  for (const part of [region, signingName, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  return key;
}

/** `YYYYMMDDTHHMMSSZ`, without the cost of a pattern. */
function toTimestamp(now: number): string {
  const iso = new Date(now).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** The path encoded a second time (`%3A` becomes `%253A`), its slashes kept. */
function toCanonicalPath(path: string): string {
  return path === '/' ? path : path.split('/').map(encodePathSegment).join('/');
}

/** Runs of blanks count as one, and those at the ends not at all. */
function toCanonicalValue(value: string): string {
  return /^[ \t]|[ \t\r\n]{2}|[\t\r\n]|[ \t]$/.test(value) ? value.replace(/[ \t\r\n]+/g, ' ').trim() : value;
}
