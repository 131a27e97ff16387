import { createServer as createHttp1Server, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Socket } from 'node:net';

/** The first bytes of HTTP/2's connection preface, `PRI * HTTP/2.0`; no method of HTTP/1.1 begins so. */
const preface = Buffer.from('PRI');

/**
 * Serves HTTP/1.1 and cleartext HTTP/2 on one port of 127.0.0.1, told apart by the first bytes a client sends. The AWS
 * SDK speaks the latter to Bedrock by default, with prior knowledge, so there is no upgrade to wait for.
 */
export async function listenDual(
  port: number,
  onHttp1: RequestListener,
  onHttp2: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const http1 = createHttp1Server({ keepAliveTimeout: 60_000 }, onHttp1);
  const http2 = createHttp2Server();
  http2.on('stream', onHttp2);
  http2.on('sessionError', () => undefined); // a client that broke off
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // a client that broke off
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      const isHttp2 = preface.subarray(0, first.length).equals(first.subarray(0, preface.length));
      (isHttp2 ? http2 : http1).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the Bedrock simulator has no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
