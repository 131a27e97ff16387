import { crc32 } from 'node:zlib';

// The event-stream encoding of AWS: total length, length of the headers, CRC of these two; headers; payload; CRC of all
// before. https://smithy.io/2.0/aws/amazon-eventstream.html

const stringType = 7;

/** Encodes header values of type string: one byte of name length, name, type, two bytes of value length, value. */
function encodeHeaders(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    headers.flatMap(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return [
        Buffer.from([Buffer.byteLength(name)]),
        Buffer.from(name),
        Buffer.from([stringType]),
        length,
        Buffer.from(value),
      ];
    }),
  );
}

function eventHeaders(type: string): Buffer {
  return encodeHeaders([
    [':event-type', type],
    [':content-type', 'application/json'],
    [':message-type', 'event'],
  ]);
}

const headersByEvent = {
  messageStart: eventHeaders('messageStart'),
  contentBlockStart: eventHeaders('contentBlockStart'),
  contentBlockDelta: eventHeaders('contentBlockDelta'),
  contentBlockStop: eventHeaders('contentBlockStop'),
  messageStop: eventHeaders('messageStop'),
  metadata: eventHeaders('metadata'),
  chunk: eventHeaders('chunk'),
} as const;

export type EventType = keyof typeof headersByEvent;

/** One frame with an event of ConverseStream, or a chunk of InvokeModel's; `payload` is JSON text. */
export function encodeEvent(type: EventType, payload: string): Buffer {
  return encodeFrame(headersByEvent[type], payload);
}

/** One frame with an exception, after which a stream ends. `type` is the error's name, e.g. `ThrottlingException`. */
export function encodeException(type: string, payload: string): Buffer {
  const name = type.slice(0, 1).toLowerCase() + type.slice(1);
  const headers = encodeHeaders([
    [':exception-type', name],
    [':content-type', 'application/json'],
    [':message-type', 'exception'],
  ]);
  return encodeFrame(headers, payload);
}

function encodeFrame(headers: Buffer, payload: string): Buffer {
  const length = 12 + headers.length + Buffer.byteLength(payload) + 4;
  const frame = Buffer.allocUnsafe(length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, 12);
  frame.write(payload, 12 + headers.length, 'utf8');
  frame.writeUInt32BE(crc32(frame.subarray(0, length - 4)), length - 4);
  return frame;
}
