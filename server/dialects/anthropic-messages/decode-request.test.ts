import { test } from 'vitest';
import { failureOf } from '../openai-chat/test-failures.ts';
import { decodeMessagesRequest } from './decode-request.ts';

const hello = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
const decode = (fields: object, betas?: readonly string[]) => decodeMessagesRequest({ ...hello, ...fields }, betas);
const look = { name: 'look', input_schema: { type: 'object' } };

test('a plain request says nothing that only Claude knows', ({ expect }) => {
  const { request, dropped } = decode({ tools: [{ ...look, defer_loading: false, allowed_callers: ['direct'] }] });
  expect(request.claude).toBeUndefined();
  expect(dropped).toEqual([]);
});

test('betas come from every header and from the body, each once', ({ expect }) => {
  const { request, dropped } = decode({ betas: ['c', 'a'], anthropic_beta: 'd' }, ['a, b', ' b,,', 'e']);
  expect(request.claude?.betas).toEqual(['a', 'b', 'e', 'c', 'd']);
  expect(dropped).toEqual([]);
});

test('tools are told apart', ({ expect }) => {
  const bash = { type: 'bash_20250124', name: 'bash', cache_control: { type: 'ephemeral' } };
  const toolset = { type: 'computer_toolset_20260801' };
  const { request, dropped } = decode({
    tools: [
      { ...look, type: 'custom', defer_loading: true, input_examples: [{}], eager_input_streaming: true, strict: true },
      bash,
      toolset,
      { type: 'tool_search_tool_bm25_20251119', name: 'tool_search_tool_bm25' },
      { type: 'web_search_20260209', name: 'web_search', max_uses: 2 },
      { type: 'code_execution_20250825', name: 'code_execution' },
      { type: 'mcp_toolset', mcp_server_name: 'x' },
      { ...look, name: 'see', allowed_callers: ['code_execution_20250825'], x: 1 },
    ],
    tool_choice: { type: 'tool', name: 'bash' },
    context_management: { edits: [] },
  });
  expect(request.tools.map(({ name, strict }) => [name, strict])).toEqual([
    ['look', true],
    ['see', false],
  ]);
  expect(request.toolChoice).toEqual({ type: 'tool', name: 'bash' });
  expect(request.claude).toEqual({
    betas: [],
    fields: { context_management: { edits: [] } },
    tools: [bash, toolset, { type: 'tool_search_tool_bm25_20251119', name: 'tool_search_tool_bm25' }],
    toolFields: {
      look: { defer_loading: true, input_examples: [{}], eager_input_streaming: true },
      see: { allowed_callers: ['code_execution_20250825'] },
    },
  });
  const ofServers = ['tools.web_search_20260209', 'tools.code_execution_20250825', 'tools.mcp_toolset'];
  expect(dropped).toEqual([...ofServers, 'tools.x']);
});

test('tools that are added in the middle are told from the start', ({ expect }) => {
  const addition = (tool: object) => ({ type: 'tool_addition', tool });
  const { request, dropped } = decode({
    tools: [look],
    messages: [
      ...hello.messages,
      {
        role: 'system',
        content: [
          addition({ type: 'tool_definition', definition: { ...look, name: 'see' } }),
          addition({ type: 'tool_definition', definition: look }),
          addition({ type: 'tool_reference', name: 'look' }),
          { type: 'tool_removal', tool: { type: 'tool_reference', name: 'look' } },
        ],
      },
    ],
  });
  expect(request.tools.map(({ name }) => name)).toEqual(['look', 'see']);
  expect(request.messages).toHaveLength(1);
  expect(dropped).toEqual(['messages.content.tool_addition', 'messages.content.tool_removal']);
});

test('system messages stand where they are, the first ones with the system prompt', ({ expect }) => {
  const { request, dropped } = decode({
    system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'system', content: 'b' },
      ...hello.messages,
      { role: 'system', content: [{ type: 'text', text: 'c' }], clear_at: 'never', output_config: { effort: 'low' } },
      { role: 'system' },
    ],
  });
  expect(request.system).toEqual([
    { type: 'text', text: 'a', cacheAfter: '5m' },
    { type: 'text', text: 'b' },
  ]);
  expect(request.messages.map(({ role }) => role)).toEqual(['user', 'system']);
  expect(dropped).toEqual(['messages.clear_at', 'messages.output_config']);
});

test('cache marks with their time are kept everywhere', ({ expect }) => {
  const cache_control = { type: 'ephemeral', ttl: '1h' };
  const { request } = decode({
    tools: [{ ...look, cache_control }],
    system: [{ type: 'text', text: 'a', cache_control }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'b', cache_control }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'c', cache_control },
          { type: 'tool_use', id: 't', name: 'look', input: {}, cache_control },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [{ type: 'text', text: 'd', cache_control }],
            cache_control,
          },
          { type: 'text', text: 'e' },
        ],
      },
    ],
    cache_control: { type: 'ephemeral' },
  });
  expect(JSON.stringify(request).match(/"cacheAfter":"1h"/g)).toHaveLength(7);
  // The request's own mark is one on its last block.
  expect(request.messages.at(-1)?.content.at(-1)).toEqual({ type: 'text', text: 'e', cacheAfter: '5m' });
});

test.for([
  [{ type: 'enabled', budget_tokens: 2_000 }, { effort: undefined, budgetTokens: 2_000 }, false, []],
  [{ type: 'adaptive', display: 'omitted' }, { effort: undefined, budgetTokens: undefined }, true, []],
  [{ type: 'adaptive', display: 'summarized' }, { effort: undefined, budgetTokens: undefined }, false, []],
  [
    { type: 'adaptive', display: 'updates' },
    { effort: undefined, budgetTokens: undefined },
    false,
    ['thinking.display'],
  ],
  [{ type: 'between_tools' }, { effort: undefined, budgetTokens: undefined }, false, ['thinking.type']],
  [{ type: 'disabled' }, { effort: 'none', budgetTokens: undefined }, false, []],
  [
    { type: 'adaptive', block_binding: {} },
    { effort: undefined, budgetTokens: undefined },
    false,
    ['thinking.block_binding'],
  ],
] as const)('thinking %j', ([thinking, reasoning, omitsThinking, dropped], { expect }) => {
  const decoded = decode({ thinking });
  expect(decoded.request.reasoning).toEqual(reasoning);
  expect(decoded).toMatchObject({ omitsThinking, dropped });
});

test('the answer’s format has two names', ({ expect }) => {
  const format = { type: 'json_schema', schema: { type: 'object' } };
  const schema = { type: 'json-schema', schema: format.schema };
  expect(decode({ output_format: format }).request.outputFormat).toMatchObject(schema);
  const both = decode({ output_config: { format, effort: 'max', task_budget: {} } });
  expect(both.request).toMatchObject({ outputFormat: schema, reasoning: { effort: 'max' } });
  expect(both.dropped).toEqual(['output_config.task_budget']);
});

test('who asks travels as a hash', ({ expect }) => {
  const { request, dropped } = decode({ metadata: { user_id: 'ada@example.com', x: 1 } });
  expect(request.metadata).toEqual({ user: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(dropped).toEqual(['metadata.x']);
});

const format = (type: string, schema?: unknown) => ({ output_format: { type, schema } });
test.for([
  [{ max_tokens: undefined }, 'max_tokens'],
  [{ model: '' }, 'model'],
  [{ messages: [] }, 'messages'],
  [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: [7] }] }, 'messages[0].content[0]'],
  [{ container: 'c' }, 'container'],
  [{ mcp_servers: [{}] }, 'mcp_servers'],
  [{ thread: {} }, 'thread'],
  [{ thinking: { type: 'sometimes' } }, 'thinking.type'],
  [{ thinking: { type: 'adaptive', display: 'loud' } }, 'thinking.display'],
  [{ tools: [{ name: 'look' }] }, 'tools[0].input_schema'],
  [{ tools: [{ input_schema: {} }] }, 'tools[0].name'],
  [{ tools: [look, look] }, 'tools[1].name'],
  [{ tools: [look], tool_choice: { type: 'tool', name: 'see' } }, 'tool_choice.name'],
  [{ tool_choice: { type: 'any' } }, 'tool_choice'],
  [{ tool_choice: { type: 'required' } }, 'tool_choice.type'],
  [{ betas: 7 }, 'betas'],
  [{ betas: [7] }, 'betas[0]'],
  [format('json'), 'output_format.type'],
  [format('json_schema'), 'output_format.schema'],
  [{ cache_control: { type: 'ephemeral', ttl: '2h' } }, 'cache_control.ttl'],
] as const)('%j is refused at %s', ([fields, param], { expect }) => {
  expect(failureOf(() => decode(fields))).toMatchObject({ status: 400, param });
});

test('an empty stop sequence is left out and reported', ({ expect }) => {
  const { request, dropped } = decode({ stop_sequences: ['', 'x'] });
  expect([request.stopSequences, dropped]).toEqual([['x'], ['stop_sequences']]);
});
