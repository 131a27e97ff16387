import type Anthropic from '@anthropic-ai/sdk';
import { test } from 'vitest';
import { marker } from './ask.ts';
import { client } from './post-messages.ts';

const source = { type: 'text', media_type: 'text/plain', data: 'The sky is blue.' } as const;
const document = { type: 'document', source, title: 'Sky', context: 'Of May', citations: { enabled: true } } as const;
const found: Anthropic.SearchResultBlockParam = {
  type: 'search_result',
  title: 'A page',
  source: 'https://example.com',
  content: [{ type: 'text', text: 'The sea is blue.' }],
  citations: { enabled: true },
};
const citations = [
  { text: 'blue', title: 'Sky', index: 0, start: 11, end: 15 },
  { text: 'The sea is blue.', title: 'A page', source: 'https://example.com', index: 0, start: 0, end: 1 },
];
const told = [
  {
    type: 'char_location',
    cited_text: 'blue',
    document_index: 0,
    document_title: 'Sky',
    file_id: null,
    start_char_index: 11,
    end_char_index: 15,
  },
  {
    type: 'search_result_location',
    cited_text: 'The sea is blue.',
    source: 'https://example.com',
    title: 'A page',
    search_result_index: 0,
    start_block_index: 0,
    end_block_index: 1,
  },
];

const body = (model: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model,
  max_tokens: 2_000,
  messages: [
    { role: 'user', content: [document, found, { type: 'text', text: marker({ text: 'Blue.', citations }) }] },
  ],
});
const ways = {
  'a whole answer': (asked: Anthropic.MessageCreateParamsNonStreaming, options: Anthropic.RequestOptions) =>
    client.messages.create(asked, options),
  'a stream': (asked: Anthropic.MessageCreateParamsNonStreaming, options: Anthropic.RequestOptions) =>
    client.messages.stream(asked, options).finalMessage(),
};
const betas = [undefined, 'interleaved-thinking-2025-05-14'];
const cells = Object.entries(ways).flatMap(([way, ask]) => betas.map((beta) => ({ way, ask, beta })));

test.for(cells)(
  'Claude cites documents and search results, in $way, with the beta $beta',
  async ({ ask, beta }, { expect }) => {
    const answer = await ask(body('claude-sonnet-4-5'), beta ? { headers: { 'anthropic-beta': beta } } : {});
    expect(answer.content).toEqual([{ type: 'text', text: 'Blue.', citations: told }]);
  },
);

test('another model is told the texts, and what it cannot do is reported', async ({ expect }) => {
  const messages = [{ role: 'user' as const, content: [document, found, { type: 'text' as const, text: 'Hi' }] }];
  const { response } = await client.messages.create({ ...body('nova-2-lite'), messages }).withResponse();
  expect(response.headers.get('x-pennyworth-dropped')?.split(',').toSorted()).toEqual([
    'messages.content.citations',
    'messages.content.context',
  ]);
});

test('the exact stop sequence of Claude is told by Converse too', async ({ expect }) => {
  const content = marker({ text: 'a STOP b' });
  const asked = {
    ...body('claude-sonnet-4-5'),
    messages: [{ role: 'user' as const, content }],
    stop_sequences: ['STOP'],
  };
  for (const ask of Object.values(ways)) {
    expect(await ask(asked, {})).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'STOP' });
  }
});
