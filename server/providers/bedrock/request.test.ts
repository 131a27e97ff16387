import { test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import type { ModelRequest } from '../../model/request.ts';
import { encodeConverseRequest } from './request.ts';
import { assistant, callWith, look, modelWith, text, user } from './test-calls.ts';
import { ToolNames } from './tools.ts';

test('encodes a whole request', ({ expect }) => {
  const call = callWith({
    system: text('Be kind.', ' ', 'Be brief.'),
    messages: [user('Hi'), assistant('Hello!'), user('Bye')],
    tools: [look],
    toolChoice: { type: 'required' },
    temperature: 0.5,
    topP: 0.9,
    stopSequences: ['END'],
    stream: true,
  });
  expect(encodeConverseRequest(call)).toEqual({
    body: {
      system: [{ text: 'Be kind.' }, { text: 'Be brief.' }],
      messages: [
        { role: 'user', content: [{ text: 'Hi' }] },
        { role: 'assistant', content: [{ text: 'Hello!' }] },
        { role: 'user', content: [{ text: 'Bye' }] },
      ],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 'look', description: 'Looks', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { any: {} },
      },
      requestMetadata: { pw_request: 'req_1' },
    },
    names: expect.any(ToolNames),
    suppressToolCalls: false,
    streamCountsCached: false,
    dropped: [],
  });
});

test('encodes the least there can be', ({ expect }) => {
  const { body } = encodeConverseRequest({ ...callWith({}), metadata: {} });
  expect(body).toEqual({
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    inferenceConfig: { maxTokens: 100 },
  });
});

test('metadata is written in the letters Bedrock takes', ({ expect }) => {
  const metadata = { pw_team: 'Küche & Keller', pw_key: 'x'.repeat(300) };
  const { body } = encodeConverseRequest({ ...callWith({}), metadata });
  expect(body['requestMetadata']).toEqual({ pw_team: 'K_che _ Keller', pw_key: 'x'.repeat(256) });
});

test('with tool choice none the tools stay, for the cache’s sake, and calls are left out', ({ expect }) => {
  const { body, suppressToolCalls } = encodeConverseRequest(callWith({ tools: [look], toolChoice: { type: 'none' } }));
  expect(suppressToolCalls).toBe(true);
  expect(body['toolConfig']).toEqual({ tools: [expect.objectContaining({ toolSpec: expect.anything() })] });
});

interface Case {
  readonly fields: Partial<ModelRequest>;
  readonly model?: CatalogueModel;
  readonly maxOutputTokens?: number;
  readonly config: object;
  readonly dropped?: readonly string[];
}

const configs: Readonly<Record<string, Case>> = {
  'temperature above Converse’s scale': {
    fields: { temperature: 1.7 },
    config: { temperature: 1 },
    dropped: ['temperature'],
  },
  'temperature at the end of it': { fields: { temperature: 1 }, config: { temperature: 1 } },
  'temperature 0': { fields: { temperature: 0, topP: 0 }, config: { temperature: 0, topP: 0 } },
  'both for a model that takes one': {
    fields: { temperature: 0.2, topP: 0.9 },
    model: modelWith({ sampling: 'one' }),
    config: { temperature: 0.2 },
    dropped: ['top_p'],
  },
  'top_p alone for a model that takes one': {
    fields: { topP: 0.9 },
    model: modelWith({ sampling: 'one' }),
    config: { topP: 0.9 },
  },
  'both for a model that takes none': {
    fields: { temperature: 2, topP: 0.9 },
    model: modelWith({ sampling: 'none' }),
    config: {},
    dropped: ['temperature', 'top_p'],
  },
  'stop sequences for a model without them': {
    fields: { stopSequences: ['END'] },
    model: modelWith({ stopSequences: false }),
    config: {},
    dropped: ['stop'],
  },
  'blank stop sequences for Claude': {
    fields: { stopSequences: ['\n', 'END', ' '] },
    config: { stopSequences: ['END'] },
    dropped: ['stop'],
  },
  'nothing but blank stop sequences for Claude': { fields: { stopSequences: ['\n'] }, config: {}, dropped: ['stop'] },
  'blank stop sequences for another maker': {
    fields: { stopSequences: ['\n'] },
    model: modelWith({}, { maker: 'amazon' }),
    config: { stopSequences: ['\n'] },
  },
  'more tokens than the model writes': {
    fields: {},
    maxOutputTokens: 70_000,
    config: { maxTokens: 64_000 },
    dropped: ['max_tokens'],
  },
  'as many tokens as the model writes': { fields: {}, maxOutputTokens: 64_000, config: { maxTokens: 64_000 } },
  'a model whose most tokens nobody knows': {
    fields: {},
    model: modelWith({}, { maxOutputTokens: undefined }),
    maxOutputTokens: 1_000_000,
    config: { maxTokens: 1_000_000 },
  },
};

test.for(Object.entries(configs))('%s', ([, { fields, model, maxOutputTokens, config, dropped = [] }], { expect }) => {
  const encoded = encodeConverseRequest(callWith(fields, model, maxOutputTokens));
  expect({ config: encoded.body['inferenceConfig'], dropped: encoded.dropped }).toEqual({
    config: { maxTokens: 100, ...config },
    dropped,
  });
});

test('a system prompt goes before the first user turn of a model without one', ({ expect }) => {
  const fields = { system: text('Be kind.', ' '), messages: [user('Hi')] };
  expect(encodeConverseRequest(callWith(fields, modelWith({ system: false }))).body).toEqual({
    messages: [{ role: 'user', content: [{ text: 'Be kind.' }, { text: 'Hi' }] }],
    inferenceConfig: { maxTokens: 100 },
    requestMetadata: { pw_request: 'req_1' },
  });
});

test('what a model’s maker is known for decides the rest', ({ expect }) => {
  const counts = (maker: string) => encodeConverseRequest(callWith({}, modelWith({}, { maker }))).streamCountsCached;
  expect([counts('openai'), counts('anthropic')]).toEqual([true, false]);
});

test('the attribution is written in the letters that Bedrock takes', ({ expect }) => {
  const metadata = { pw_request: 'req_1', pw_team: 'Küche & Keller\u00a0|Süd', pw_user: 'x'.repeat(300) };
  expect(encodeConverseRequest({ ...callWith({}), metadata }).body['requestMetadata']).toEqual({
    pw_request: 'req_1',
    pw_team: 'K_che _ Keller__S_d',
    pw_user: 'x'.repeat(256),
  });
});
