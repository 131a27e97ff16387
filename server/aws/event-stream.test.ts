import { crc32 } from 'node:zlib';
import { EventStreamCodec, Int64 } from '@smithy/core/event-streams';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from './aws-error.ts';
import { EventStreamDecoder } from './event-stream.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { decodeFrameHeaders, type HeaderValue } from './frame-headers.ts';

// Frames are made and read back by the SDK's own codec, which is the oracle here.
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => new TextEncoder().encode(text),
);

type SdkMessage = Parameters<typeof codec.encode>[0];
type SdkHeaderValue = SdkMessage['headers'][string];

const origin = { service: 'bedrock-runtime', requestId: 'request-1', attempts: 2 } as const;

const headerValue: fc.Arbitrary<SdkHeaderValue> = fc.oneof(
  fc.boolean().map((value) => ({ type: 'boolean', value }) as const),
  fc.integer({ min: -128, max: 127 }).map((value) => ({ type: 'byte', value }) as const),
  fc.integer({ min: -32_768, max: 32_767 }).map((value) => ({ type: 'short', value }) as const),
  fc.integer().map((value) => ({ type: 'integer', value }) as const),
  fc.maxSafeInteger().map((value) => ({ type: 'long', value: Int64.fromNumber(value) }) as const),
  fc.uint8Array({ maxLength: 300 }).map((value) => ({ type: 'binary', value }) as const),
  fc.string({ unit: 'binary', maxLength: 300 }).map((value) => ({ type: 'string', value }) as const),
  fc.date({ noInvalidDate: true }).map((value) => ({ type: 'timestamp', value }) as const),
  fc.uuid().map((value) => ({ type: 'uuid', value }) as const),
);
/** Not `__proto__`: the SDK's codec writes headers into a plain object and loses that one, so it cannot be the oracle. */
const headerName = fc.string({ minLength: 1, maxLength: 40 }).filter((name) => name !== '__proto__');
const message: fc.Arbitrary<SdkMessage> = fc.record({
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 6 }),
  body: fc.uint8Array({ maxLength: 2_000 }),
});

/** What the SDK's value is in our form. */
function ourFormOf({ value }: SdkHeaderValue): HeaderValue {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return typeof value === 'object' && 'bytes' in value ? Buffer.from(value.bytes).readBigInt64BE() : value;
}

function encode(body: SdkMessage): Buffer {
  return Buffer.from(codec.encode(body));
}

function encodeMessage(kind: string, name: string, payload: unknown): Buffer {
  const nameHeader = kind === 'exception' ? ':exception-type' : ':event-type';
  return encode({
    headers: {
      ':message-type': { type: 'string', value: kind },
      [nameHeader]: { type: 'string', value: name },
      ':content-type': { type: 'string', value: 'application/json' },
    },
    body: Buffer.from(JSON.stringify(payload)),
  });
}

/** Cuts at every position named, in any order and repeated, so that reads may be empty or hold many frames. */
function splitAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const cuts = [0, ...positions.map((position) => position % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

test('500 random streams, split anywhere, are decoded as the SDK decodes them', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(100_000), { maxLength: 30 }), (messages, cuts) => {
      const encoded = messages.map(encode);
      const decoder = new FrameDecoder();
      const frames = splitAt(Buffer.concat(encoded), cuts).flatMap((bytes) => decoder.push(bytes));
      decoder.end();
      const ours = frames.map(({ headers, payload }) => ({
        headers: Object.fromEntries(decodeFrameHeaders(headers)),
        payload: [...payload],
      }));
      const theirs = encoded.map((bytes) => {
        const { headers, body } = codec.decode(bytes);
        const values = Object.entries(headers).map(([name, value]) => [name, ourFormOf(value)]);
        return { headers: Object.fromEntries(values), payload: [...body] };
      });
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 500 },
  );
});

test('a header named __proto__ is a header like any other', () => {
  const headers = JSON.parse('{"__proto__":{"type":"string","value":"kept"}}');
  const [frame] = new FrameDecoder().push(encode({ headers, body: Buffer.alloc(0) }));
  expect([...decodeFrameHeaders(frame?.headers ?? Buffer.alloc(0))]).toEqual([['__proto__', 'kept']]);
});

test('a stream fed byte for byte gives every message once and in order', () => {
  const deltas = Array.from({ length: 50 }, (_, index) => ({ delta: { text: `word ${index} é` } }));
  const bytes = Buffer.concat(deltas.map((delta) => encodeMessage('event', 'contentBlockDelta', delta)));
  const decoder = new EventStreamDecoder(origin);
  const messages = [...bytes].flatMap((byte) => decoder.push(Buffer.from([byte])));
  decoder.end();
  expect(messages).toEqual(deltas.map((payload) => ({ kind: 'event', name: 'contentBlockDelta', payload })));
});

describe('a stream that was damaged on the way', () => {
  const first = encodeMessage('event', 'messageStart', { role: 'assistant' });
  const second = encodeMessage('event', 'contentBlockDelta', { delta: { text: 'Hello' }, contentBlockIndex: 0 });
  const third = encodeMessage('exception', 'throttlingException', { message: 'slow down' });
  const whole = Buffer.concat([first, second, third]);

  const decodeAll = (bytes: Buffer) => {
    const decoder = new EventStreamDecoder(origin);
    const messages = decoder.push(bytes);
    try {
      decoder.end();
      return { messages, error: undefined };
    } catch (error) {
      return { messages, error };
    }
  };
  const intact = decodeAll(whole).messages;

  test('is refused for every bit of every byte, after the messages before it and with none changed', () => {
    expect(intact).toHaveLength(3);
    for (let position = 0; position < whole.length; position++) {
      for (const mask of [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged.writeUInt8(damaged.readUInt8(position) ^ mask, position);
        const { messages, error } = decodeAll(damaged);
        const before = position < first.length ? 0 : position < first.length + second.length ? 1 : 2;
        expect(messages).toEqual(intact.slice(0, before));
        expect(error).toMatchObject({ name: 'NetworkError', requestId: 'request-1', attempts: 2 });
      }
    }
  });

  test('is refused when it was cut anywhere but between two messages', () => {
    const borders = new Map([
      [0, 0],
      [first.length, 1],
      [first.length + second.length, 2],
      [whole.length, 3],
    ]);
    for (let length = 0; length <= whole.length; length++) {
      const { messages, error } = decodeAll(whole.subarray(0, length));
      const complete = borders.get(length);
      expect(messages).toEqual(intact.slice(0, messages.length));
      if (complete === undefined) expect(error).toBeInstanceOf(AwsError);
      else expect({ count: messages.length, error }).toEqual({ count: complete, error: undefined });
    }
  });

  test('gives nothing more once it is known to be damaged', () => {
    const decoder = new EventStreamDecoder(origin);
    const damaged = Buffer.from(first);
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20);
    expect(decoder.push(damaged)).toEqual([]);
    expect(decoder.push(second)).toEqual([]);
    expect(decoder.failure).toBeInstanceOf(AwsError);
  });
});

/** A frame whose checksums are right, whatever its lengths say, unless the prelude's is to be wrong. */
function forgeFrame(length: number, headerLength: number, preludeFault = 0): Buffer {
  const frame = Buffer.alloc(16);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(headerLength, 4);
  frame.writeUInt32BE((crc32(frame.subarray(0, 8)) ^ preludeFault) >>> 0, 8);
  frame.writeUInt32BE(crc32(frame.subarray(0, 12)), 12);
  return frame;
}

test.for([
  ['longer than 24 MiB', forgeFrame(24 * 1024 * 1024 + 1, 0)],
  ['with more than 128 KiB of headers', forgeFrame(1024 * 1024, 128 * 1024 + 1)],
  ['shorter than its headers', forgeFrame(16, 1)],
  ['shorter than a frame can be', forgeFrame(15, 0)],
  ['with a wrong checksum of its prelude only', forgeFrame(16, 0, 1)],
] as const)('a frame %s is refused before its bytes are waited for', ([, frame], { expect }) => {
  const decoder = new FrameDecoder();
  expect(decoder.push(frame)).toEqual([]);
  expect(decoder.failure).toBeInstanceOf(Error);
});

test.for([
  ['of an unknown type', [1, 0x61, 10]],
  ['that ends within its name', [9, 0x61]],
  ['without a type', [1, 0x61]],
  ['that ends within its value', [1, 0x61, 7, 0, 5, 0x62]],
] as const)('a header %s is refused', ([, bytes], { expect }) => {
  expect(() => decodeFrameHeaders(Buffer.from(bytes))).toThrow(RangeError);
});

describe('a message', () => {
  const decodeOne = (...frames: Buffer[]) => {
    const decoder = new EventStreamDecoder(origin);
    const messages = decoder.push(Buffer.concat(frames));
    return { messages, failure: decoder.failure };
  };

  test('that is an exception keeps its name as sent', () => {
    const payload = { message: 'boom', originalStatusCode: 500 };
    expect(decodeOne(encodeMessage('exception', 'modelStreamErrorException', payload))).toEqual({
      messages: [{ kind: 'exception', name: 'modelStreamErrorException', payload }],
      failure: undefined,
    });
  });

  test('that is an error ends the stream after the messages before it', () => {
    const error = encode({
      headers: {
        ':message-type': { type: 'string', value: 'error' },
        ':error-code': { type: 'string', value: 'internalFailure' },
        ':error-message': { type: 'string', value: 'Something went wrong' },
      },
      body: new Uint8Array(),
    });
    const event = encodeMessage('event', 'messageStart', { role: 'assistant' });
    const { messages, failure } = decodeOne(event, error, event);
    expect(messages).toEqual([{ kind: 'event', name: 'messageStart', payload: { role: 'assistant' } }]);
    expect(failure).toMatchObject({
      name: 'InternalFailure',
      message: 'Something went wrong',
      service: 'bedrock-runtime',
    });
  });

  test.for([
    ['of an unknown type', encodeMessage('gossip', 'messageStart', {})],
    ['without headers', encode({ headers: {}, body: new Uint8Array() })],
    [
      'whose payload is not JSON',
      encode({
        headers: { ':message-type': { type: 'string', value: 'event' }, ':event-type': { type: 'string', value: 'x' } },
        body: Buffer.from('{"half":'),
      }),
    ],
  ] as const)('%s ends the stream', ([, frame], { expect }) => {
    const { messages, failure } = decodeOne(frame);
    expect(messages).toEqual([]);
    expect(failure).toMatchObject({ name: 'NetworkError' });
  });
});
