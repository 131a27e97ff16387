/** Value of a header: boolean; byte, short and integer; long; byte array; string and UUID; timestamp. */
export type HeaderValue = boolean | number | bigint | Buffer | string | Date;

/**
 * The headers of a frame, in all ten types of value.
 * https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
 * @throws RangeError when they do not fill their block exactly or are of an unknown type.
 */
export function decodeFrameHeaders(block: Buffer): ReadonlyMap<string, HeaderValue> {
  const headers = new Map<string, HeaderValue>();
  let position = 0;
  while (position < block.length) {
    const nameStart = position + 1;
    const nameEnd = nameStart + block.readUInt8(position);
    const type = block.readUInt8(nameEnd);
    const hasLength = type === byteArrayType || type === stringType;
    const start = nameEnd + (hasLength ? 3 : 1);
    const end = start + (hasLength ? block.readUInt16BE(nameEnd + 1) : fixedLength(type));
    if (end > block.length) throw new RangeError('a header is longer than the headers of its frame');
    headers.set(block.toString('utf8', nameStart, nameEnd), decodeValue(block, type, start, end));
    position = end;
  }
  return headers;
}

const byteArrayType = 6;
const stringType = 7;
/** Bytes of the types 0 to 9; the two of variable length say theirs. */
const fixedLengths = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];

function fixedLength(type: number): number {
  const length = fixedLengths[type];
  if (length === undefined) throw new RangeError(`a header is of the unknown type ${type}`);
  return length;
}

function decodeValue(block: Buffer, type: number, start: number, end: number): HeaderValue {
  switch (type) {
    case 0:
      return true;
    case 1:
      return false;
    case 2:
    case 3:
    case 4:
      return block.readIntBE(start, end - start);
    case 5:
      return block.readBigInt64BE(start);
    case byteArrayType:
      return block.subarray(start, end);
    case stringType:
      return block.toString('utf8', start, end);
    case 8:
      return new Date(Number(block.readBigInt64BE(start)));
    default:
      return block.toString('hex', start, end).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}
