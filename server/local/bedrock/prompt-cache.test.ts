import { test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { parseBody } from './body.ts';
import { createCall, hasModel } from './call.ts';
import { createPromptCache, type PromptCache } from './prompt-cache.ts';
import { claude, newClaude } from './test-models.ts';

const minuteMs = 60_000;
const system = { text: 's'.repeat(4 * 1024) };
const point = { cachePoint: { type: 'default' } };
const longPoint = { cachePoint: { type: 'default', ttl: '1h' } };

function words(tokens: number, letter = 'x') {
  return { text: letter.repeat(4 * tokens) };
}

const caching = (minTokens: number) => ({ tools: true, hourly: true, minTokens });

function user(...content: readonly unknown[]) {
  return { role: 'user', content };
}

function use(cache: PromptCache, body: unknown, nowMs = 0, model: CatalogueModel = claude) {
  const call = createCall('Converse', model.id, model, parseBody(Buffer.from(JSON.stringify(body))));
  if (!hasModel(call)) throw new Error('the call has a model');
  return cache.use(call, nowMs);
}

test('a prefix is written once and read after that', ({ expect }) => {
  const cache = createPromptCache();
  const first = { system: [system, point], messages: [user({ text: 'a' })] };
  expect(use(cache, first)).toEqual({ readTokens: 0, writes: [{ ttl: '5m', tokens: 1024 }] });
  expect(use(cache, { ...first, messages: [user({ text: 'b' })] })).toEqual({ readTokens: 1024, writes: [] });
});

test('a longer prefix reads the shorter one and writes the rest', ({ expect }) => {
  const cache = createPromptCache();
  use(cache, { system: [system, point], messages: [user({ text: 'a' })] });
  const longer = { system: [system, point], messages: [user(words(500), point)] };
  expect(use(cache, longer)).toEqual({ readTokens: 1024, writes: [{ ttl: '5m', tokens: 500 }] });
  expect(use(cache, longer)).toEqual({ readTokens: 1524, writes: [] });
});

test('the end of the last turn is found without a cache point of its own', ({ expect }) => {
  const cache = createPromptCache();
  const turn = user(words(2000), point);
  use(cache, { messages: [turn] });
  const messages = [user(words(2000)), { role: 'assistant', content: [words(10)] }, user(words(10), point)];
  expect(use(cache, { messages })).toEqual({ readTokens: 2000, writes: [{ ttl: '5m', tokens: 20 }] });
});

test('further than 20 blocks back nothing is found', ({ expect }) => {
  const cache = createPromptCache();
  use(cache, { messages: [user(words(2000), point)] });
  const later = (blocks: number) => ({
    messages: [user(words(2000)), user(...Array.from({ length: blocks }, () => words(1)), point)],
  });
  expect(use(cache, later(20)).readTokens).toBe(0);
  expect(use(cache, later(19)).readTokens).toBe(2000);
});

test('one changed character, another role or another model is another prefix', ({ expect }) => {
  const cache = createPromptCache();
  const body = { messages: [user(words(2000), point)] };
  use(cache, body);
  expect(use(cache, { messages: [user(words(2000, 'y'), point)] }).readTokens).toBe(0);
  expect(use(cache, { system: [words(2000), point], messages: [user({ text: 'a' })] }).readTokens).toBe(0);
  expect(use(cache, body, 0, newClaude).readTokens).toBe(0);
  expect(use(cache, body).readTokens).toBe(2000);
});

test('tools come before system, and system before messages', ({ expect }) => {
  const cache = createPromptCache();
  const tool = (name: string) => ({
    toolSpec: { name, description: 'd'.repeat(8000), inputSchema: { json: { type: 'object' } } },
  });
  const body = (name: string) => ({
    toolConfig: { tools: [tool(name), point] },
    system: [system, point],
    messages: [user({ text: 'a' })],
  });
  const { writes } = use(cache, body('one'));
  expect(writes).toHaveLength(2);
  expect(use(cache, { ...body('one'), system: [words(1200), point] }).readTokens).toBe(writes[0]?.tokens);
  expect(use(cache, body('two')).readTokens).toBe(0);
});

test.for([512, 1_024, 4_096])(
  'below the minimum of the model, here %i tokens, a cache point is ignored',
  (minTokens, { expect }) => {
    const model = { ...claude, capabilities: { ...claude.capabilities, promptCaching: caching(minTokens) } };
    const cache = createPromptCache();
    const body = (tokens: number) => ({ messages: [user(words(tokens), point)] });
    const short = body(minTokens - 1);
    expect([use(cache, short, 0, model), use(cache, short, 0, model)]).toEqual([
      { readTokens: 0, writes: [] },
      { readTokens: 0, writes: [] },
    ]);
    expect(use(cache, body(minTokens), 0, model).writes).toEqual([{ ttl: '5m', tokens: minTokens }]);
  },
);

test('a prefix lives 5 minutes after its last use, or an hour', ({ expect }) => {
  const cache = createPromptCache();
  const body = { messages: [user(words(2000), point)] };
  use(cache, body, 0);
  expect(use(cache, body, 4 * minuteMs).readTokens).toBe(2000);
  expect(use(cache, body, 8 * minuteMs).readTokens).toBe(2000);
  expect(use(cache, body, 14 * minuteMs).readTokens).toBe(0);
  const long = { messages: [user(words(2000, 'y'), longPoint)] };
  expect(use(cache, long, 0).writes).toEqual([{ ttl: '1h', tokens: 2000 }]);
  expect(use(cache, long, 59 * minuteMs).readTokens).toBe(2000);
});

test('without cache points nothing is read or written', ({ expect }) => {
  const cache = createPromptCache();
  use(cache, { messages: [user(words(2000), point)] });
  expect(use(cache, { messages: [user(words(2000))] })).toEqual({ readTokens: 0, writes: [] });
});
