import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { resolveEndpoint } from './endpoints.ts';
import { createHttp } from './http.ts';
import { startScriptedServer } from './scripted-server.ts';
import { createSelfSigned } from './self-signed.ts';

const limits = { headTimeoutMs: 5_000, idleTimeoutMs: 5_000 };
const headers = { host: 'test' };
const request = { method: 'POST', path: '/', headers, body: Buffer.from('{"a":1}') };

const connect = (url: string) => createHttp(resolveEndpoint('dynamodb', 'us-west-2', { AWS_ENDPOINT_URL: url }));

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

describe('connections', () => {
  test('are kept: 50 requests one after the other take one', async () => {
    await using server = await startScriptedServer((_, response) => response.end('yes'));
    const send = connect(server.url);
    for (let count = 0; count < 50; count++) {
      const { status, body } = await send(request, limits);
      expect([status, (await body.readAll(100)).toString()]).toEqual([200, 'yes']);
    }
    expect(server.connections.total).toBe(1);
    expect(server.requests[49]).toMatchObject({ method: 'POST', url: '/', body: '{"a":1}' });
  });

  test('that were closed meanwhile are noticed, and the request goes once more over a new one', async () => {
    await using server = await startScriptedServer((_, response, index) => {
      if (index === 2) response.socket?.resetAndDestroy();
      else response.end(String(index));
    });
    const send = connect(server.url);
    const [first, second] = await Promise.all([send(request, limits), send(request, limits)]);
    await Promise.all([first.body.readAll(9), second.body.readAll(9)]);
    expect(server.connections.total).toBe(2);
    const { body } = await send(request, limits);
    expect((await body.readAll(9)).toString()).toBe('3');
    expect([server.requests.length, server.connections.total]).toEqual([4, 3]);
  });

  test('that reset on the second attempt too are an error: it is tried once more, not for ever', async () => {
    await using server = await startScriptedServer((_, response, index) => {
      if (index > 0) response.socket?.resetAndDestroy();
      else response.end();
    });
    const send = connect(server.url);
    await (await send(request, limits)).body.readAll(9);
    await expect(send(request, limits)).rejects.toMatchObject({ name: 'NetworkError' });
    expect(server.requests).toHaveLength(3);
  });

  test('that are new and reset are an error at once', async () => {
    await using server = await startScriptedServer((_, response) => response.socket?.resetAndDestroy());
    await expect(connect(server.url)(request, limits)).rejects.toMatchObject({ name: 'NetworkError' });
    expect(server.requests).toHaveLength(1);
  });

  test('that are refused are an error', async () => {
    const server = createTcpServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(connect(`http://127.0.0.1:${port}`)(request, limits)).rejects.toMatchObject({
      name: 'NetworkError',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('whose TLS handshake never ends are given up after 3 s', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined));
    onTestFinished(() => void server.close());
    const send = connect(`https://127.0.0.1:${await portOf(server)}`);
    await expect(send(request, { ...limits, headTimeoutMs: 30_000 })).rejects.toMatchObject({
      name: 'NetworkError',
      message: expect.stringContaining('3000 ms'),
    });
  });

  test('over TLS are verified and kept', async () => {
    const { key, cert } = createSelfSigned();
    let connections = 0;
    const server = createHttpsServer({ key, cert }, (_, response) => response.end('safe'));
    server.on('secureConnection', () => (connections += 1));
    const host = `127.0.0.1:${await portOf(server)}`;
    const url = `https://${host}`;
    const toHost = { ...request, headers: { host } };
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await expect(connect(url)(toHost, limits)).rejects.toMatchObject({
      name: 'NetworkError',
      message: expect.stringContaining('self-signed'),
    });

    const known = getCACertificates('default');
    onTestFinished(() => setDefaultCACertificates(known));
    setDefaultCACertificates([cert]);
    connections = 0;
    const send = connect(url);
    for (let count = 0; count < 5; count++) {
      expect((await (await send(toHost, limits)).body.readAll(9)).toString()).toBe('safe');
    }
    expect(connections).toBe(1);
  });
});

describe('an abort', () => {
  test('before the request sends nothing', async () => {
    await using server = await startScriptedServer((_, response) => response.end());
    const reason = new Error('deadline');
    await expect(connect(server.url)(request, { ...limits, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.connections.total).toBe(0);
  });

  test('before the answer rejects with its reason and closes the connection', async () => {
    await using server = await startScriptedServer(() => undefined);
    const controller = new AbortController();
    const answer = connect(server.url)(request, { ...limits, signal: controller.signal });
    await vi.waitUntil(() => server.requests.length === 1);
    const reason = new Error('deadline');
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await vi.waitUntil(() => server.connections.open.size === 0);
    expect(server.requests).toHaveLength(1);
  });

  test('within the body rejects the read that waits and closes the connection', async () => {
    await using server = await startScriptedServer((_, response) => void response.write('half'));
    const controller = new AbortController();
    const { body } = await connect(server.url)(request, { ...limits, signal: controller.signal });
    expect((await body.read())?.toString()).toBe('half');
    const next = body.read();
    const reason = new Error('deadline');
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect(body.read()).rejects.toBe(reason);
    await vi.waitUntil(() => server.connections.open.size === 0);
  });

  test('after the end changes nothing: the connection is kept', async () => {
    await using server = await startScriptedServer((_, response) => response.end('whole'));
    const controller = new AbortController();
    const send = connect(server.url);
    const { body } = await send(request, { ...limits, signal: controller.signal });
    await body.readAll(9);
    controller.abort();
    await (await send(request, limits)).body.readAll(9);
    expect(server.connections.total).toBe(1);
  });
});

describe('silence', () => {
  test('before the answer is a timeout, not tried again', async () => {
    await using server = await startScriptedServer(() => undefined);
    const answer = connect(server.url)(request, { ...limits, headTimeoutMs: 60 });
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError', message: expect.stringContaining('60 ms') });
    await vi.waitUntil(() => server.connections.open.size === 0);
    expect(server.requests).toHaveLength(1);
  });

  test('within the body is a timeout that closes the connection', async () => {
    await using server = await startScriptedServer((_, response) => void response.write('half'));
    const { body } = await connect(server.url)(request, { ...limits, idleTimeoutMs: 60 });
    await body.read();
    await expect(body.read()).rejects.toMatchObject({ name: 'TimeoutError' });
    await vi.waitUntil(() => server.connections.open.size === 0);
  });

  test('shorter than the limit, again and again, is none', async () => {
    await using server = await startScriptedServer(async (_, response) => {
      for (let count = 0; count < 8; count++) {
        response.write('.');
        await delay(100);
      }
      response.end();
    });
    const { body } = await connect(server.url)(request, { ...limits, idleTimeoutMs: 400 });
    expect((await body.readAll(99)).toString()).toBe('........');
  });

  test('of a slow reader is not the service’s', async () => {
    await using server = await startScriptedServer(async (_, response) => {
      response.write('a');
      await delay(300);
      response.end('b');
    });
    const { body } = await connect(server.url)(request, { ...limits, idleTimeoutMs: 100 });
    await delay(500);
    expect((await body.readAll(9)).toString()).toBe('ab');
  });
});

describe('a body', () => {
  test('is stopped at the socket while its reader does not read, and arrives whole', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const pieces = 1_000;
    let written = 0;
    await using server = await startScriptedServer(async (_, response) => {
      for (; written < pieces; written++) if (!response.write(piece)) await once(response, 'drain');
      response.end();
    });
    const { body } = await connect(server.url)(request, limits);
    let stoppedAt = -1;
    await vi.waitUntil(async () => {
      const before = written;
      await delay(100);
      stoppedAt = written;
      return before > 0 && before === written;
    }, 10_000);
    expect(stoppedAt).toBeLessThan(pieces / 2);
    expect((await body.readAll(pieces * piece.length)).byteLength).toBe(pieces * piece.length);
  });

  test('cut off by a reset gives what came and then an error', async () => {
    await using server = await startScriptedServer(async (_, response) => {
      response.write('half');
      await delay(50);
      response.socket?.resetAndDestroy();
    });
    const { body } = await connect(server.url)(request, limits);
    expect((await body.read())?.toString()).toBe('half');
    await expect(body.read()).rejects.toMatchObject({ name: 'NetworkError' });
    expect(server.requests).toHaveLength(1);
  });

  test('shorter than its content-length is an error', async () => {
    await using server = await startScriptedServer(async (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      await delay(20);
      response.socket?.end();
    });
    const { body } = await connect(server.url)(request, limits);
    await expect(body.readAll(1_000)).rejects.toMatchObject({ name: 'NetworkError' });
  });

  test('that ends early but properly simply ends', async () => {
    await using server = await startScriptedServer(async (_, response) => {
      response.write('half');
      await delay(20);
      response.end();
    });
    const { body } = await connect(server.url)(request, limits);
    expect((await body.read())?.toString()).toBe('half');
    expect(await body.read()).toBeUndefined();
    expect(await body.read()).toBeUndefined();
  });

  test('longer than the reader wants is an error and closes the connection', async () => {
    await using server = await startScriptedServer((_, response) => void response.write('x'.repeat(1_000)));
    const { body } = await connect(server.url)(request, limits);
    await expect(body.readAll(999)).rejects.toMatchObject({ name: 'NetworkError' });
    await vi.waitUntil(() => server.connections.open.size === 0);
  });
});

test('an answer that is not HTTP is an error', async () => {
  const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
  onTestFinished(() => void server.close());
  const send = connect(`http://127.0.0.1:${await portOf(server)}`);
  await expect(send(request, limits)).rejects.toMatchObject({ name: 'NetworkError' });
});
