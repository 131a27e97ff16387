import { test } from 'vitest';
import { failureOf } from '../openai-chat/test-failures.ts';
import { decodeResponsesRequest } from './decode-request.ts';
import { fieldTreatments } from './fields.ts';
import codex from './fixtures/codex-request.json' with { type: 'json' };
import requestFields from './fixtures/request-fields.json' with { type: 'json' };

const decode = (fields: object) =>
  decodeResponsesRequest({ model: 'm', input: 'Hi', ...fields }, (encrypted) => ({ text: encrypted, signature: 's' }));
const look = { type: 'function', name: 'look', parameters: { type: 'object' }, strict: false };
const patch = { type: 'custom', name: 'patch' };
const inMaps = { type: 'namespace', name: 'maps', description: 'Maps.', tools: [look, patch] };

test('every field of OpenAI’s request has its treatment, and no other', ({ expect }) => {
  expect(Object.keys(fieldTreatments).toSorted()).toEqual(requestFields.fields);
});

/** Each field that is kept, and what becomes of it. */
const kept: readonly (readonly [fields: object, request: object])[] = [
  [{ model: 'n' }, { model: 'n' }],
  [{ input: 'Ho' }, { messages: [{ role: 'user', content: [{ type: 'text', text: 'Ho' }] }] }],
  [
    { instructions: 'a', input: [{ role: 'developer', content: 'b' }] },
    {
      system: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      messages: [],
    },
  ],
  [{ tools: [look] }, { tools: [{ name: 'look', inputSchema: { type: 'object' }, strict: false }] }],
  [{ tools: [{ ...look, parameters: null, strict: null }] }, { tools: [{ strict: false }] }],
  [{ tools: [look], tool_choice: 'required' }, { toolChoice: { type: 'required' } }],
  [{ tool_choice: 'auto' }, { toolChoice: { type: 'auto' } }],
  [{ tool_choice: 'none' }, { toolChoice: { type: 'none' } }],
  [{ tools: [look], tool_choice: { type: 'function', name: 'look' } }, { toolChoice: { type: 'tool', name: 'look' } }],
  [{ tools: [patch], tool_choice: { type: 'custom', name: 'patch' } }, { toolChoice: { type: 'tool', name: 'patch' } }],
  [
    { tools: [inMaps], tool_choice: { type: 'function', namespace: 'maps', name: 'look' } },
    { toolChoice: { type: 'tool', name: 'maps__look' } },
  ],
  [
    {
      tools: [look, inMaps],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] },
    },
    { toolChoice: { type: 'allowed', mode: 'auto', names: ['look'] } },
  ],
  [{ parallel_tool_calls: false }, { parallelToolCalls: false }],
  [{ text: { format: { type: 'text' } } }, { outputFormat: undefined }],
  [
    { text: { format: { type: 'json_object' }, verbosity: 'low' } },
    { outputFormat: { type: 'json' }, verbosity: 'low' },
  ],
  [
    { text: { format: { type: 'json_schema', name: 'p', schema: { type: 'object' }, strict: true }, verbosity: null } },
    { outputFormat: { type: 'json-schema', name: 'p', schema: { type: 'object' } } },
  ],
  [{ reasoning: { effort: 'high', summary: 'auto' } }, { reasoning: { effort: 'high', budgetTokens: undefined } }],
  [{ reasoning: { effort: null, summary: 'auto', generate_summary: 'auto' } }, { reasoning: undefined }],
  [{ max_output_tokens: 1 }, { maxOutputTokens: 1 }],
  [{ temperature: 2 }, { temperature: 2 }],
  [{ top_p: 0.5 }, { topP: 0.5 }],
  [{ service_tier: 'flex' }, { serviceTier: 'flex' }],
  [{ service_tier: 'auto' }, { serviceTier: undefined }],
  [{ metadata: { a: 'b' } }, { metadata: { a: 'b' } }],
  [{ user: 'ada' }, { metadata: { user: expect32() } }],
  [{ safety_identifier: 'ada' }, { metadata: { user: expect32() } }],
  [{ prompt_cache_key: 'k' }, { cacheKey: 'k' }],
  [{ prompt_cache_options: { mode: 'explicit' } }, { cache: 'explicit' }],
  [
    { top_k: 5, stop_sequences: ['a', ''] },
    { topK: 5, stopSequences: ['a'] },
  ],
  [{ thinking: { type: 'enabled', budget_tokens: 2048 } }, { reasoning: { effort: undefined, budgetTokens: 2048 } }],
  [{ thinking: { type: 'disabled' }, reasoning: { effort: 'high' } }, { reasoning: { effort: 'none' } }],
  [{ output_config: { effort: 'low' } }, { reasoning: { effort: 'low' } }],
  [{ guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } }, { guardrail: { id: 'g', version: '1' } }],
  [{ guardrail_config: { guardrailIdentifier: 'g', guardrailVersion: '1' } }, { guardrail: { id: 'g', version: '1' } }],
  [{ performanceConfig: { latency: 'optimized' } }, { latency: 'optimized' }],
  [{ performance_config: { latency: 'optimized' } }, { latency: 'optimized' }],
  [{ additionalModelRequestFields: { a: 1 } }, { additionalFields: { a: 1 } }],
  [{ additional_model_request_fields: { a: 1 } }, { additionalFields: { a: 1 } }],
  [
    { cache_control: { type: 'ephemeral' } },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cacheAfter: '5m' }] }] },
  ],
  [{ stream: true, stream_options: { include_obfuscation: false } }, { stream: true }],
];

/** Who the user is travels as a hash. */
function expect32(): object {
  return { asymmetricMatch: (value: unknown) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) };
}

test.for(kept)('%j is kept', ([fields, request], { expect }) => {
  const decoded = decode(fields);
  expect(decoded.request).toMatchObject(request);
  expect(decoded.dropped).toEqual([]);
});

const silent: readonly object[] = [
  { store: false },
  { store: true },
  { previous_response_id: 'resp_1' },
  { truncation: 'disabled' },
  { top_logprobs: 0 },
  { background: false },
  { conversation: null, previous_response_id: null, prompt: null, include: null, tools: null, reasoning: null },
  { prompt_cache_retention: 'in_memory' },
  { include: ['reasoning.encrypted_content'] },
  { tools: [] },
];

test.for(silent)('%j asks for nothing that is left out', (fields, { expect }) => {
  expect(decode(fields).dropped).toEqual([]);
});

const reported: readonly (readonly [fields: object, names: readonly string[]])[] = [
  [{ truncation: 'auto' }, ['truncation']],
  [{ max_tool_calls: 3 }, ['max_tool_calls']],
  [{ context_management: [{ type: 'compaction' }] }, ['context_management']],
  [{ moderation: {} }, ['moderation']],
  [{ prompt_cache_retention: '24h' }, ['prompt_cache_retention']],
  [{ client_metadata: { a: 'b' } }, ['client_metadata']],
  [{ include: ['message.output_text.logprobs'] }, ['include.message.output_text.logprobs']],
  [{ reasoning: { summary: 'detailed' } }, ['reasoning.summary']],
  [{ reasoning: { generate_summary: 'concise' } }, ['reasoning.generate_summary']],
  [{ reasoning: { context: 'all_turns' } }, ['reasoning.context']],
  [{ text: { tone: 'kind' } }, ['text.tone']],
  [{ service_tier: 'scale' }, ['service_tier']],
  [{ tools: [{ ...look, defer_loading: true }] }, ['tools.defer_loading']],
  [
    { tools: [{ ...patch, format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } }] },
    ['tools.custom.format'],
  ],
  [{ tool_choice: { type: 'web_search_preview' } }, ['tool_choice']],
  [{ tool_choice: { type: 'mcp', server_label: 'x' } }, ['tool_choice']],
  [{ tool_choice: { type: 'shell' } }, ['tool_choice']],
  [
    {
      tools: [look],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [look, { type: 'image_generation' }] },
    },
    ['tool_choice.tools'],
  ],
];

test.for(reported)('%j is reported', ([fields, names], { expect }) => {
  expect(decode(fields).dropped).toEqual(expect.arrayContaining([...names]));
});

const runByCaller = ['function', 'custom', 'namespace', 'local_shell', 'shell', 'apply_patch'];
const hostedTools = requestFields.tools.filter((type) => !runByCaller.includes(type));
test.for(hostedTools)('a tool %s is left out and reported', (type, { expect }) => {
  const { request, dropped } = decode({ tools: [look, { type, external_web_access: true }] });
  expect(request.tools.map(({ name }) => name)).toEqual(['look']);
  expect(dropped).toEqual([`tools.${type}`]);
});

test.for([
  [{ type: 'local_shell' }, ['command']],
  [{ type: 'shell' }, ['commands']],
  [{ type: 'shell', environment: null }, ['commands']],
  [{ type: 'shell', environment: { type: 'local' } }, ['commands']],
  [{ type: 'apply_patch' }, ['type', 'path']],
] as const)('%j is told as a function, and may be chosen', ([tool, required], { expect }) => {
  const choices = [{ type: tool.type }, { type: 'allowed_tools', mode: 'auto', tools: [{ type: tool.type }] }];
  const [chosen, allowed] = choices.map((tool_choice) => decode({ tools: [look, tool], tool_choice }));
  expect(chosen?.request.tools[1]).toMatchObject({ name: tool.type, inputSchema: { required }, strict: false });
  expect(chosen?.request.toolChoice).toEqual({ type: 'tool', name: tool.type });
  expect(allowed?.request.toolChoice).toEqual({ type: 'allowed', mode: 'auto', names: [tool.type] });
  expect(chosen).toMatchObject({ clientTools: new Set([tool.type]), dropped: [] });
});

test.for([
  [{ type: 'shell', environment: { type: 'container_auto' } }, 'tools.shell', 0],
  [{ type: 'shell', environment: { type: 'local', skills: [{ name: 'x' }] } }, 'tools.shell.environment.skills', 1],
  [{ type: 'apply_patch', allowed_callers: ['programmatic'] }, 'tools.apply_patch.allowed_callers', 1],
] as const)('of %j %s is reported', ([tool, name, count], { expect }) => {
  const { request, clientTools, dropped } = decode({ tools: [tool] });
  expect([request.tools.length, clientTools.size, dropped]).toEqual([count, count, [name]]);
});

test.for([
  [{ model: undefined }, 'model'],
  [{ input: undefined }, 'input'],
  [{ input: [] }, 'input'],
  [{ input: 7 }, 'input'],
  [{ input: [{ type: 'reasoning', summary: [] }] }, 'input'],
  [{ max_output_tokens: 0 }, 'max_output_tokens'],
  [{ temperature: 3 }, 'temperature'],
  [{ top_p: -1 }, 'top_p'],
  [{ top_logprobs: 5 }, 'top_logprobs'],
  [{ background: true }, 'background'],
  [{ conversation: 'conv_1' }, 'conversation'],
  [{ previous_response_id: 7 }, 'previous_response_id'],
  [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
  [{ store: 'yes' }, 'store'],
  [{ stream: 'yes' }, 'stream'],
  [{ include: 'reasoning.encrypted_content' }, 'include'],
  [{ reasoning: { effort: 'enormous' } }, 'reasoning.effort'],
  [{ text: { format: { type: 'xml' } } }, 'text.format.type'],
  [{ text: { verbosity: 'loud' } }, 'text.verbosity'],
  [{ metadata: { a: 1 } }, 'metadata.a'],
  [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
  [{ tools: [look, look] }, 'tools[1].name'],
  [{ tools: [{ ...look, name: 'shell' }, { type: 'shell' }] }, 'tools[1].name'],
  [{ tools: [{ type: 'shell', environment: 'local' }] }, 'tools[0].environment'],
  [{ tools: [{ ...inMaps, name: '' }] }, 'tools[0].name'],
  [{ tools: [{ ...inMaps, tools: undefined }] }, 'tools[0].tools'],
  [{ tools: [{ ...inMaps, tools: [look, look] }] }, 'tools[0].tools[1].name'],
  [{ tools: [look], tool_choice: { type: 'function', name: 'see' } }, 'tool_choice.name'],
  [{ tool_choice: 'required' }, 'tool_choice'],
] as const)('%j is refused', ([fields, param], { expect }) => {
  const error = failureOf(() => decode(fields));
  expect(error).toMatchObject({ status: 400, param });
  expect(error?.message).toMatch(/: .+\.$/);
});

test('tools of a namespace are told in full, and their calls can be told apart again', ({ expect }) => {
  const { request, customTools, namespaces, dropped } = decode({ tools: [look, inMaps] });
  expect(request.tools.map(({ name, description }) => [name, description])).toEqual([
    ['look', undefined],
    ['maps__look', 'Tools of maps: Maps.'],
    ['maps__patch', undefined],
  ]);
  expect(customTools).toEqual(new Set(['maps__patch']));
  expect(namespaces.get('maps__look')).toEqual({ namespace: 'maps', name: 'look' });
  expect(dropped).toEqual([]);
});

test('additional tools stand beside the others, faults in them at their place', ({ expect }) => {
  const input = (tools: object[]) => [
    { role: 'user', content: 'Hi' },
    { type: 'additional_tools', role: 'developer', tools },
  ];
  expect(decode({ tools: [look], input: input([patch, inMaps]) }).request.tools.map(({ name }) => name)).toEqual([
    'look',
    'patch',
    'maps__look',
    'maps__patch',
  ]);
  const error = failureOf(() => decode({ tools: [look], input: input([look]) }));
  expect(error).toMatchObject({ param: 'input[1].tools[0].name' });
});

test('only hosted tools are allowed: none of ours is called', ({ expect }) => {
  const { request } = decode({
    tools: [look],
    tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'image_generation' }] },
  });
  expect(request.toolChoice).toEqual({ type: 'none' });
});

test('what the answer has to know', ({ expect }) => {
  expect(decode({})).toMatchObject({ includeEncrypted: false, store: true });
  expect(decode({ store: null })).toMatchObject({ store: true, dropped: [] });
  expect(decode({ store: false, include: ['reasoning.encrypted_content'] })).toMatchObject({
    includeEncrypted: true,
    store: false,
  });
});

test('a first call of Codex 0.169: every field of it has its place', ({ expect }) => {
  const { request, customTools, namespaces, includeEncrypted, dropped } = decode(codex);
  expect(dropped).toEqual(['client_metadata', 'tools.custom.format', 'tools.web_search']);
  expect(request).toMatchObject({ stream: true, cacheKey: codex.prompt_cache_key, parallelToolCalls: true });
  expect(request.reasoning).toBeUndefined();
  expect([request.system.length, request.messages.map(({ role, content }) => [role, content.length])]).toEqual([
    2,
    [
      ['user', 2],
      ['user', 1],
    ],
  ]);
  expect(request.tools.map(({ name }) => name)).toEqual([
    ...['exec_command', 'write_stdin', 'update_plan', 'request_user_input', 'apply_patch', 'view_image', 'create_goal'],
    ...['multi_agent_v1__spawn_agent', 'multi_agent_v1__wait_agent'],
  ]);
  expect(request.tools.every(({ strict }) => !strict)).toBe(true);
  expect([customTools, namespaces.size, includeEncrypted]).toEqual([new Set(['apply_patch']), 2, true]);
});

test('a later turn of Codex', ({ expect }) => {
  const command = { type: 'object', properties: { cmd: { type: 'string' } }, required: ['cmd'] };
  const said = (role: string, text: string) => ({
    type: 'message',
    id: `msg_${role}`,
    role,
    content: [{ type: role === 'assistant' ? 'output_text' : 'input_text', text }],
  });
  const { request, customTools, namespaces, includeEncrypted, store, dropped } = decode({
    input: [
      said('developer', 'You are Codex.'),
      said('developer', 'The sandbox is read-only.'),
      said('user', '<environment_context/>'),
      said('user', 'List the files.'),
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'I list.' }],
        content: null,
        encrypted_content: 'I list.',
      },
      said('assistant', 'Listing.'),
      { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"ls"}', call_id: 'call_1' },
      { type: 'function_call', namespace: 'multi_agent_v1', name: 'spawn_agent', arguments: '{}', call_id: 'call_2' },
      { type: 'function_call_output', call_id: 'call_1', output: 'a.txt' },
      { type: 'function_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'agent 1' }] },
    ],
    tools: [
      { type: 'function', name: 'exec_command', description: 'Runs.', strict: false, parameters: command },
      {
        type: 'custom',
        name: 'apply_patch',
        description: 'Patches.',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
      },
      {
        type: 'namespace',
        name: 'multi_agent_v1',
        description: 'Agents.',
        tools: [{ type: 'function', name: 'spawn_agent', description: 'Spawns.', strict: false, parameters: command }],
      },
      { type: 'web_search', external_web_access: false },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: '0199-a',
    client_metadata: { session: 'x' },
    store: false,
    stream: true,
  });
  expect({ includeEncrypted, store }).toEqual({ includeEncrypted: true, store: false });
  expect(dropped).toEqual(['client_metadata', 'tools.custom.format', 'tools.web_search']);
  expect(customTools).toEqual(new Set(['apply_patch']));
  expect([...namespaces.keys()]).toEqual(['multi_agent_v1__spawn_agent']);
  expect(request.system.map(({ text }) => text)).toEqual(['You are Codex.', 'The sandbox is read-only.']);
  expect(request.tools.map(({ name }) => name)).toEqual(['exec_command', 'apply_patch', 'multi_agent_v1__spawn_agent']);
  expect(request).toMatchObject({
    stream: true,
    cacheKey: '0199-a',
    parallelToolCalls: true,
    toolChoice: { type: 'auto' },
  });
  expect(request.messages.map(({ role, content }) => [role, content.map(({ type }) => type)])).toEqual([
    ['user', ['text']],
    ['user', ['text']],
    ['assistant', ['reasoning', 'text', 'tool-call', 'tool-call']],
    ['user', ['tool-result', 'tool-result']],
  ]);
});

test.for(['stop', 'response_format', 'verbosity'])('%s is chat’s, and has no effect here', (name, { expect }) => {
  const plain = decode({});
  for (const value of [5, true, {}, [1], 'simulated', { type: 'json_object' }, 'low']) {
    const { request, dropped } = decode({ [name]: value });
    expect({ request, dropped }).toEqual({ request: plain.request, dropped: [name] });
  }
});

test('more tools than a list may have are refused in a namespace too', ({ expect }) => {
  const tools = Array.from({ length: 513 }, (_, index) => ({ ...look, name: `f${index}` }));
  const error = failureOf(() => decode({ tools: [{ type: 'namespace', name: 'n', tools }] }));
  expect(error).toMatchObject({ status: 400, param: 'tools[0].tools[512]' });
});

test('arguments that the model broke in a stored answer do not stop the conversation', ({ expect }) => {
  const call = { type: 'function_call', call_id: 'c', name: 'fn', arguments: 'ls -la' };
  const input = [call, { type: 'function_call_output', call_id: 'c', output: 'x' }];
  expect(failureOf(() => decode({ input }))).toMatchObject({ status: 400, param: 'input[0].arguments' });
  const { request, dropped } = decodeResponsesRequest({ model: 'm', input }, () => undefined, 1);
  expect(request.messages[0]).toMatchObject({ content: [{ type: 'tool-call', id: 'c', name: 'fn', input: {} }] });
  expect(dropped).toEqual(['input.function_call.arguments']);
});

test('a hundred thousand results are read in a moment', ({ expect }) => {
  const results = Array.from({ length: 100_000 }, () => ({ type: 'function_call_output', call_id: 'c', output: '' }));
  const before = performance.now();
  decode({ input: results });
  // With each result looked at anew for each that follows it is a quarter of a minute.
  expect(performance.now() - before).toBeLessThan(5_000);
});
