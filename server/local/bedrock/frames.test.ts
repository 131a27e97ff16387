import { crc32 } from 'node:zlib';
import { test } from 'vitest';
import { encodeEvent, encodeException } from './frames.ts';

/** Reads a frame by the offsets of the specification. */
function readFrame(frame: Buffer) {
  const total = frame.readUInt32BE(0);
  const headersLength = frame.readUInt32BE(4);
  const headers: Record<string, string> = {};
  for (let at = 12; at < 12 + headersLength; ) {
    const nameEnd = at + 1 + frame.readUInt8(at);
    const valueEnd = nameEnd + 3 + frame.readUInt16BE(nameEnd + 1);
    headers[frame.toString('utf8', at + 1, nameEnd)] =
      `${frame.readUInt8(nameEnd)} ${frame.toString('utf8', nameEnd + 3, valueEnd)}`;
    at = valueEnd;
  }
  return {
    lengthIsRight: total === frame.length,
    preludeIsRight: frame.readUInt32BE(8) === crc32(frame.subarray(0, 8)),
    messageIsRight: frame.readUInt32BE(total - 4) === crc32(frame.subarray(0, total - 4)),
    headers,
    payload: frame.toString('utf8', 12 + headersLength, total - 4),
  };
}

const right = { lengthIsRight: true, preludeIsRight: true, messageIsRight: true };

test('an event has its three headers, of type string, and both checksums', ({ expect }) => {
  expect(readFrame(encodeEvent('contentBlockDelta', '{"delta":{"text":"€"}}'))).toEqual({
    ...right,
    headers: {
      ':event-type': '7 contentBlockDelta',
      ':content-type': '7 application/json',
      ':message-type': '7 event',
    },
    payload: '{"delta":{"text":"€"}}',
  });
});

test('an exception is named in lower camel case', ({ expect }) => {
  expect(readFrame(encodeException('ModelStreamErrorException', '{"message":"x"}'))).toEqual({
    ...right,
    headers: {
      ':exception-type': '7 modelStreamErrorException',
      ':content-type': '7 application/json',
      ':message-type': '7 exception',
    },
    payload: '{"message":"x"}',
  });
});

test('a frame has the bytes of the specification', ({ expect }) => {
  const frame = encodeEvent('metadata', '{}');
  expect(frame.subarray(0, 32).toString('latin1')).toBe(
    `${Buffer.from([0, 0, 0, frame.length, 0, 0, 0, frame.length - 18]).toString('latin1')}${frame.subarray(8, 12).toString('latin1')}\x0b:event-type\x07\x00\x08metad`,
  );
});
