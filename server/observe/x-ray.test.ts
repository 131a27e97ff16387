import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { invalidApiKey, unavailable } from '../errors.ts';
import { traced } from './trace.ts';
import { createXRayTrace } from './x-ray.ts';

let daemon: Socket;
let datagrams: string[];
beforeEach(async () => {
  datagrams = [];
  daemon = createSocket('udp4').on('message', (datagram) => datagrams.push(datagram.toString('utf8')));
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
});
afterEach(() => daemon.close());

const traceHeader = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1;Lineage=a87bd80c:1';
const startTrace = (now?: () => number) => createXRayTrace(traceHeader, `127.0.0.1:${daemon.address().port}`, now);

async function received(count: number) {
  while (datagrams.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  return datagrams.map((datagram) => {
    const [header, document = '', ...rest] = datagram.split('\n');
    expect({ header, rest }).toEqual({ header: '{"format":"json","version":1}', rest: [] });
    return JSON.parse(document);
  });
}

test('each part is one datagram under the invocation’s segment, with its times and the request id', async () => {
  let time = 1_790_000_000_000;
  const trace = startTrace(() => time);
  const end = trace.start('upstream', 'req_1');
  time += 1_234;
  end(null);
  await trace.flush();
  expect(await received(1)).toEqual([
    {
      type: 'subsegment',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      trace_id: '1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
      parent_id: '9a9197af755a6419',
      name: 'upstream',
      start_time: 1_790_000_000,
      end_time: 1_790_000_001.234,
      annotations: { request_id: 'req_1' },
    },
  ]);
});

test('a failure is marked as the caller’s or ours, and nothing of it is told', async () => {
  const trace = startTrace();
  const call = { request: { trace }, requestId: 'req_1' };
  const fail = (error: Error) => traced(call, 'auth', () => Promise.reject(error));
  await expect(fail(invalidApiKey())).rejects.toThrow('not valid');
  await expect(fail(unavailable('auth_unavailable', 'planted', 1))).rejects.toThrow('planted');
  expect(await traced(call, 'admit', async () => 7)).toBe(7);
  await trace.flush();
  const documents = await received(3);
  expect(documents.map(({ name, error, fault }) => ({ name, error, fault }))).toEqual([
    { name: 'auth', error: true, fault: undefined },
    { name: 'auth', error: undefined, fault: true },
    { name: 'admit', error: undefined, fault: undefined },
  ]);
  expect(datagrams.join()).not.toContain('planted');
});

test.each(['127.0.0.1:1', 'nobody', '127.0.0.1:99999'])(
  'no daemon at %s: nothing waits, nothing fails',
  async (address) => {
    const trace = createXRayTrace(traceHeader, address);
    trace.start('settle', 'req_1')(null);
    const startedAt = performance.now();
    await trace.flush();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  },
);
