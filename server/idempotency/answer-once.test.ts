import { afterAll, beforeAll, describe, test } from 'vitest';
import { dayOf } from '../../shared/period.ts';
import { type Process, startProcess, startSimulator } from '../calls/test-process.ts';
import type { HttpResponse } from '../http.ts';
import { bearer, Deployment, outcomeOf } from '../keys/test-deployment.ts';
import type { Emulator } from '../local/emulator.ts';
import type { InferenceCall } from '../route.ts';

let deployment: Deployment;
let bedrock: Emulator;
let processes: readonly Process[];
beforeAll(async () => {
  [deployment, bedrock] = await Promise.all([Deployment.start(), startSimulator()]);
  processes = [startProcess(deployment, bedrock), startProcess(deployment, bedrock)];
});
afterAll(() => Promise.all([deployment.close(), bedrock.close()]));

async function newKey() {
  const username = await deployment.createPerson();
  return { username, ...(await deployment.createKey(deployment.startInstance(), username)) };
}

const upstreamCalls = () => [...bedrock.calls.values()].reduce((sum, count) => sum + count, 0);

test('of many at once on two servers one asks the model and is paid for', async ({ expect }) => {
  const { username, key } = await newKey();
  const script = JSON.stringify({ text: 'Once.', delayMs: 300 });
  const body = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: `Go [[sim:${script}]]` }] };
  const before = upstreamCalls();
  const asked = Array.from({ length: 10 }, () =>
    processes.map((each) => each.ask(key, body, { 'idempotency-key': 'a' })),
  );
  const answers = await Promise.all(asked.flat());
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined).length).toBe(1);
  expect(upstreamCalls() - before).toBe(1);
  const rows = await processes[0]?.context.ledger.rowsOf(username, dayOf(deployment.clock.now()));
  expect(rows?.length).toBe(1);
});

describe('what a route answers', () => {
  let calls = 0;
  /** Asks under a key as a route does; `answer` is the route's own work. */
  async function once(text: string, answer: (call: InferenceCall) => Promise<HttpResponse>, stream = false) {
    const [process] = processes;
    if (!process) throw new Error('no process');
    const { context } = process;
    const headers = bearer(text);
    const call: InferenceCall = {
      requestId: `req_${calls++}`,
      startedAt: context.clock.now(),
      params: {},
      identity: await context.authenticate(headers),
      context,
      body: { stream },
      bodyBytes: 1,
      request: {
        method: 'POST',
        path: '/v1/x',
        query: new URLSearchParams(),
        headers,
        sourceIp: undefined,
        baseUrl: 'http://127.0.0.1:8787',
        readBody: never,
      },
    };
    const response = await (await context.answerOnce())(call, 'key', answer);
    let whole = '';
    try {
      if (typeof response.body === 'string') whole = response.body;
      else for await (const piece of response.body) whole += piece;
    } finally {
      // As the adapters do.
      await response.finish?.({ clientClosed: false });
    }
    return { id: call.requestId, whole, replayed: response.headers['original-request'] };
  }

  /** An answer in pieces, of which the last may be a failure. */
  function pieces(parts: readonly string[], { isPaid = true, fails = false } = {}) {
    return async ({ onPaid }: InferenceCall): Promise<HttpResponse> => {
      async function* body() {
        yield* parts;
        if (fails) throw new Error('broke off');
      }
      const finish = async () => {
        if (isPaid) onPaid?.();
      };
      if (isPaid) onPaid?.();
      return { status: 200, headers: { 'x-pennyworth-model': 'm' }, body: body(), finish };
    };
  }

  test('after a silence, with spaces before it, is kept without them', async ({ expect }) => {
    const { key } = await newKey();
    const first = await once(key, pieces([' ', ' ', '{"a":1}']));
    expect(first.whole).toBe('  {"a":1}');
    expect(await once(key, never)).toMatchObject({ whole: '{"a":1}', replayed: first.id });
  });

  test('and breaks off, was paid for or was not', async ({ expect }) => {
    const [paid, free] = [await newKey(), await newKey()];
    expect(await outcomeOf(once(paid.key, pieces([' '], { fails: true })))).toContain('broke off');
    expect(await outcomeOf(once(free.key, pieces([' '], { fails: true, isPaid: false })))).toContain('broke off');
    expect(await outcomeOf(once(paid.key, never))).toBe('409 idempotency_not_replayable');
    expect((await once(free.key, pieces(['{}']))).replayed).toBe(undefined);
  });

  test('with an error that was paid for is not made again', async ({ expect }) => {
    const { key } = await newKey();
    const fail = async ({ onPaid }: InferenceCall) => {
      onPaid?.();
      throw new Error('billed');
    };
    expect(await outcomeOf(once(key, fail))).toContain('billed');
    expect(await outcomeOf(once(key, never))).toBe('409 idempotency_not_replayable');
  });

  test('as a stream that cost nothing is made again, as one that was paid for not', async ({ expect }) => {
    const [paid, free] = [await newKey(), await newKey()];
    await once(free.key, pieces(['x'], { isPaid: false }), true);
    expect((await once(free.key, pieces(['y']), true)).whole).toBe('y');
    expect(await outcomeOf(once(free.key, never, true))).toBe('409 idempotency_not_replayable');
    await once(paid.key, pieces(['x']), true);
    expect(await outcomeOf(once(paid.key, never, true))).toBe('409 idempotency_not_replayable');
  });

  test('never, because its server died: once its time is over another goes on', async ({ expect }) => {
    const { key } = await newKey();
    const begun = Promise.withResolvers<void>();
    void once(key, () => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    await begun.promise;
    const reads = () => deployment.dynamo.calls.get('GetItem') ?? 0;
    const before = reads();
    const both = [once(key, never), once(key, never)];
    const outcomes = Promise.all(both.map(outcomeOf));
    await expect.poll(reads, { timeout: 30_000 }).toBeGreaterThan(before + 4);
    // They give up after two minutes of the gateway's clock.
    deployment.clock.advance(121_000);
    expect(await outcomes).toEqual(['409 idempotency_in_progress', '409 idempotency_in_progress']);
    deployment.clock.advance(800_000);
    const again = await Promise.all([once(key, pieces(['{}'])), once(key, pieces(['{}']))]);
    expect(again.filter(({ replayed }) => replayed === undefined).length).toBe(1);
  });
});

function never(): never {
  throw new TypeError('this is not asked for');
}
