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
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      requestMetadata: { pw_request: 'req_1' },
    },
    names: expect.any(ToolNames),
    callable: undefined,
    streamCountsCached: false,
    json: undefined,
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
  const { body, callable } = encodeConverseRequest(callWith({ tools: [look], toolChoice: { type: 'none' } }));
  expect(callable).toEqual(new Set());
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
    fields: { stopSequences: ['\n', ''] },
    model: modelWith({ blankStopSequences: true }),
    config: { stopSequences: ['\n'] },
    dropped: ['stop'],
  },
  'top_k for a model that has no place for it': {
    fields: { topK: 5 },
    model: modelWith({ topK: 'none' }),
    config: {},
    dropped: ['top_k'],
  },
  'verbosity for a model without it': { fields: { verbosity: 'low' }, config: {}, dropped: ['verbosity'] },
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

test('how a stream counts cached tokens is a fact of the model', ({ expect }) => {
  const counts = (streamCountsCached: boolean) =>
    encodeConverseRequest(callWith({}, modelWith({ streamCountsCached }))).streamCountsCached;
  expect([counts(true), counts(false)]).toEqual([true, false]);
});

const fieldCases: Readonly<Record<string, readonly [Partial<ModelRequest>, CatalogueModel, object | undefined]>> = {
  'top_k for Claude': [{ topK: 5 }, modelWith(), { top_k: 5 }],
  'top_k for Nova': [{ topK: 5 }, modelWith({ topK: 'nova' }), { inferenceConfig: { topK: 5 } }],
  'verbosity for GPT': [{ verbosity: 'low' }, modelWith({ verbosity: true }), { verbosity: 'low' }],
  'nothing to say': [{}, modelWith(), undefined],
  'one tool at a time': [
    { tools: [look], parallelToolCalls: false },
    modelWith(),
    { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  ],
  'one tool at a time, of a forced one, which Converse fills in itself': [
    { tools: [look], parallelToolCalls: false, toolChoice: { type: 'required' } },
    modelWith(),
    { tool_choice: { disable_parallel_tool_use: true } },
  ],
  'one tool at a time, without tools': [{ parallelToolCalls: false }, modelWith(), undefined],
  'one tool at a time, and none to be called': [
    { tools: [look], parallelToolCalls: false, toolChoice: { type: 'none' } },
    modelWith(),
    undefined,
  ],
  'the caller’s own beside the gateway’s': [
    { additionalFields: { seed: 7, inferenceConfig: { topK: 1 } }, topK: 5 },
    modelWith({ topK: 'nova' }),
    { seed: 7, inferenceConfig: { topK: 5 } },
  ],
};

test.for(Object.entries(fieldCases))('additional fields: %s', ([, [fields, model, expected]], { expect }) => {
  const { body, dropped } = encodeConverseRequest(callWith(fields, model));
  expect(body['additionalModelRequestFields']).toEqual(expected);
  expect(dropped).toEqual([]);
});

test('one tool at a time is reported where it cannot be had', ({ expect }) => {
  const call = callWith({ tools: [look], parallelToolCalls: false }, modelWith({ singleToolCall: false }));
  const { body, dropped } = encodeConverseRequest(call);
  expect(body).not.toHaveProperty('additionalModelRequestFields');
  expect(dropped).toEqual(['parallel_tool_calls']);
});

test('the caller’s own top_k does not stand beside thinking', ({ expect }) => {
  const fields = { additionalFields: { top_k: 5 }, reasoning: { effort: 'low', budgetTokens: undefined } } as const;
  const { body, dropped } = encodeConverseRequest(callWith(fields, modelWith(), 8_000));
  expect(body['additionalModelRequestFields']).toEqual({ thinking: { type: 'enabled', budget_tokens: 2_048 } });
  expect(dropped).toEqual(['additionalModelRequestFields.top_k']);
});

test('the attribution is written in the letters that Bedrock takes', ({ expect }) => {
  const metadata = { pw_request: 'req_1', pw_team: 'Küche & Keller\u00a0|Süd', pw_user: 'x'.repeat(300) };
  expect(encodeConverseRequest({ ...callWith({}), metadata }).body['requestMetadata']).toEqual({
    pw_request: 'req_1',
    pw_team: 'K_che _ Keller__S_d',
    pw_user: 'x'.repeat(256),
  });
});

test('a field of the waist wins over the same one among the caller’s own', ({ expect }) => {
  const { body } = encodeConverseRequest(callWith({ topK: 5, additionalFields: { top_k: 7, seed: 1 } }));
  expect(body).toMatchObject({ additionalModelRequestFields: { top_k: 5, seed: 1 } });
});
