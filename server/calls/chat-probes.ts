/** One field of a chat completion with a value that asks for something. */
export interface ChatProbe {
  readonly field: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What has to stand beside it for it to mean anything. */
  readonly beside?: Readonly<Record<string, unknown>>;
}

const user = { role: 'user', content: 'Hi' };
const look = {
  type: 'function',
  function: { name: 'look', description: 'Looks', parameters: { type: 'object', properties: { at: {} } } },
};
const peek = { type: 'function', function: { ...look.function, name: 'peek' } };
const tools = { tools: [look, peek] };
const named = { type: 'function', function: { name: 'look' } };
const called = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
const answered = (content: unknown) => [
  user,
  { role: 'assistant', content: null, tool_calls: [called] },
  { role: 'tool', tool_call_id: 'call_1', content },
];
const said = (...messages: readonly unknown[]) => ({ messages: [user, ...messages] });
const shown = (...parts: readonly unknown[]) => ({ messages: [{ role: 'user', content: parts }] });
const text = { type: 'text', text: 'Hi' };

/** The smallest file of each kind: what its first bytes say is enough to be sent. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } };
const base64 = (content: string) => Buffer.from(content, 'latin1').toString('base64');
const file = (name: string, type: string, content: string) => {
  return { type: 'file', file: { filename: name, file_data: `data:${type};base64,${base64(content)}` } };
};
const wav = base64('RIFF\u0024\0\0\0WAVEfmt ');
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const rules = { role: 'system', content: 'Be brief.' };

/** In the order people look for them. */
export const chatProbes: readonly ChatProbe[] = [
  { field: 'messages: system', body: { messages: [rules, user] } },
  { field: 'messages: system, later', body: said({ role: 'assistant', content: 'Yes?' }, rules, user) },
  { field: 'messages: image_url', body: shown(text, image) },
  {
    field: 'messages: input_audio',
    body: shown(text, { type: 'input_audio', input_audio: { data: wav, format: 'wav' } }),
  },
  { field: 'messages: file (PDF)', body: shown(text, file('a.pdf', 'application/pdf', '%PDF-1.4\n')) },
  { field: 'messages: file (text)', body: shown(text, file('a.txt', 'text/plain', 'Some text.')) },
  {
    field: 'messages: tool result with an image',
    body: { messages: answered([image]) },
    beside: { ...tools, messages: answered('1') },
  },
  { field: 'messages: last one the assistant’s', body: said({ role: 'assistant', content: 'Well' }) },
  { field: 'messages: name', body: { messages: [{ ...user, name: 'ada' }] } },
  { field: 'max_tokens', body: { max_tokens: 1_000 } },
  { field: 'max_tokens: 1', body: { max_tokens: 1 } },
  { field: 'max_tokens: 10,000,000', body: { max_tokens: 10_000_000 } },
  { field: 'temperature', body: { temperature: 0.5 } },
  { field: 'temperature: 1.5', body: { temperature: 1.5 } },
  { field: 'top_p', body: { top_p: 0.5 } },
  { field: 'temperature and top_p', body: { temperature: 0.5, top_p: 0.5 } },
  { field: 'top_k', body: { top_k: 5 } },
  { field: 'stop', body: { stop: ['END'] } },
  { field: 'n: 2', body: { n: 2 } },
  { field: 'stream', body: { stream: true } },
  {
    field: 'stream_options',
    body: { stream: true, stream_options: { include_usage: true } },
    beside: { stream: true },
  },
  { field: 'tools', body: tools },
  {
    field: 'tools: strict',
    body: { tools: [{ ...look, function: { ...look.function, strict: true } }] },
    beside: { tools: [look] },
  },
  { field: 'tools: custom', body: { tools: [{ type: 'custom', custom: { name: 'write', description: 'Writes' } }] } },
  { field: 'tool_choice: required', body: { tool_choice: 'required' }, beside: tools },
  { field: 'tool_choice: a named tool', body: { tool_choice: named }, beside: tools },
  { field: 'tool_choice: none', body: { tool_choice: 'none' }, beside: tools },
  { field: 'parallel_tool_calls: false', body: { parallel_tool_calls: false }, beside: tools },
  { field: 'response_format: json_object', body: { response_format: { type: 'json_object' } } },
  {
    field: 'response_format: json_schema',
    body: { response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } } },
  },
  { field: 'reasoning_effort: low', body: { reasoning_effort: 'low' } },
  { field: 'reasoning_effort: high', body: { reasoning_effort: 'high' } },
  { field: 'reasoning_effort: none', body: { reasoning_effort: 'none' } },
  { field: 'thinking (budget)', body: { thinking: { type: 'enabled', budget_tokens: 2_048 } } },
  { field: 'verbosity', body: { verbosity: 'low' } },
  { field: 'cache_control', body: shown({ ...text, cache_control: { type: 'ephemeral' } }), beside: shown(text) },
  {
    field: 'cache_control: 1h',
    body: shown({ ...text, cache_control: { type: 'ephemeral', ttl: '1h' } }),
    beside: shown(text),
  },
  { field: 'prompt_cache_key', body: { prompt_cache_key: 'k' } },
  { field: 'service_tier: flex', body: { service_tier: 'flex' } },
  { field: 'service_tier: priority', body: { service_tier: 'priority' } },
  { field: 'performanceConfig', body: { performanceConfig: { latency: 'optimized' } } },
  { field: 'metadata', body: { metadata: { project: 'apollo' } } },
  { field: 'user', body: { user: 'ada' } },
  { field: 'store', body: { store: true } },
  { field: 'seed', body: { seed: 1 } },
  { field: 'frequency_penalty', body: { frequency_penalty: 0.5 } },
  { field: 'presence_penalty', body: { presence_penalty: 0.5 } },
  { field: 'logit_bias', body: { logit_bias: { '1': 1 } } },
  { field: 'logprobs', body: { logprobs: true } },
  { field: 'prediction', body: { prediction: { type: 'content', content: 'Hi' } } },
  { field: 'modalities: audio', body: { modalities: ['text', 'audio'] } },
  { field: 'web_search_options', body: { web_search_options: {} } },
];
