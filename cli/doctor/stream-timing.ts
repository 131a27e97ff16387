import { CheckFailure } from './check-list.ts';

/** When the pieces of a streamed answer came, in ms from the moment the request was sent. */
export interface StreamTiming {
  readonly first_byte_ms: number;
  readonly last_byte_ms: number;
  /** From the first byte to the last. */
  readonly spread_ms: number;
  /** Reads with a pause between them: what one packet brought is one, in however many pieces it is handed over. */
  readonly reads: number;
  readonly bytes: number;
}

export interface TimedBody {
  readonly text: string;
  readonly timing: StreamTiming;
}

const pauseMs = 1;
const fewestReads = 3;
/** A held-back answer of 300 tokens (60 KB of events) takes some 2 % of its time to come over, a streamed one 50 % or more. */
const smallestShare = 0.1;

/** Reads a body to its end with a clock. `startedAt` as performance.now() tells it. */
export async function readTimed(body: AsyncIterable<Uint8Array>, startedAt: number): Promise<TimedBody> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  let reads = 0;
  let firstAt: number | undefined;
  let lastAt = performance.now();
  for await (const piece of body) {
    const at = performance.now();
    firstAt ??= at;
    if (reads === 0 || at - lastAt >= pauseMs) reads++;
    lastAt = at;
    bytes += piece.byteLength;
    text += decoder.decode(piece, { stream: true });
  }
  const first = firstAt ?? lastAt;
  const timing = {
    first_byte_ms: Math.round(first - startedAt),
    last_byte_ms: Math.round(lastAt - startedAt),
    spread_ms: Math.round(lastAt - first),
    reads,
    bytes,
  };
  return { text: text + decoder.decode(), timing };
}

/** @throws CheckFailure when the answer was held back and sent at once */
export function requireStreamed(timing: StreamTiming, headers: Headers): void {
  const { first_byte_ms: first, last_byte_ms: last, spread_ms: spread, reads } = timing;
  const length = headers.get('content-length');
  const isStreamed = length === null && reads >= fewestReads && spread >= last * smallestShare;
  if (isStreamed) return;
  const known = length === null ? '' : `, with its length known beforehand (content-length ${length})`;
  throw new CheckFailure(
    `the answer is buffered: first byte after ${first} ms, all of it ${spread} ms later in ${reads} reads${known}`,
    'in template.yaml every event needs ResponseTransferMode: RESPONSE_STREAM (SAM’s word; with CloudFormation’s STREAM it makes a buffered API that ends after 29 s); deploy it again. If it is so, a proxy in between holds answers back',
    { ...timing },
  );
}
