import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeEach, describe, test } from 'vitest';
import { createSelfSigned } from '../aws/self-signed.ts';
import type { ModelRequest, RemoteImagePart, UserPart } from '../model/request.ts';
import { requestWith } from '../model/test-requests.ts';
import { RemoteImages } from './remote-images.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const host = 'images.example';
const publicAddress = '93.184.216.34';
const { key, cert } = createSelfSigned(host, 'other.example');

/** What is answered at each path; anything else is the image. */
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/jpeg-called-png': (response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([0xff, 0xd8, 0xff, 0xe0])),
  '/html': (response) => response.end('<html>'),
  '/empty': (response) => response.end(),
  '/missing': (response) => response.writeHead(404).end('internal 10.0.0.7'),
  '/not-modified': (response) => response.writeHead(304).end(),
  '/compressed': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(png),
  '/said-large': (response) => response.writeHead(200, { 'content-length': 5_000_001 }).end(png),
  '/large': (response) => {
    response.write(png);
    for (let count = 0; count < 6; count++) response.write(Buffer.alloc(1_000_000));
    response.end();
  },
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': 500 }).write(png);
    setTimeout(() => response.destroy(), 20);
  },
  '/drip': (response) => {
    response.write(png.subarray(0, 1));
    const drip = setInterval(() => response.write('x'), 50);
    response.on('close', () => clearInterval(drip));
  },
  '/silent': () => undefined,
  '/once': (response) => response.writeHead(302, { location: '/image' }).end(),
  '/thrice': (response) => response.writeHead(301, { location: '/twice' }).end(),
  '/twice': (response) => response.writeHead(307, { location: `https://other.example/once` }).end(),
  '/four-times': (response) => response.writeHead(308, { location: '/thrice' }).end(),
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/to-http': (response) => response.writeHead(302, { location: 'http://images.example/image' }).end(),
  '/to-port': (response) => response.writeHead(302, { location: 'https://images.example:8443/image' }).end(),
  '/to-metadata': (response) => response.writeHead(302, { location: 'https://169.254.169.254/latest/' }).end(),
  '/to-private': (response) => response.writeHead(302, { location: 'https://private.example/image' }).end(),
  '/to-file': (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
};

const received: IncomingMessage[] = [];
const server = createServer({ key, cert }, (request, response) => {
  received.push(request);
  const answer = answers[request.url ?? ''];
  if (answer) answer(response);
  else response.end(png);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const bound = server.address();
const port = typeof bound === 'object' && bound ? bound.port : 0;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const addresses: Readonly<Record<string, readonly string[]>> = {
  [host]: [publicAddress],
  'other.example': [publicAddress],
  'unnamed.example': [publicAddress],
  'private.example': ['10.0.0.7'],
  'mixed.example': [publicAddress, '127.0.0.1'],
  'nowhere.example': [],
};
const lookups: string[] = [];
const dials: ConnectionOptions[] = [];
beforeEach(() => {
  lookups.length = 0;
  dials.length = 0;
  received.length = 0;
});

/** The real fetcher; what is no local matter of it, DNS and the way to a public address, ends at this test's server. */
function createImages(isOn = true) {
  return new RemoteImages({
    isOn,
    lookup: async (name) => {
      lookups.push(name);
      const found = addresses[name];
      if (!found) throw new Error(`queryA ENOTFOUND ${name} at 10.0.0.2`);
      return found;
    },
    connect: (options) => {
      dials.push(options);
      return connect({ ...options, host: '127.0.0.1', port, ca: cert });
    },
  });
}

const imageAt = (url: string, at = 0): RemoteImagePart => {
  return { type: 'remote-image', url, path: `messages[0].content[${at}].image_url` };
};
const asking = (...content: readonly UserPart[]) => requestWith({ messages: [{ role: 'user', content }] });
const load = (url: string) => createImages().load(asking(imageAt(url)));
const fetched = {
  type: 'image',
  format: 'png',
  data: png.toString('base64'),
  path: 'messages[0].content[0].image_url',
} as const;
const contentOf = ({ messages }: ModelRequest) => messages[0]?.content;

test('a request without remote images is left as it is', async ({ expect }) => {
  const request = asking({ type: 'text', text: 'Hi' });
  expect(await createImages(false).load(request)).toBe(request);
});

test('switched off, nothing is looked up, and the way out is told', async ({ expect }) => {
  await expect(createImages(false).load(asking(imageAt(`https://${host}/image`)))).rejects.toMatchObject({
    status: 400,
    code: 'unsupported_content',
    param: 'messages[0].content[0].image_url',
    message: expect.stringMatching(/data: URL.*remote_images/),
  });
  expect(lookups).toEqual([]);
});

test('images are put in the place of their addresses, tool results included, each address fetched once', async ({
  expect,
}) => {
  const url = `https://${host}/image?a=1#b`;
  const result = { type: 'tool-result', toolCallId: 't1', isError: false } as const;
  const request = asking(
    { type: 'text', text: 'Hi' },
    { ...imageAt(url), cacheAfter: '5m' },
    { ...result, content: [imageAt(url), imageAt(`https://${host}/other`)] },
  );
  const loaded = await createImages().load(request);
  expect(contentOf(loaded)).toEqual([
    { type: 'text', text: 'Hi' },
    { ...fetched, cacheAfter: '5m' },
    { ...result, content: [fetched, fetched] },
  ]);
  expect(received.map((request) => request.url).sort()).toEqual(['/image?a=1', '/other']);
});

test('the server gets no more than it needs, at the address that was checked', async ({ expect }) => {
  await load(`https://${host}/image`);
  expect(dials).toMatchObject([{ host: publicAddress, port: 443, servername: host, rejectUnauthorized: true }]);
  expect(lookups).toEqual([host]);
  expect(Object.keys(received[0]?.headers ?? {}).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ]);
  expect(received[0]?.headers.host).toBe(host);
});

test('the type is what the bytes say', async ({ expect }) => {
  expect(contentOf(await load(`https://${host}/jpeg-called-png`))).toMatchObject([{ format: 'jpeg' }]);
});

test.for(['once', 'thrice'])('%s redirected is followed', async (path, { expect }) => {
  expect(contentOf(await load(`https://${host}/${path}`))).toEqual([fetched]);
  // Each step is resolved and checked anew.
  expect(lookups).toHaveLength(received.length);
});

describe('refused with a word to the caller', () => {
  const cases = [
    [`http://${host}/image`, 'https'],
    ['ftp://images.example/image', 'https'],
    ['file:///etc/passwd', 'https'],
    ['not an address', 'no address'],
    [`https://${host}/${'x'.repeat(2_048)}`, 'no address'],
    [`https://${host}:8443/image`, 'port'],
    [`https://${host}:80/image`, 'port'],
    [`https://user:secret@${host}/image`, 'password'],
    ['https://127.0.0.1/image', 'number'],
    ['https://2130706433/image', 'number'],
    ['https://0x7f.1/image', 'number'],
    ['https://[::1]/image', 'number'],
    ['https://[::ffff:10.0.0.1]/image', 'number'],
    [`https://${publicAddress}/image`, 'number'],
    ['https://private.example/image', 'public'],
    ['https://mixed.example/image', 'public'],
    ['https://nowhere.example/image', 'public'],
    ['https://unknown.example/image', 'public'],
    ['https://unnamed.example/image', 'cannot be fetched'],
    [`https://${host}/html`, 'PNG'],
    [`https://${host}/empty`, 'PNG'],
    [`https://${host}/missing`, '404'],
    [`https://${host}/not-modified`, '304'],
    [`https://${host}/compressed`, 'compressed'],
    [`https://${host}/said-large`, '5000000'],
    [`https://${host}/large`, '5000000'],
    [`https://${host}/cut`, 'cannot be fetched'],
    [`https://${host}/four-times`, 'more than 3 times'],
    [`https://${host}/loop`, 'more than 3 times'],
    [`https://${host}/to-http`, 'https'],
    [`https://${host}/to-port`, 'port'],
    [`https://${host}/to-metadata`, 'number'],
    [`https://${host}/to-private`, 'public'],
    [`https://${host}/to-file`, 'https'],
  ] as const;
  test.for(cases)('%s', async ([url, words], { expect }) => {
    const error = await load(url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      status: 400,
      code: 'unsupported_content',
      param: 'messages[0].content[0].image_url',
    });
    const { message } = error instanceof Error ? error : new Error('no error');
    expect(message).toContain(words);
    expect(message).toContain('data: URL');
    expect(message).not.toMatch(/10\.0\.0|127\.0\.0|ENOTFOUND|secret/);
  });

  test('nothing is ever sent to an address that is not public', async ({ expect }) => {
    for (const url of ['https://private.example/', 'https://mixed.example/', `https://${host}/to-private`]) {
      await load(url).catch(() => undefined);
    }
    expect(dials.map((dial) => dial.servername)).toEqual([host]);
  });

  test('a ninth image', async ({ expect }) => {
    const parts = Array.from({ length: 9 }, (_, at) => imageAt(`https://${host}/${at}`, at));
    await expect(createImages().load(asking(...parts))).rejects.toMatchObject({
      param: 'messages[0].content[8].image_url',
    });
    expect(received).toEqual([]);
    expect(contentOf(await createImages().load(asking(...parts.slice(1))))).toHaveLength(8);
  });

  test('all images together after five seconds, whatever is slow', { timeout: 10_000 }, async ({ expect }) => {
    const started = performance.now();
    const dripping = [imageAt(`https://${host}/image`), imageAt(`https://${host}/drip`, 1)];
    const silent = [imageAt(`https://${host}/image`), imageAt(`https://${host}/silent`, 1)];
    const unresolved = new RemoteImages({ isOn: true, lookup: () => new Promise(() => undefined) });
    const outcomes = await Promise.allSettled([
      createImages().load(asking(...dripping)),
      createImages().load(asking(...silent)),
      unresolved.load(asking(imageAt(`https://${host}/`), imageAt(`https://${host}/`, 1))),
    ]);
    const message = expect.stringContaining('5 seconds');
    expect(outcomes).toMatchObject([
      { reason: { param: 'messages[0].content[1].image_url', message } },
      { reason: { param: 'messages[0].content[1].image_url', message } },
      { reason: { param: 'messages[0].content[0].image_url', message } },
    ]);
    expect(performance.now() - started).toBeLessThan(7_000);
  });
});
