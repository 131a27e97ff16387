import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request of a client as it stood on the wire, and what came of it. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
  readonly answerHeaders: http.IncomingHttpHeaders;
  readonly answer: string;
}

export interface Recorder {
  readonly url: string;
  /** In the order in which they ended. */
  readonly exchanges: readonly Exchange[];
  close(): Promise<void>;
}

/** A proxy on a free loopback port that passes everything on to `target` as it comes, and remembers it. */
export async function startRecorder(target: string): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const server = http.createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const onward = http.request(`${target}${path}`, { method, headers: { ...headers, host: new URL(target).host } });
    const sent = text(request);
    request.pipe(onward);
    onward.once('error', (error) => response.destroy(error));
    response.once('close', () => onward.destroy());
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      // A client that leaves early has taken its answer all the same.
      void Promise.all([sent, text(answer).catch(() => '')]).then(([body, got]) => {
        const { statusCode: status = 502, headers: answerHeaders } = answer;
        exchanges.push({ method, path, headers, body, status, answerHeaders, answer: got });
      });
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(portOf(server.address())));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
  return address.port;
}
