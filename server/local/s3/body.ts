import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsFault } from '../emulator.ts';

/** Name in lower case → value. */
export type Fields = Readonly<Record<string, string>>;

/**
 * The content of a body sent `aws-chunked`, and the fields that came after it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @throws AwsFault 400 for framing that does not add up
 */
export function decodeChunks(body: Buffer): { content: Buffer; trailers: Fields } {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (end < 0 || !(size >= 0)) throw incomplete();
    at = end + 2;
    if (size === 0) break;
    pieces.push(body.subarray(at, at + size));
    at += size;
    if (body.toString('latin1', at, at + 2) !== '\r\n') throw incomplete();
    at += 2;
  }
  const trailers: Record<string, string> = {};
  for (const line of body.toString('latin1', at).split(/\r?\n/)) {
    const mark = line.indexOf(':');
    if (mark > 0) trailers[line.slice(0, mark).toLowerCase()] = line.slice(mark + 1).trim();
  }
  return { content: Buffer.concat(pieces), trailers };
}

function incomplete(): AwsFault {
  const message = 'You did not provide the number of bytes specified by the Content-Length HTTP header';
  return new AwsFault('IncompleteBody', message);
}

const checksums: Readonly<Record<string, (content: Buffer) => string>> = {
  crc32: checksumOf,
  sha1: (content) => hash('sha1', content, 'base64'),
  sha256: (content) => hash('sha256', content, 'base64'),
};

/** CRC-32 as S3 writes it: four bytes in base64. */
export function checksumOf(content: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString('base64');
}

/**
 * Checks every `x-amz-checksum-…` and Content-MD5 among the fields.
 * @throws AwsFault 400 BadDigest
 */
export function verifyChecksums(content: Buffer, fields: Fields): void {
  const md5 = fields['content-md5'];
  if (md5 !== undefined && md5 !== hash('md5', content, 'base64')) {
    throw new AwsFault('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [name, value] of Object.entries(fields)) {
    const algorithm = /^x-amz-checksum-(crc|sha)(.+)$/.exec(name)?.slice(1).join('');
    if (algorithm === undefined) continue;
    const compute = checksums[algorithm];
    if (compute === undefined) {
      throw new AwsFault('NotImplemented', `The local emulator does not know the checksum ${algorithm}`, 501);
    }
    if (compute(content) === value) continue;
    throw new AwsFault('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match what we received.`);
  }
}
