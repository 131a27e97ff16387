import { describe, test } from 'vitest';
import { ask, type Fields, type Outcome, script } from '../ask.ts';
import { rowOf } from '../ledger.ts';
import { clock, resultsOf, weather } from '../tools.ts';
import { cells } from './families.ts';
import { longText } from './protocol.ts';

const tokensOf = (text: string) => Math.ceil(Buffer.byteLength(text) / 4);

const reads = ({ usage }: Outcome) => usage?.prompt_tokens_details.cached_tokens;
const writes = ({ usage }: Outcome) => usage?.prompt_tokens_details.cache_write_tokens;

describe('a client that knows nothing of caches', () => {
  test.for(cells)(
    '$name: the second turn reads the first from the cache',
    async ({ family, mode, name }, { expect }) => {
      const system = { role: 'system', content: longText(`automatic ${name}`) };
      const question = script(
        { toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] },
        'The weather in Bern?',
      );
      const tools = [weather, clock];
      const first = await ask(mode, family.model, { tools, messages: [system, question] });
      const results = resultsOf(first.toolCalls);
      const second = await ask(mode, family.model, { tools, messages: [system, question, first.message, ...results] });
      const third = await ask(mode, family.model, {
        tools,
        messages: [
          system,
          question,
          first.message,
          ...results,
          second.message,
          { role: 'user', content: 'And tomorrow?' },
        ],
      });
      for (const turn of [first, second, third]) expect(turn).toMatchObject({ status: 200, dropped: [] });
      if (family.cache === 'nowhere') {
        expect([first, second, third].flatMap((turn) => [reads(turn), writes(turn)])).toEqual([0, 0, 0, 0, 0, 0]);
        return;
      }
      expect(reads(first)).toBe(0);
      expect(writes(first)).toBeGreaterThan(tokensOf(system.content));
      // All of what one turn left behind is there for the next.
      expect(reads(second)).toBe((reads(first) ?? 0) + (writes(first) ?? 0));
      expect(reads(third)).toBe((reads(second) ?? 0) + (writes(second) ?? 0));
      // Nothing of the prompt is counted twice or lost.
      expect(second.usage?.prompt_tokens).toBeGreaterThan((reads(second) ?? 0) + (writes(second) ?? 0) - 1);
    },
  );

  test.for(cells)('$name: a single question writes nothing', async ({ family, mode, name }, { expect }) => {
    const messages = [
      { role: 'system', content: longText(`single ${name}`) },
      { role: 'user', content: 'Hello?' },
    ];
    const answer = await ask(mode, family.model, { messages });
    expect(writes(answer)).toBe(0);
    const keyed = await ask(mode, family.model, { messages, prompt_cache_key: 'many more like this' });
    if (family.cache === 'nowhere') expect(writes(keyed)).toBe(0);
    else expect(writes(keyed)).toBeGreaterThanOrEqual(tokensOf(longText(`single ${name}`)));
  });

  test.for(cells)('$name: x-pennyworth-cache: off', async ({ family, mode, name }, { expect }) => {
    const messages = [{ role: 'system', content: longText(`off ${name}`) }, script({ text: 'Fine.' })];
    const headers = { 'x-pennyworth-cache': 'off' };
    const answer = await ask(mode, family.model, { tools: [weather], messages }, { headers });
    expect(answer).toMatchObject({ status: 200, text: 'Fine.', dropped: [] });
    expect(writes(answer)).toBe(0);
  });
});

/** How the callers of different APIs say that what stands here may be cached. */
const hints = [
  { api: 'Anthropic', hint: { cache_control: { type: 'ephemeral' } } },
  { api: 'OpenAI', hint: { prompt_cache_breakpoint: { mode: 'explicit' } } },
] as const;

describe.each(hints)('cache points in the words of $api stand exactly where they are asked for', ({ api, hint }) => {
  const places: Readonly<Record<string, (long: string) => { readonly fields: Fields; readonly tokens: number }>> = {
    'after the first part of the system message': (long) => ({
      fields: {
        tools: [weather],
        messages: [
          {
            role: 'system',
            content: [
              { type: 'text', text: long, ...hint },
              { type: 'text', text: 'Be brief.' },
            ],
          },
          { role: 'user', content: 'Hello?' },
        ],
      },
      tokens: prefixTokens([weather], long),
    }),
    'after the first part of the question': (long) => ({
      fields: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: long, ...hint },
              { type: 'text', text: 'What of it?' },
            ],
          },
        ],
      },
      tokens: prefixTokens([], `Be brief.${long}`),
    }),
  };

  test.for(cells.flatMap((cell) => Object.keys(places).map((place) => ({ ...cell, place }))))(
    '$name: $place',
    async ({ family, mode, name, place }, { expect }) => {
      const { fields, tokens } = places[place]?.(longText(`${api} ${place} ${name}`)) ?? { fields: {}, tokens: 0 };
      const first = await ask(mode, family.model, fields);
      if (family.cache === 'nowhere') {
        const dropped = [api === 'Anthropic' ? 'cache_control' : expect.stringContaining('cache')];
        return expect(first).toMatchObject({ status: 200, dropped });
      }
      expect(first).toMatchObject({ status: 200, dropped: [] });
      expect([reads(first), writes(first)]).toEqual([0, tokens]);
      const second = await ask(mode, family.model, fields);
      expect([reads(second), writes(second)]).toEqual([tokens, 0]);
    },
  );
});

/** What the simulator counts for a prefix: the tools as Bedrock gets them, and the texts after them. */
function prefixTokens(tools: readonly (typeof weather)[], texts: string): number {
  const specs = tools.map(({ function: { name, description, parameters } }) =>
    JSON.stringify({ name, description, inputSchema: { json: parameters } }),
  );
  return tokensOf(`${specs.join('')}${texts}`);
}

test.for(cells)(
  '$name: a hint on a tool caches the tools, where a point may stand there',
  async ({ family, mode, name }, { expect }) => {
    const description = longText(`tool ${name}`);
    const long = { ...weather, function: { ...weather.function, description }, cache_control: { type: 'ephemeral' } };
    const answer = await ask(mode, family.model, {
      tools: [long, clock],
      messages: [{ role: 'user', content: 'Hello?' }],
    });
    expect(answer.status).toBe(200);
    // The gateway knows where points may stand: Bedrock did not have to refuse one first.
    expect(await rowOf(answer.headers)).toMatchObject({ attempts: 1 });
    if (family.cache === 'everywhere') {
      expect(answer.dropped).toEqual([]);
      expect(writes(answer)).toBe(prefixTokens([long], ''));
    } else {
      expect(answer.dropped).toEqual(['cache_control']);
      expect(writes(answer)).toBe(0);
    }
  },
);

test.for(cells)(
  '$name: the fifth point is one too many, the first of them goes',
  async ({ family, mode, name }, { expect }) => {
    const parts = [1, 2, 3, 4, 5].map((part) => {
      return { type: 'text', text: longText(`point ${part} ${name}`), cache_control: { type: 'ephemeral' } };
    });
    const messages = [{ role: 'user', content: parts }];
    const answer = await ask(mode, family.model, { messages });
    expect(answer).toMatchObject({ status: 200, dropped: ['cache_control'] });
    if (family.cache !== 'nowhere') expect(writes(answer)).toBe(5 * 3000);
  },
);
