import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describeFault } from './faults.ts';
import { encodeEvent, encodeException } from './frames.ts';
import { type Reply, write } from './reply.ts';
import type { FaultScript, Script } from './script.ts';
import type { StreamEvent } from './stream-events.ts';

const maxWriteBytes = 65_536;
/** Long enough for the two halves of a frame to be read apart. */
const splitPauseMs = 2;

/** Long enough for what was sent before a reset to be read: a reset throws away what is still on its way. */
const resetPauseMs = 20;

/** How a stream ends: the last bytes, and what becomes of the connection. */
interface Ending {
  readonly bytes: Buffer | undefined;
  readonly how: 'end' | 'reset' | 'hang';
}

const endOfStream: Ending = { bytes: undefined, how: 'end' };

/** Status and headers of an event stream. */
export function sendStreamHead(reply: Reply, headers: Readonly<Record<string, string>> = {}): void {
  const type = { 'content-type': 'application/vnd.amazon.eventstream' };
  reply.sendHead(200, { ...type, 'x-amzn-requestid': randomUUID(), ...headers });
}

/**
 * Sends an answer as an event stream. Without delays it goes out in as few writes as possible, with delays each chunk in
 * one of its own; a fault breaks it off after its number of chunks.
 */
export async function sendStream(
  reply: Reply,
  events: readonly StreamEvent[],
  script: Script,
  fault: FaultScript | undefined,
): Promise<void> {
  const kept = fault ? eventsBefore(events, fault) : events;
  const { delayMs = 0, chunkDelayMs = 0, splitFrames = false } = script;
  const { body } = reply;
  const pending = new PendingFrames();
  if (delayMs > 0) {
    reply.flushHead();
    await wait(delayMs, undefined, { ref: false });
  }
  let chunks = 0;
  for (const { type, payload, part } of kept) {
    if (body.destroyed) return;
    if (part === 'chunk' && chunks++ > 0 && chunkDelayMs > 0) {
      await pending.writeTo(body, splitFrames);
      await wait(chunkDelayMs, undefined, { ref: false });
    }
    pending.add(encodeEvent(type, payload));
    if (pending.bytes >= maxWriteBytes) await pending.writeTo(body, splitFrames);
  }
  const ending = fault ? createBreak(fault, events[kept.length]) : endOfStream;
  if (ending.bytes) pending.add(ending.bytes);
  if (splitFrames || ending.how !== 'end') await pending.writeTo(body, splitFrames);
  if (ending.how === 'end') {
    body.end(pending.take());
  } else if (ending.how === 'reset') {
    await wait(resetPauseMs);
    reply.reset();
  }
}

/** Frames that are to leave in one write. */
class PendingFrames {
  bytes = 0;
  readonly #frames: Buffer[] = [];

  add(frame: Buffer): void {
    this.#frames.push(frame);
    this.bytes += frame.length;
  }

  take(): Buffer {
    const all = Buffer.concat(this.#frames, this.bytes);
    this.#frames.length = 0;
    this.bytes = 0;
    return all;
  }

  /** With `split`, the last frame is cut in two, and its halves leave apart. */
  async writeTo(body: Writable, split: boolean): Promise<void> {
    const last = this.#frames.at(-1);
    if (last === undefined) return;
    const half = Math.ceil(last.length / 2);
    const all = this.take();
    if (!split) {
      await write(body, all);
      return;
    }
    await write(body, all.subarray(0, all.length - half));
    await wait(splitPauseMs);
    await write(body, all.subarray(all.length - half));
  }
}

/** The events that go out unharmed. */
function eventsBefore(events: readonly StreamEvent[], fault: FaultScript): readonly StreamEvent[] {
  if (fault.kind === 'no-metadata') return events.slice(0, -1);
  if (fault.kind === 'no-stop' && fault.afterChunks === undefined) return events.slice(0, -2);
  const afterChunks = fault.afterChunks ?? 1;
  let chunks = 0;
  const end = events.findIndex(({ part }) => part === 'chunk' && ++chunks > afterChunks);
  const stop = events.findIndex(({ part }) => part === 'stop');
  return events.slice(0, end < 0 ? stop : end);
}

function createBreak(fault: FaultScript, next: StreamEvent | undefined): Ending {
  const frame = next ? encodeEvent(next.type, next.payload) : undefined;
  switch (fault.kind) {
    case 'exception':
      return { bytes: encodeFault(fault), how: 'end' };
    case 'cut-frame':
      return { bytes: frame?.subarray(0, Math.floor(frame.length / 2)), how: 'end' };
    case 'corrupt':
      if (frame) frame.writeUInt8(frame.readUInt8(frame.length - 1) ^ 0xff, frame.length - 1);
      return { bytes: frame, how: 'end' };
    case 'reset':
      return { bytes: undefined, how: 'reset' };
    case 'hang':
      return { bytes: undefined, how: 'hang' };
    default:
      return endOfStream;
  }
}

function encodeFault({ type = 'ModelStreamErrorException', message }: FaultScript): Buffer {
  const { status, message: usual } = describeFault(type);
  const text = message ?? usual;
  const original = type === 'ModelStreamErrorException' ? { originalMessage: text, originalStatusCode: status } : {};
  return encodeException(type, JSON.stringify({ message: text, ...original }));
}
