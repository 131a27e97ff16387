import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Trace } from './trace.ts';

// Subsegments for X-Ray's daemon, by hand (its guide, "X-Ray segment documents" and "Sending segment documents to the
// X-Ray daemon"): one UDP datagram each, a line of header before it. Loaded for sampled requests only.

const header = '{"format":"json","version":1}\n';
/** ms. The daemon is on the same host; a lost datagram costs a line in a picture, a longer wait costs money. */
const longestFlushMs = 200;

interface XRayTrace extends Trace {
  /** Sends what is ended; awaited before the function may freeze. Never rejects. */
  flush(): Promise<void>;
}

/**
 * @param traceHeader of the invocation: `Root=1-…;Parent=…;Sampled=1`
 * @param daemon `host:port`, of AWS_XRAY_DAEMON_ADDRESS
 */
export function createXRayTrace(traceHeader: string, daemon: string, now: () => number = Date.now): XRayTrace {
  const fields = new Map(traceHeader.split(';').map((field) => splitAt(field, '=')));
  const documents: string[] = [];
  return {
    start(name, requestId) {
      const startedAt = now();
      return (fault) => {
        documents.push(
          JSON.stringify({
            type: 'subsegment',
            id: randomBytes(8).toString('hex'),
            trace_id: fields.get('Root'),
            parent_id: fields.get('Parent'),
            name,
            start_time: startedAt / 1000,
            end_time: now() / 1000,
            ...(fault === 'caller' && { error: true }),
            ...(fault === 'server' && { fault: true }),
            annotations: { request_id: requestId },
          }),
        );
      };
    },
    flush: () => send(documents.splice(0), daemon),
  };
}

async function send(documents: readonly string[], daemon: string): Promise<void> {
  if (documents.length === 0) return;
  const [host, port] = splitAt(daemon, ':');
  const socket = createSocket('udp4').on('error', () => undefined);
  const sending = documents.map(
    (document) => new Promise<void>((resolve) => socket.send(header + document, Number(port), host, () => resolve())),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, longestFlushMs);
  });
  await Promise.race([Promise.allSettled(sending), late]);
  clearTimeout(timer);
  socket.close();
}

function splitAt(text: string, mark: string): readonly [string, string] {
  const place = text.lastIndexOf(mark);
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)];
}
