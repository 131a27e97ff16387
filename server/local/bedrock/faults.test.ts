import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, describe, test } from 'vitest';
import { startBedrock } from './emulator.ts';
import { ask, collect, createClient, deltasOf, handlers } from './test-clients.ts';
import { claude, testModels } from './test-models.ts';

const emulator = await startBedrock({ models: testModels });
afterAll(() => emulator.close());

const five = ['1', '2', '3', '4', '5'];

const beforeTheStream = [
  ['ThrottlingException', 429],
  ['ModelNotReadyException', 429],
  ['ServiceUnavailableException', 503],
  ['InternalServerException', 500],
  ['ModelTimeoutException', 408],
  ['ModelErrorException', 424],
  ['AccessDeniedException', 403],
  ['ResourceNotFoundException', 404],
  ['ServiceQuotaExceededException', 400],
  ['ValidationException', 400],
] as const;

const inTheStream = [
  'InternalServerException',
  'ModelStreamErrorException',
  'ValidationException',
  'ThrottlingException',
  'ServiceUnavailableException',
] as const;

describe.for(handlers)('over %s', (handler) => {
  const client = createClient(emulator.url, handler);

  async function stream(fault: Readonly<Record<string, unknown>>, rest: Readonly<Record<string, unknown>> = {}) {
    const answer = await client.send(new ConverseStreamCommand(ask(claude.id, { text: five, ...rest, fault })));
    return collect(answer.stream);
  }

  test.for(beforeTheStream)('%s comes before the answer with status %i', async ([type, status], { expect }) => {
    const input = ask(claude.id, { fail: { type, message: 'Not now.' } });
    const expected = { name: type, message: 'Not now.', $metadata: { httpStatusCode: status } };
    await expect(client.send(new ConverseCommand(input))).rejects.toMatchObject(expected);
    await expect(client.send(new ConverseStreamCommand(input))).rejects.toMatchObject(expected);
  });

  test('a failure takes any name and status', async ({ expect }) => {
    const input = ask(claude.id, { fail: { type: 'OddException', status: 418 } });
    await expect(client.send(new ConverseCommand(input))).rejects.toMatchObject({
      name: 'OddException',
      $metadata: { httpStatusCode: 418 },
    });
  });

  test('two throttles are retried by the client, and the third try is served', async ({ expect }) => {
    const patient = createClient(emulator.url, handler, { maxAttempts: 3 });
    const script = { id: `throttled ${handler}`, fail: { type: 'ThrottlingException', times: 2 }, text: 'At last.' };
    const answer = await patient.send(new ConverseCommand(ask(claude.id, script)));
    expect([answer.$metadata.attempts, answer.output?.message?.content]).toEqual([3, [{ text: 'At last.' }]]);
  });

  test.for(inTheStream)('%s inside the stream is thrown after what came before it', async (type, { expect }) => {
    const { events, error } = await stream({ kind: 'exception', afterChunks: 2, type, message: 'Broken.' });
    expect(deltasOf(events)).toEqual(['1', '2']);
    expect(error).toMatchObject({ name: type, message: 'Broken.' });
  });

  test('a stream that ends inside a frame is noticed', async ({ expect }) => {
    const { events, error } = await stream({ kind: 'cut-frame', afterChunks: 3 });
    expect(deltasOf(events)).toEqual(['1', '2', '3']);
    expect(error).toMatchObject({ message: 'Truncated event message received.' });
  });

  test('a frame with a wrong checksum is noticed', async ({ expect }) => {
    const { events, error } = await stream({ kind: 'corrupt', afterChunks: 4 });
    expect(deltasOf(events)).toEqual(['1', '2', '3', '4']);
    expect(String(error)).toMatch(/The message checksum .* did not match/);
  });

  test('a stream without messageStop ends without an error', async ({ expect }) => {
    const { events, error } = await stream({ kind: 'no-stop' });
    expect([error, deltasOf(events), Object.keys(events.at(-1) ?? {})]).toEqual([
      undefined,
      five,
      ['contentBlockStop'],
    ]);
    const early = await stream({ kind: 'no-stop', afterChunks: 1 });
    expect([early.error, deltasOf(early.events)]).toEqual([undefined, ['1']]);
  });

  test('a stream without metadata ends without an error', async ({ expect }) => {
    const { events, error } = await stream({ kind: 'no-metadata' });
    expect([error, events.at(-1)]).toEqual([undefined, { messageStop: { stopReason: 'end_turn' } }]);
  });

  test('a reset breaks the stream after what came before it', async ({ expect }) => {
    const { events, error } = await stream({ kind: 'reset', afterChunks: 2 }, { chunkDelayMs: 5 });
    expect(deltasOf(events)).toEqual(['1', '2']);
    expect(events.some(({ messageStop }) => messageStop)).toBe(false);
    // The client's HTTP/2 handler takes a broken stream for a complete one, which is why messageStop is asked for.
    if (handler === 'HTTP/1.1') expect(error).toBeInstanceOf(Error);
  });

  test('a hanging stream goes on until its reader gives up', async ({ expect }) => {
    const script = { text: five, fault: { kind: 'hang', afterChunks: 2 } };
    const abort = new AbortController();
    const answer = await client.send(new ConverseStreamCommand(ask(claude.id, script)), { abortSignal: abort.signal });
    setTimeout(() => abort.abort(), 150);
    const { events } = await collect(answer.stream);
    expect(abort.signal.aborted).toBe(true);
    expect(deltasOf(events)).toEqual(['1', '2']);
  });

  test('a fault that happens once is gone on the second try', async ({ expect }) => {
    const fault = { kind: 'cut-frame', times: 1 };
    const first = await stream(fault, { id: `once ${handler}` });
    const second = await stream(fault, { id: `once ${handler}` });
    expect(first.error).toBeInstanceOf(Error);
    expect([second.error, deltasOf(second.events)]).toEqual([undefined, five]);
  });

  test('faults break Converse too', async ({ expect }) => {
    const send = (kind: string) => client.send(new ConverseCommand(ask(claude.id, { fault: { kind } })));
    await expect(send('reset')).rejects.toThrow();
    await expect(send('cut-frame')).rejects.toThrow();
    await expect(send('exception')).rejects.toMatchObject({ name: 'ModelErrorException' });
    expect((await send('no-metadata')).usage).toBeUndefined();
    expect((await send('no-stop')).stopReason).toBeUndefined();
    const abort = AbortSignal.timeout(100);
    const input = ask(claude.id, { fault: { kind: 'hang' } });
    await expect(client.send(new ConverseCommand(input), { abortSignal: abort })).rejects.toThrow();
  });
});
