import type { Writable } from 'node:stream';

/** Writes each piece at once and waits while the reader is behind. When it has left, the rest is still read: it is billed. */
export async function writePieces(stream: Writable, pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) {
    if (stream.destroyed) continue;
    if (!stream.write(piece)) await untilOne(stream, 'drain', 'close');
  }
}

/** Until all that was written is on its way, or the reader has left. */
export async function finished(stream: Writable): Promise<void> {
  if (!stream.writableFinished && !stream.destroyed) await untilOne(stream, 'finish', 'close');
}

function untilOne(stream: Writable, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
