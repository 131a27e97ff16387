import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, test } from 'vitest';
import * as z from 'zod/mini';
import { Deployment } from '../keys/test-deployment.ts';
import { listen, readBody } from '../local/emulator.ts';
import { tagOf } from './tag.ts';
import { startProcess, startSimulator } from './test-process.ts';

const read = (...tags: readonly string[]) =>
  tagOf({
    ...{ method: 'POST', path: '/', query: new URLSearchParams(), baseUrl: '', sourceIp: '192.0.2.7' },
    headers: tags.length === 0 ? {} : { 'x-pennyworth-tag': tags },
    readBody: async () => Buffer.alloc(0),
  });

describe('the tag of a call', () => {
  test('is the header as it was sent, or none', ({ expect }) => {
    expect(read()).toBeNull();
    for (const tag of ['a', 'x'.repeat(64), 'Team-1/repo.git:main_2@ci']) expect(read(tag)).toBe(tag);
  });

  test.for(['', ' ', 'x'.repeat(65), 'a b', 'ü', '(other)', 'a,b', 'a\n', '#', '"'])(
    '%j is refused by name',
    (tag, { expect }) => {
      expect(() => read(tag)).toThrow('x-pennyworth-tag: must be 1 to 64 letters');
    },
  );
});

const Sent = z.object({ requestMetadata: z.record(z.string(), z.string()) });

describe('Bedrock', () => {
  let deployment: Deployment;
  const bodies: z.infer<typeof Sent>[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(Sent.parse(JSON.parse((await readBody(request)).toString())));
    response.writeHead(400).end('{}');
  });
  let upstream: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    [deployment, upstream] = await Promise.all([Deployment.start(), listen(server, 0)]);
  });
  afterAll(() => Promise.all([deployment.close(), upstream.close()]));

  test('gets it among the pairs by which its own logs are matched with the ledger', async ({ expect }) => {
    const simulator = await startSimulator();
    const { key } = await deployment.createKey(deployment.startInstance(), await deployment.createPerson());
    const environment = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url };
    const { ask } = startProcess(deployment, simulator, { environment });
    const body = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] };
    await ask(key, body, { 'x-pennyworth-tag': 'ci:nightly' });
    await ask(key, body);
    expect(bodies.map(({ requestMetadata }) => requestMetadata['pw_tag'])).toEqual(['ci:nightly', undefined]);
    await simulator.close();
  });
});
