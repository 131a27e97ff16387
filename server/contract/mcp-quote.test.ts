import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChatResult, ModelsFound, Quote } from '../../shared/api/mcp-tools.ts';
import { efforts } from '../model/request.ts';
import { marker } from './ask.ts';
import { connect, type McpClient } from './mcp-clients.ts';
import { createKey, createPerson } from './people.ts';

const cases = 1_000;
/** At once; the stack is one process. */
const lanes = 8;

/** What people, programs and those who look for holes write. */
const words = fc.oneof(
  { weight: 5, arbitrary: fc.lorem({ maxCount: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  // Long enough for a cache point.
  {
    weight: 1,
    arbitrary: fc.constantFrom('lorem ipsum ', '漢字かな', '{"a":[1,2]},').map((text) => text.repeat(1_500)),
  },
);
// A blank text would be refused, and what looks like a script would be read as one.
const text = words.map((each) => `Go: ${each.replaceAll('[[', '(')}`);
const answerBytes = fc.option(fc.integer({ min: 1, max: 6_000 }), { nil: undefined });
const last = fc.tuple(text, answerBytes).map(([said, bytes]) => (bytes ? `${said} ${marker({ bytes })}` : said));

const turns = fc.tuple(fc.array(fc.tuple(text, text), { minLength: 0, maxLength: 4 }), last).map(([before, end]) => [
  ...before.flatMap(([user, assistant]) => [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ]),
  { role: 'user', content: end },
]);
const conversation = fc.oneof(
  last.map((prompt) => ({ prompt })),
  turns.map((messages) => ({ messages })),
);

const schema = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Where' }, people: { type: 'array', items: { type: 'string' } } },
  required: ['city', 'people'],
};

/** What may stand beside the conversation. */
const options = fc.record(
  {
    system: text,
    max_output_tokens: fc.integer({ min: 1, max: 4_000 }),
    temperature: fc.double({ min: 0, max: 1, noNaN: true }),
    reasoning_effort: fc.constantFrom(...efforts),
    response_format: fc.constant({ type: 'json_schema', json_schema: { name: 'places', schema } }),
  },
  { requiredKeys: [] },
);

interface Compared {
  readonly bound: number;
  readonly actual: number;
  readonly hasCap: boolean;
  /** Tokens of the prompt. */
  readonly estimated: number;
  readonly counted: number;
}

/** undefined: the model takes no such call. @throws Error where only one of the two tools refuses it by its translation */
async function compare({ call }: McpClient, input: Readonly<Record<string, unknown>>): Promise<Compared | undefined> {
  const quoted = await call('quote', input);
  const answered = await call('chat', input);
  if (quoted.isError) {
    expect(answered.text, JSON.stringify(input).slice(0, 500)).toBe(quoted.text);
    return undefined;
  }
  if (answered.isError) return undefined;
  const quote = Quote.parse(quoted.structured);
  const { cost_nano_usd: actual, usage, dropped } = ChatResult.parse(answered.structured);
  if (quote.upper_bound === null || actual === null) return undefined;
  expect(dropped.toSorted(), JSON.stringify(input).slice(0, 500)).toEqual(quote.dropped.toSorted());
  expect(actual, JSON.stringify(input).slice(0, 500)).toBeLessThanOrEqual(quote.upper_bound.nano_usd);
  const counted = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
  expect(counted).toBeLessThanOrEqual(quote.input_tokens.at_most);
  return {
    bound: quote.upper_bound.nano_usd,
    actual,
    hasCap: input['max_output_tokens'] !== undefined,
    estimated: quote.input_tokens.estimated,
    counted,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test(`no call costs more than its quote says, in ${cases} random cases`, { timeout: 600_000 }, async () => {
  const { key } = await createKey(await createPerson());
  const client = await connect('2026', key);
  const { models } = ModelsFound.parse((await client.call('list_models', { details: true })).structured);
  const priced = models.filter(({ input_usd_per_million_tokens: price }) => price !== null);
  const long = priced.filter(({ details, context_window: window }) => {
    const [row] = details?.pennyworth.long_context_prices_usd_per_million_tokens ?? [];
    return row !== undefined && (window ?? 0) > row.above_input_tokens + 50_000;
  });
  expect(long.length).toBeGreaterThan(0);
  const named = fc.constantFrom(...priced.map(({ id }) => id)).map((model) => ({ model }));
  const seed = Number(process.env['PENNYWORTH_TEST_SEED'] ?? 20_261_121);
  const inputs = fc.sample(
    fc.tuple(named, conversation, options).map((parts) => Object.assign({}, ...parts)),
    { seed, numRuns: cases * 3 },
  );
  const compared: Compared[] = [];
  // A prompt that is billed by the row of long contexts: 300,000 tokens by the simulator's count.
  for (const { id: model, details } of long.slice(0, 3)) {
    const above = details?.pennyworth.long_context_prices_usd_per_million_tokens?.[0]?.above_input_tokens ?? 0;
    const found = await compare(client, { model, prompt: 'long '.repeat(above), max_output_tokens: 50 });
    expect(found?.counted).toBeGreaterThan(above);
    if (found) compared.push(found);
  }
  const work = async () => {
    for (let input = inputs.pop(); input && compared.length < cases; input = inputs.pop()) {
      const found = await compare(client, input);
      if (found) compared.push(found);
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
  expect(compared.length).toBeGreaterThanOrEqual(cases);
  const ratioOf = (some: readonly Compared[]) => mean(some.map(({ bound, actual }) => bound / actual)).toFixed(1);
  const [withCap, without] = [compared.filter(({ hasCap }) => hasCap), compared.filter(({ hasCap }) => !hasCap)];
  const sum = (of: (one: Compared) => number) => compared.reduce((total, one) => total + of(one), 0);
  const prompts = (sum(({ estimated }) => estimated) / sum(({ counted }) => counted)).toFixed(2);
  const bounds = `${ratioOf(withCap)} times the cost with max_output_tokens, ${ratioOf(without)} times without`;
  process.stdout.write(
    `quote, ${compared.length} calls: mean upper bound ${bounds}; prompts estimated ${prompts} times\n`,
  );
});
