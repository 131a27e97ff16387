import { test } from 'vitest';
import { ask, script } from '../ask.ts';
import { rowOf } from '../ledger.ts';
import { cells } from './families.ts';

const hello = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello, 🦋 and ß!' },
  ],
};

test.for(cells)(
  '$name: text, served by the id that belongs to it, priced and counted',
  async ({ family, mode }, { expect }) => {
    const answer = await ask(mode, family.model, hello);
    expect(answer.text).toContain('This is a simulated answer from');
    expect(answer).toMatchObject({ status: 200, finishReason: 'stop', toolCalls: [], dropped: [] });
    expect(answer.headers.get('x-pennyworth-model')).toBe(family.servedBy);
    const { usage } = answer;
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    expect(usage?.cost_usd).toMatch(/^\d+\.\d{9}$/);
    expect(await rowOf(answer.headers)).toMatchObject({
      status: 'ok',
      stream: mode === 'stream',
      input_tokens: usage?.prompt_tokens,
      output_tokens: usage?.completion_tokens,
      cost_usd: usage?.cost_usd,
      dropped: [],
    });
  },
);

test.for(cells)('$name: characters of four bytes, cut anywhere on their way', async ({ family, mode }, { expect }) => {
  const text = ['A 🦋', '🧑‍🚀 ', '“ß” 漢字 ', '👩‍👩‍👧‍👦'];
  const answer = await ask(mode, family.model, { messages: [script({ text, splitFrames: true, chunkDelayMs: 1 })] });
  expect(answer.text).toBe(text.join(''));
});

test.for(cells)('$name: stop sequences are obeyed or reported', async ({ family, mode }, { expect }) => {
  const answer = await ask(mode, family.model, { stop: ['three'], messages: [script({ text: 'one two three four' })] });
  expect(answer).toMatchObject({
    status: 200,
    finishReason: 'stop',
    text: family.stop ? 'one two ' : 'one two three four',
    dropped: family.stop ? [] : ['stop'],
  });
});

test.for(cells)('$name: max_tokens, under its old name and its new', async ({ family, mode }, { expect }) => {
  const messages = [{ role: 'user', content: 'Go on and on.' }];
  const old = await ask(mode, family.model, { max_tokens: 20, messages });
  expect(old).toMatchObject({ status: 200, finishReason: 'length', usage: { completion_tokens: 20 }, dropped: [] });
  const { text, finishReason } = await ask(mode, family.model, { max_completion_tokens: 20, messages });
  expect({ text, finishReason }).toEqual({ text: old.text, finishReason: old.finishReason });
  // A thousand times what any model writes: clamped to what it can, and told so.
  const clamped = await ask(mode, family.model, { max_tokens: 100_000_000, messages });
  expect(clamped).toMatchObject({ status: 200, finishReason: 'stop', dropped: ['max_tokens'] });
});

test.for(cells)('$name: temperature and top_p are sent or reported', async ({ family, mode }, { expect }) => {
  const messages = [{ role: 'user', content: 'Hello!' }];
  const expected = { both: [], one: ['top_p'], none: ['temperature', 'top_p'] }[family.sampling];
  const answer = await ask(mode, family.model, { temperature: 0.5, top_p: 0.9, messages });
  expect(answer).toMatchObject({ status: 200, finishReason: 'stop' });
  expect([...answer.dropped].sort()).toEqual(expected);
  if (expected.length === 0) return;
  const headers = { 'x-pennyworth-strict': 'true' };
  const refused = await ask(mode, family.model, { temperature: 0.5, top_p: 0.9, messages }, { headers });
  expect(refused).toMatchObject({ status: 400, error: { code: 'invalid_request', param: expected[0] } });
});
