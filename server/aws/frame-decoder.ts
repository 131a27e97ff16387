import { crc32 } from 'node:zlib';

/** One frame of `application/vnd.amazon.eventstream`, its checksums verified. */
export interface Frame {
  readonly headers: Buffer;
  readonly payload: Buffer;
}

const preludeBytes = 12;
const trailerBytes = 4;
/** Limits of AWS's own implementation (aws-c-event-stream): a larger frame is a broken one. */
const mostFrameBytes = 24 * 1024 * 1024;
const mostHeaderBytes = 128 * 1024;

/**
 * Cuts a byte stream into frames, wherever the network split it. A frame that lies whole within one read is a view into
 * it; only one that is split is put together in a buffer of its own, made once with the length its prelude names.
 * https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
 */
export class FrameDecoder {
  /** The beginning of a frame: of its prelude's length until that is whole, then of the frame's. */
  #partial: Buffer | undefined;
  #filled = 0;
  #failure: Error | undefined;

  /** Why nothing more will be decoded: a frame was corrupt. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The frames these bytes complete. Ends at a corrupt one; `failure` then says why. */
  push(bytes: Buffer): Frame[] {
    const frames: Frame[] = [];
    if (this.#failure !== undefined) return frames;
    try {
      const start = this.#partial === undefined ? 0 : this.#fill(this.#partial, bytes, frames);
      this.#readWhole(bytes, start, frames);
    } catch (error) {
      if (!(error instanceof CorruptFrameError)) throw error;
      this.#failure = error;
    }
    return frames;
  }

  /** @throws Error when the stream ended within a frame, or a frame was corrupt. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#partial !== undefined) throw new CorruptFrameError('the stream ended within a frame');
  }

  #readWhole(bytes: Buffer, start: number, frames: Frame[]): void {
    let position = start;
    while (bytes.length - position >= preludeBytes) {
      const length = readPrelude(bytes, position);
      if (bytes.length - position < length) break;
      frames.push(readFrame(bytes, position, length));
      position += length;
    }
    if (position === bytes.length) return;
    const known = bytes.length - position >= preludeBytes;
    this.#partial = Buffer.allocUnsafe(known ? bytes.readUInt32BE(position) : preludeBytes);
    this.#filled = bytes.copy(this.#partial, 0, position);
  }

  /** @returns how many of the bytes belonged to the frame that had begun before them. */
  #fill(partial: Buffer, bytes: Buffer, frames: Frame[]): number {
    let taken = this.#take(partial, bytes, 0);
    if (this.#filled < partial.length) return taken;
    let frame = partial;
    if (partial.length === preludeBytes) {
      frame = Buffer.allocUnsafe(readPrelude(partial, 0));
      partial.copy(frame);
      this.#partial = frame;
      taken += this.#take(frame, bytes, taken);
      if (this.#filled < frame.length) return taken;
    }
    this.#partial = undefined;
    frames.push(readFrame(frame, 0, frame.length));
    return taken;
  }

  #take(target: Buffer, bytes: Buffer, from: number): number {
    const taken = bytes.copy(target, this.#filled, from);
    this.#filled += taken;
    return taken;
  }
}

/** Not an answer of AWS any more: bytes were changed or lost on the way. */
class CorruptFrameError extends Error {
  override readonly name = 'CorruptFrameError';
}

/** @returns the length of the whole frame, once the prelude's checksum says that it can be believed. */
function readPrelude(bytes: Buffer, position: number): number {
  const length = bytes.readUInt32BE(position);
  const headerLength = bytes.readUInt32BE(position + 4);
  if (crc32(bytes.subarray(position, position + 8)) !== bytes.readUInt32BE(position + 8)) {
    throw new CorruptFrameError('the checksum of a frame’s prelude is wrong');
  }
  if (length > mostFrameBytes || headerLength > mostHeaderBytes) {
    throw new CorruptFrameError(`a frame of ${length} bytes with ${headerLength} bytes of headers is too long`);
  }
  if (length < preludeBytes + headerLength + trailerBytes) {
    throw new CorruptFrameError('the headers of a frame are longer than the frame');
  }
  return length;
}

function readFrame(bytes: Buffer, position: number, length: number): Frame {
  const trailer = position + length - trailerBytes;
  if (crc32(bytes.subarray(position, trailer)) !== bytes.readUInt32BE(trailer)) {
    throw new CorruptFrameError('the checksum of a frame is wrong');
  }
  const headers = position + preludeBytes;
  const payload = headers + bytes.readUInt32BE(position + 4);
  return { headers: bytes.subarray(headers, payload), payload: bytes.subarray(payload, trailer) };
}
