import { describe, test } from 'vitest';
import { ask, client, script } from '../ask.ts';
import { findRow, rowOf } from '../ledger.ts';
import { cells, families } from './families.ts';

const guardrailConfig = { guardrailIdentifier: 'simulated1', guardrailVersion: '1' };

test.for(cells)(
  '$name: a guardrail that steps in ends the answer with content_filter',
  async ({ family, mode }, { expect }) => {
    for (const source of ['input', 'output']) {
      const answer = await ask(mode, family.model, {
        guardrailConfig,
        messages: [
          script({ text: 'Something wicked.', guardrail: { action: 'intervened', text: 'Not here.', source } }),
        ],
      });
      expect(answer).toMatchObject({ status: 200, finishReason: 'content_filter', text: 'Not here.', dropped: [] });
    }
  },
);

describe.concurrent('throttling', () => {
  test.for(cells)(
    '$name: once is hidden, for long it is told with the time to wait',
    async ({ family, mode }, { expect }) => {
      const fail = (times: number) =>
        script({
          id: `throttle ${times} ${mode} ${family.model}`,
          text: 'At last.',
          fail: { type: 'ThrottlingException', times },
        });
      const [once, long] = await Promise.all([
        ask(mode, family.model, { messages: [fail(1)] }),
        ask(mode, family.model, { messages: [fail(10)] }),
      ]);
      expect(once).toMatchObject({ status: 200, text: 'At last.', finishReason: 'stop' });
      expect(await rowOf(once.headers)).toMatchObject({ status: 'ok', attempts: 2 });
      expect(long).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded', type: 'rate_limit_error' } });
      expect(Number(long.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await rowOf(long.headers)).toMatchObject({ status: 'error', cost_nano_usd: 0 });
    },
  );
});

test.for(cells)('$name: an error in the middle of an answer is told as one', async ({ family, mode }, { expect }) => {
  const fault = { kind: 'exception', afterChunks: 2, type: 'ModelStreamErrorException' };
  const answer = await ask(mode, family.model, { messages: [script({ text: ['one ', 'two ', 'three'], fault })] });
  expect(answer.error).toMatchObject({
    type: 'server_error',
    code: expect.stringMatching(/^(upstream_stream|model)_error$/),
  });
  if (mode === 'sync') return expect(answer.status).toBe(502);
  expect(answer).toMatchObject({ status: 200, text: 'one two ', finishReason: undefined, usage: undefined });
  expect(await rowOf(answer.headers)).toMatchObject({ status: 'error' });
});

test.for(cells)(
  '$name: an answer that breaks off is never passed off as a whole one',
  async ({ family, mode }, { expect }) => {
    for (const kind of ['cut-frame', 'no-stop', 'no-metadata', 'reset', 'corrupt']) {
      const commands = { text: ['one ', 'two ', 'three'], chunkDelayMs: 10, fault: { kind, afterChunks: 2 } };
      const answer = await ask(mode, family.model, { messages: [script(commands)] });
      // A connection that breaks before anything of a whole answer has come is no answer cut short.
      const isEarly = kind === 'reset' && answer.error?.code === 'upstream_error' && mode === 'sync';
      const code = isEarly ? 'upstream_error' : 'upstream_truncated';
      expect(answer.error, kind).toMatchObject({ type: 'server_error', code });
      expect(answer.status, kind).toBe(mode === 'sync' ? 502 : 200);
      expect(await rowOf(answer.headers), kind).toMatchObject({ status: isEarly ? 'error' : 'upstream_truncated' });
    }
  },
);

describe.concurrent('a client that goes away', () => {
  const pieces = Array.from({ length: 12 }, (_, index) => `piece ${index} 🦋 `);
  const tokens = Math.ceil(Buffer.byteLength(pieces.join('')) / 4);
  const messages = [{ role: 'user' as const, content: script({ text: pieces, chunkDelayMs: 20 }).content }];

  test.for(families)('$model, stream: the whole answer is billed, exactly', async ({ model }, { expect }) => {
    const { data, response } = await client.chat.completions.create({ model, messages, stream: true }).withResponse();
    let seen = 0;
    for await (const _ of data) {
      seen += 1;
      if (seen === 3) break; // the SDK aborts the request
    }
    expect(seen).toBe(3);
    expect(await rowOf(response.headers)).toMatchObject({
      status: 'client_closed',
      output_tokens: tokens,
      stream: true,
    });
  });

  test.for(families)('$model, sync: the same, while it waits for its answer', async ({ model }, { expect }) => {
    // An answer of its own length, for a client that left before the head of the answer knows no request id.
    const index = families.findIndex((family) => family.model === model);
    const bytes = 8_004 + 4 * index;
    const { content } = script({ bytes, delayMs: 400 });
    const signal = AbortSignal.timeout(150);
    const gone = client.chat.completions.create({ model, messages: [{ role: 'user', content }] }, { signal });
    await expect(gone).rejects.toThrow('aborted');
    await expect
      .poll(() => findRow({ model, output_tokens: bytes / 4 }), { timeout: 10_000, interval: 100 })
      .toMatchObject({ status: 'client_closed', stream: false });
  });
});
