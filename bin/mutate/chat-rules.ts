import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/dialects/openai-chat';
const customTools = 'server/dialects/custom-tools.test.ts';
const decoding = [
  ...['decode-request', 'decode-content', 'decode-tools', 'decode-settings', 'reasoning', 'fields', 'client-shapes'],
  ...['tool-arguments', 'answer-forms'],
].map((name) => `${folder}/${name}.test.ts`);
const encoding = [
  ...['encode-answer', 'encode-stream', 'parity', 'answer-forms'].map((name) => `${folder}/${name}.test.ts`),
  customTools,
];

const usageRules = mutationsOf(`${folder}/usage.ts`, encoding, [
  [
    'prompt_tokens has the cached tokens too',
    'usage.inputTokens + usage.cacheReadTokens + written',
    'usage.inputTokens',
  ],
  [
    'both lives of cache writes count',
    'usage.cacheWrite5mTokens + usage.cacheWrite1hTokens',
    'usage.cacheWrite5mTokens',
  ],
  ['total_tokens is the sum', 'total_tokens: prompt + usage.outputTokens', 'total_tokens: prompt'],
  ['cached_tokens are the reads', 'cached_tokens: usage.cacheReadTokens', 'cached_tokens: written'],
  ['reasoning tokens only where the provider counts them', 'usage.reasoningTokens === undefined', 'false'],
  ['a full window is a full answer to OpenAI’s clients', "case 'context-window':\n", ''],
  ['filtered content is told', "return 'content_filter';", "return 'stop';"],
  [
    'tool calls decide, not the word',
    "if (ofText !== 'stop' || !hasToolCalls) return ofText;",
    "if (ofText !== 'stop' || reason !== 'tool-calls') return ofText;",
  ],
  ['the old form has its own word', "forms.isLegacy ? 'function_call' : 'tool_calls'", "'tool_calls'"],
  ['only OpenAI’s tiers are told', 'tiers.find((each) => each === tier)', 'tier as never'],
]);

const answerRules = mutationsOf(`${folder}/encode-answer.ts`, encoding, [
  [
    'content is null beside tool calls only',
    "this.#text === '' && calls.length > 0 ? null : this.#text",
    'this.#text || null',
  ],
  [
    'a call without arguments ends in {}',
    "function: { name, arguments: json || '{}' }",
    'function: { name, arguments: json }',
  ],
  ['texts are joined with nothing between', 'this.#text += event.text;', "this.#text += event.text + '\\n';"],
  ['reasoning is told apart from text', 'this.#reasoning += event.text;', 'this.#text += event.text;'],
  ['a custom tool’s call has its own form', 'if (!customTools.has(name)) return', 'if (true) return'],
]);

const streamRules = mutationsOf(`${folder}/encode-stream.ts`, encoding, [
  ['usage comes only when asked for', 'if (!this.#includeUsage) return', 'if (false) return'],
  ['usage is null until the last chunk', "includeUsage ? ',\"usage\":null}\\n\\n' : '}\\n\\n'", "'}\\n\\n'"],
  ['tool calls are numbered from 0, whatever else came', 'index: this.#toolCalls.size, custom', 'index, custom'],
  [
    'a streamed call without arguments ends in {}',
    "call?.hasArguments ? '' : this.#argumentsOf(blockIndex, '{}')",
    "''",
  ],
  ['the role stands in the first chunk only', "if (this.#started) return '';", ''],
  ['the reason stands in a chunk of its own', "choice('{}', reason)", "choice('{}', undefined)"],
]);

const settingRules = mutationsOf(`${folder}/decode-settings.ts`, decoding, [
  ['a tier that is not sold is reported', "reading.dropped.add('service_tier');", ''],
  [
    'a user is never sent as it is',
    'return { ...metadata, user: hashed(person) };',
    'return { ...metadata, user: person };',
  ],
  ['nobody takes the gateway’s own keys', "if (key.toLowerCase().startsWith('pw_'))", 'if (false)'],
  ['metadata has at most 16 pairs', 'if (pairs.length > mostPairs)', 'if (false)'],
  ['a schema that is left out means any object', "schema: schema ?? { type: 'object' }", 'schema: schema ?? {}'],
]);

const choiceRules = mutationsOf('server/dialects/decode-tool-choice.ts', decoding, [
  [
    '{} means auto',
    "value['name'] === undefined ? { type: 'auto' }",
    "value['name'] === undefined ? { type: 'required' }",
  ],
  ['one tool at a time is the opposite of parallel', 'single === undefined ? undefined : !single', 'single'],
  ['a choice needs tools', '&& tools.length === 0', '&& false'],
  ['a chosen tool is one of the tools', 'if (missing >= 0) throw', 'if (missing > 99) throw'],
  [
    'any means required',
    "if (word === 'any') return { type: 'required' };",
    "if (word === 'any') return { type: 'auto' };",
  ],
]);

const argumentRules = mutationsOf(
  `${folder}/tool-arguments.ts`,
  [...decoding, `${folder}/tool-arguments.test.ts`],
  [
    ['no arguments mean none', "if (text.trim() === '') return [{}];", ''],
    ['a bare value is reported', "if (value !== null && value !== '') dropped.add(reportedAs);", ''],
    [
      'objects in a row are calls in a row',
      'return objects.length === 0 ? [{}] : objects;',
      'return [objects[0] ?? {}];',
    ],
    [
      'a brace inside a string does not count',
      "if (character === '\"') at = endOfString(text, at);",
      'if (false) at = 0;',
    ],
    ['what is no JSON is refused', 'if (split === undefined) throw notJson(param);', ''],
    ['arguments are not deeper than a body', 'if (isDeeperThan(deepestJson, value))', 'if (false)'],
  ],
);

/** Rules of OpenAI's chat dialect. */
export const chatRules: readonly Mutation[] = [
  ...usageRules,
  ...answerRules,
  ...streamRules,
  ...settingRules,
  ...choiceRules,
  ...argumentRules,
];
