import { describe, test } from 'vitest';
import { findRow, rowOf } from '../ledger.ts';
import { families } from './families.ts';
import { scripted } from './protocol.ts';
import { newCells } from './protocols.ts';

// Answers that go wrong through Responses and through Messages; chat has the same in tests of its own.

test.for(newCells)(
  '$name: a filter that steps in ends the answer as a refusal',
  async ({ protocol, family, mode }, { expect }) => {
    const said = [scripted({ text: 'I cannot.', stopReason: 'content_filtered' })];
    const told = await protocol.ask(mode, family.model, { said });
    expect(told).toMatchObject({ status: 200, text: 'I cannot.', stop: protocol.stops.filter, dropped: [] });
  },
);

describe.concurrent('throttling', () => {
  const ways = newCells.filter(({ family }) => family === families[0]);
  test.for(ways)(
    '$protocol.name, $mode: once is hidden, for long it is told with the time to wait',
    async ({ protocol, mode }, { expect }) => {
      // All families at once: most of this is waiting.
      await Promise.all(
        families.map(async ({ model }) => {
          const ask = (times: number) => {
            const id = `throttle ${times} ${protocol.name} ${mode} ${model}`;
            const said = [scripted({ id, text: 'At last.', fail: { type: 'ThrottlingException', times } })];
            return protocol.ask(mode, model, { said });
          };
          const [once, long] = await Promise.all([ask(1), ask(10)]);
          expect(once, model).toMatchObject({ status: 200, text: 'At last.', stop: protocol.stops.end });
          expect(await rowOf(once.headers)).toMatchObject({ status: 'ok', attempts: 2 });
          const code = protocol.name === 'messages' ? 'rate_limit_error' : 'rate_limit_exceeded';
          expect(long, model).toMatchObject({ status: 429, failure: { thrown: 'RateLimitError', code } });
          expect(Number(long.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
          expect(await rowOf(long.headers)).toMatchObject({ status: 'error', cost_nano_usd: 0 });
        }),
      );
    },
  );
});

describe.concurrent('an answer that breaks', () => {
  test.for(newCells)('$name: an error in the middle is told as one', async ({ protocol, family, mode }, { expect }) => {
    const fault = { kind: 'exception', afterChunks: 2, type: 'ModelStreamErrorException' };
    const told = await protocol.ask(mode, family.model, {
      said: [scripted({ text: ['one ', 'two ', 'three'], fault })],
    });
    const isStream = mode === 'stream';
    expect(told).toMatchObject({
      status: isStream ? 200 : 502,
      text: isStream ? 'one two ' : '',
      failure: {
        thrown: isStream ? protocol.brokenStream : 'InternalServerError',
        message: expect.stringMatching(/\S/),
      },
    });
    expect(await rowOf(told.headers)).toMatchObject({ status: 'error' });
  });

  test.for(newCells)(
    '$name: one that breaks off is never passed off as a whole one',
    async ({ protocol, family, mode }, { expect }) => {
      const ask = async (kind: string) => {
        const commands = { text: ['one ', 'two ', 'three'], chunkDelayMs: 10, fault: { kind, afterChunks: 2 } };
        const told = await protocol.ask(mode, family.model, { said: [scripted(commands)] });
        const thrown = mode === 'sync' ? 'InternalServerError' : protocol.brokenStream;
        expect(told, kind).toMatchObject({ status: mode === 'sync' ? 502 : 200, failure: { thrown } });
        expect((await rowOf(told.headers)).status, kind).toBe('upstream_truncated');
      };
      // What is broken before any of a whole answer has come is tried again, for seconds: chat's tests wait for that.
      const kinds = ['cut-frame', 'no-stop', 'no-metadata', 'corrupt', ...(mode === 'stream' ? ['reset'] : [])];
      await Promise.all(kinds.map(ask));
    },
  );
});

describe.concurrent('a client that goes away', () => {
  const pieces = Array.from({ length: 12 }, (_, index) => `piece ${index} 🦋 `);
  const tokens = Math.ceil(Buffer.byteLength(pieces.join('')) / 4);

  test.for(newCells.filter(({ mode }) => mode === 'stream'))(
    '$name: the whole answer is billed, exactly',
    async ({ protocol, family }, { expect }) => {
      const { events, headers } = await protocol.begin(family.model, {
        said: [scripted({ text: pieces, chunkDelayMs: 60 })],
      });
      let seen = 0;
      for await (const _ of events) {
        seen += 1;
        if (seen === 5) break; // the SDK aborts the request
      }
      expect(seen).toBe(5);
      expect(await rowOf(headers)).toMatchObject({ status: 'client_closed', output_tokens: tokens, stream: true });
    },
  );

  test.for(newCells.filter(({ mode }) => mode === 'sync'))(
    '$name: the same, while it waits for its answer',
    async ({ protocol, family, name }, { expect }) => {
      // An answer of its own length, for a client that left before the head of the answer knows no request id.
      const bytes = 9_004 + 4 * newCells.findIndex((cell) => cell.name === name);
      const said = [scripted({ bytes, delayMs: 400 })];
      const gone = protocol.ask('sync', family.model, { said, signal: AbortSignal.timeout(150) });
      await expect(gone).rejects.toThrow('aborted');
      await expect
        .poll(() => findRow({ model: family.model, output_tokens: bytes / 4 }), { timeout: 10_000, interval: 100 })
        .toMatchObject({ status: 'client_closed', stream: false });
    },
  );
});
