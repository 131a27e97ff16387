import type { Writable } from 'node:stream';
import type { HttpResponse } from '../http.ts';
import { finished, writePieces } from '../write-pieces.ts';

/** Belong to one connection, and the one to the caller is API Gateway's (RFC 9110 §7.6.1); it frames the body itself. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Answers by Lambda's response stream. An answer that cannot be ended properly is broken off, so that no caller takes a
 * part for the whole.
 */
export async function writeResponse(
  raw: Writable,
  { method }: { method: string },
  response: HttpResponse,
): Promise<void> {
  const headers = Object.fromEntries(Object.entries(response.headers).filter(([name]) => !hopByHop.has(name)));
  const stream = awslambda.HttpResponseStream.from(raw, { statusCode: response.status, headers });
  stream.on('error', () => undefined); // of the connection to Lambda; there is nobody left to be told
  try {
    // The prelude goes out with the first write only; a stream that is just ended has no status.
    stream.write('');
    const { body } = response;
    if (typeof body !== 'string') await writePieces(stream, body);
    else if (method !== 'HEAD') stream.write(body);
    stream.end();
    await finished(stream);
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
