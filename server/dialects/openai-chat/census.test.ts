import { readFile } from 'node:fs/promises';
import { test } from 'vitest';
import { gif, pdf, png, wav } from '../test-files.ts';
import { idleMembers } from '../test-kept-members.ts';
import { decodeChatRequest } from './decode-request.ts';
import { extensionTreatments, fieldTreatments } from './fields.ts';
import requestFields from './fixtures/request-fields.json' with { type: 'json' };
import { failureOf } from './test-failures.ts';

// Every field of OpenAI's request, down to the last member: kept, refused or reported, and none by accident.

type Fields = Readonly<Record<string, unknown>>;

interface Classes {
  /** A request around an object of the type. */
  readonly around: (object: Fields) => object;
  /** An object with every field that is kept. */
  readonly kept: Fields;
  /** What is not kept: a value, and the name it is reported by or refused with. */
  readonly reported?: Readonly<Record<string, readonly [value: unknown, name: string]>>;
  readonly refused?: Readonly<Record<string, readonly [value: unknown, param: string]>>;
}

const said = (role: string) => (fields: Fields) => ({ messages: [{ ...fields, role }] });
const part = (fields: Fields) => ({ messages: [{ role: 'user', content: [fields] }] });
const look = { type: 'function', function: { name: 'look' } };
const write = { type: 'custom', custom: { name: 'write' } };
const both = { tools: [look, write] };
const choice = (tool_choice: Fields) => ({ ...both, tool_choice });
const calls = (call: Fields) => ({ messages: [{ role: 'assistant', content: null, tool_calls: [call] }] });
const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } };
const name = ['ada', 'messages.name'] as const;
const url = `data:image/png;base64,${png}`;
const grammar = { syntax: 'lark', definition: 'a' };
const schemaFormat = {
  name: 'place',
  description: 'A place',
  schema: { type: 'object', properties: {} },
  strict: true,
};
const asSchema = (json_schema: Fields) => ({ response_format: { type: 'json_schema', json_schema } });

const census: Readonly<Record<string, Classes>> = {
  ChatCompletionAllowedToolsChoice: {
    around: choice,
    kept: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [look] } },
  },
  ChatCompletionAllowedTools: {
    around: (fields) => choice({ type: 'allowed_tools', allowed_tools: fields }),
    kept: { mode: 'auto', tools: [look] },
  },
  ChatCompletionFunctionCallOption: {
    around: (fields) => ({ functions: [look.function], function_call: fields }),
    kept: { name: 'look' },
  },
  ChatCompletionFunctions: {
    around: (fields) => ({ functions: [fields] }),
    kept: { name: 'look', description: 'Looks', parameters: { type: 'object' } },
  },
  ChatCompletionMessageCustomToolCall: {
    around: calls,
    kept: { id: 'c', type: 'custom', custom: { name: 'write', input: 'x' } },
  },
  'ChatCompletionMessageCustomToolCall.custom': {
    around: (custom) => calls({ id: 'c', type: 'custom', custom }),
    kept: { name: 'write', input: 'x' },
  },
  ChatCompletionMessageToolCall: {
    around: calls,
    kept: { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } },
  },
  'ChatCompletionMessageToolCall.function': {
    around: (called) => calls({ id: 'c', type: 'function', function: called }),
    kept: { name: 'look', arguments: '{"a":1}' },
  },
  ChatCompletionNamedToolChoice: { around: choice, kept: { type: 'function', function: { name: 'look' } } },
  'ChatCompletionNamedToolChoice.function': {
    around: (named) => choice({ type: 'function', function: named }),
    kept: { name: 'look' },
  },
  ChatCompletionNamedToolChoiceCustom: { around: choice, kept: { type: 'custom', custom: { name: 'write' } } },
  'ChatCompletionNamedToolChoiceCustom.custom': {
    around: (custom) => choice({ type: 'custom', custom }),
    kept: { name: 'write' },
  },
  ChatCompletionRequestAssistantMessage: {
    around: said('assistant'),
    kept: {
      role: 'assistant',
      content: 'x',
      refusal: 'No.',
      tool_calls: [{ id: 'c', ...look, function: { name: 'look', arguments: '{}' } }],
      function_call: { name: 'look', arguments: '{}' },
    },
    reported: { name },
    refused: { audio: [{ id: 'x' }, 'messages[0].audio'] },
  },
  'ChatCompletionRequestAssistantMessage.audio': {
    around: (audio) => ({ messages: [{ role: 'assistant', audio }] }),
    kept: {},
    refused: { id: ['x', 'messages[0].audio'] },
  },
  'ChatCompletionRequestAssistantMessage.function_call': {
    around: (call) => ({ messages: [{ role: 'assistant', function_call: call }] }),
    kept: { name: 'look', arguments: '{"a":1}' },
  },
  ChatCompletionRequestDeveloperMessage: {
    around: said('developer'),
    kept: { role: 'developer', content: 'x' },
    reported: { name },
  },
  ChatCompletionRequestFunctionMessage: {
    around: (message) => ({
      messages: [
        { role: 'assistant', function_call: { name: 'look', arguments: '' } },
        { ...message, role: 'function' },
      ],
    }),
    kept: { role: 'function', name: 'look', content: 'x' },
  },
  ChatCompletionRequestMessageContentPartAudio: {
    around: part,
    kept: { type: 'input_audio', input_audio: { data: wav, format: 'wav' }, ...breakpoint },
  },
  'ChatCompletionRequestMessageContentPartAudio.input_audio': {
    around: (audio) => part({ type: 'input_audio', input_audio: audio }),
    kept: { data: wav, format: 'wav' },
  },
  ChatCompletionRequestMessageContentPartFile: {
    around: part,
    kept: { type: 'file', file: { file_data: pdf }, ...breakpoint },
  },
  'ChatCompletionRequestMessageContentPartFile.file': {
    around: (file) => part({ type: 'file', file }),
    kept: { file_data: pdf, filename: 'a.pdf' },
    refused: { file_id: ['file-1', 'messages[0].content[0].file.file_id'] },
  },
  ChatCompletionRequestMessageContentPartImage: {
    around: part,
    kept: { type: 'image_url', image_url: { url }, ...breakpoint },
  },
  'ChatCompletionRequestMessageContentPartImage.image_url': {
    around: (image) => part({ type: 'image_url', image_url: image }),
    kept: { url: `data:;base64,${gif}` },
    reported: { detail: ['low', 'messages.content.image_url.detail'] },
  },
  ChatCompletionRequestMessageContentPartRefusal: {
    around: (refusal) => ({ messages: [{ role: 'assistant', content: [refusal] }] }),
    kept: { type: 'refusal', refusal: 'No.' },
  },
  ChatCompletionRequestMessageContentPartText: { around: part, kept: { type: 'text', text: 'x', ...breakpoint } },
  ChatCompletionRequestSystemMessage: {
    around: said('system'),
    kept: { role: 'system', content: 'x' },
    reported: { name },
  },
  ChatCompletionRequestToolMessage: {
    around: said('tool'),
    kept: { role: 'tool', content: 'x', tool_call_id: 'c' },
  },
  ChatCompletionRequestUserMessage: { around: said('user'), kept: { role: 'user', content: 'x' }, reported: { name } },
  ChatCompletionStreamOptions: {
    around: (stream_options) => ({ stream: true, stream_options }),
    kept: { include_usage: true },
    reported: { include_obfuscation: [true, 'stream_options.include_obfuscation'] },
  },
  ChatCompletionTool: { around: (tool) => ({ tools: [tool] }), kept: look },
  FunctionObject: {
    around: (definition) => ({ tools: [{ type: 'function', function: definition }] }),
    kept: { name: 'look', description: 'Looks', parameters: { type: 'object' }, strict: true },
  },
  CustomToolChatCompletions: { around: (tool) => ({ tools: [tool] }), kept: write },
  'CustomToolChatCompletions.custom': {
    around: (custom) => ({ tools: [{ type: 'custom', custom }] }),
    kept: { name: 'write', description: 'Writes' },
    reported: { format: [{ type: 'grammar', grammar }, 'tools.custom.format'] },
  },
  'CustomToolChatCompletions.custom.format': {
    around: (format) => {
      const type = format['grammar'] === undefined ? 'text' : 'grammar';
      return { tools: [{ type: 'custom', custom: { name: 'write', format: { ...format, type } } }] };
    },
    kept: { type: 'text' },
    reported: { grammar: [grammar, 'tools.custom.format'] },
  },
  PromptCacheBreakpointParam: {
    around: (mark) => part({ type: 'text', text: 'x', prompt_cache_breakpoint: mark }),
    kept: { mode: 'explicit' },
  },
  PromptCacheOptionsParam: {
    around: (prompt_cache_options) => ({ ...part({ type: 'text', text: 'x', ...breakpoint }), prompt_cache_options }),
    kept: { mode: 'explicit', ttl: '30m' },
  },
  ResponseFormatText: { around: (response_format) => ({ response_format }), kept: { type: 'text' } },
  ResponseFormatJsonObject: { around: (response_format) => ({ response_format }), kept: { type: 'json_object' } },
  ResponseFormatJsonSchema: {
    around: (response_format) => ({ response_format }),
    kept: { type: 'json_schema', json_schema: schemaFormat },
  },
  'ResponseFormatJsonSchema.json_schema': { around: asSchema, kept: schemaFormat },
};

/** Types that stand only in a field that is refused or reported as a whole. */
const within: Readonly<Record<string, string>> = {
  'CreateChatCompletionRequest.audio': 'audio',
  VoiceIdsOrCustomVoice: 'audio',
  'CreateChatCompletionRequest.web_search_options': 'web_search_options',
  'CreateChatCompletionRequest.web_search_options.user_location': 'web_search_options',
  WebSearchLocation: 'web_search_options',
  ModerationParam: 'moderation',
  ModerationPolicyParam: 'moderation',
  ModerationConfigParam: 'moderation',
  PredictionContent: 'prediction',
  'CustomToolChatCompletions.custom.format.grammar': 'tools.custom.format',
};

const { CreateChatCompletionRequest: requestNames, ...types } = requestFields.fields;

test('every type of OpenAI’s request is classed, and nothing else is', ({ expect }) => {
  expect([...Object.keys(census), ...Object.keys(within)].toSorted()).toEqual(Object.keys(types).toSorted());
  expect(Object.keys(fieldTreatments).toSorted()).toEqual(requestNames);
});

test('a field that is left out as a whole is not kept', ({ expect }) => {
  const whole = Object.values(within).filter((field) => !field.includes('.'));
  expect(whole.filter((field) => fieldTreatments[field]?.as === 'mapped')).toEqual([]);
});

const decode = (fields: object) =>
  decodeChatRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields });
const classed = Object.entries(types).flatMap(([type, fields]) => {
  const classes = census[type];
  return classes ? [[type, fields, classes] as const] : [];
});

test.for(classed)('%s: every field is kept, refused or reported', ([, fields, classes], { expect }) => {
  const { around, kept, reported = {}, refused = {} } = classes;
  const names = [kept, reported, refused].flatMap((object) => Object.keys(object));
  expect(names.toSorted()).toEqual(fields);
  if (Object.keys(kept).length > 0) expect(decode(around(kept)).dropped).toEqual([]);
  for (const [field, [value, as]] of Object.entries(reported)) {
    expect(decode(around({ ...kept, [field]: value })).dropped).toEqual([as]);
  }
  for (const [field, [value, param]] of Object.entries(refused)) {
    expect(failureOf(() => decode(around({ ...kept, [field]: value })))).toMatchObject({ status: 400, param });
  }
});

/** Fields that only say which type an object is, or have one value; and `strict`, without which a schema binds as well. */
const sayNoMore: readonly string[] = ['type', 'role', 'mode', 'strict'];

test.for(classed)('%s: what is kept makes a difference', ([, , { around, kept }], { expect }) => {
  expect(idleMembers(kept, (object) => decode(around(object)), sayNoMore)).toEqual([]);
});

test('developers are told of every extension', async ({ expect }) => {
  const told = await readFile(new URL('../../../doc/developers.md', import.meta.url), 'utf8');
  expect(Object.keys(extensionTreatments).filter((field) => !told.includes(`\`${field}\``))).toEqual([]);
});
