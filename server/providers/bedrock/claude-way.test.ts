import { afterAll, describe, test } from 'vitest';
import { AwsError } from '../../aws/aws-error.ts';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { startBedrock } from '../../local/bedrock/emulator.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { DocumentPart, ModelRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { createBedrockProvider } from './index.ts';
import { encodeConverseRequest } from './request.ts';
import { calling, callWith, look, modelWith, result, user } from './test-calls.ts';
import { bash, contextManagement, pdf, words } from './test-claude.ts';
import { runtimeAt } from './test-runtime.ts';

// Which way a call goes to Claude (decision 10), and what of it comes through.

const claude = modelWith({}, { id: 'anthropic.claude-sonnet-4-5-20250929-v1:0' });
const strictClaude = modelWith({ sampling: 'none', reasoning: 'adaptive' }, { id: 'anthropic.claude-opus-4-7' });
const other = modelWith({}, { id: 'example.other', maker: 'example' });
const emulator = await startBedrock({ models: [claude, strictClaude, other] });
afterAll(() => emulator.close());

const provider = createBedrockProvider(runtimeAt(emulator.url));

const play = (script: object) => [user(`Please. [[sim:${JSON.stringify(script)}]]`)];

const operations = ['Converse', 'ConverseStream', 'InvokeModelWithResponseStream'] as const;

async function run(call: ProviderCall) {
  const count = () => operations.map((name) => emulator.calls.get(name) ?? 0);
  const before = count();
  const { events, dropped, attempts } = await provider.call(call);
  const all: ModelEvent[] = (await Array.fromAsync(events)).flat();
  const after = count();
  const used = operations.filter((_, at) => after[at] !== before[at]);
  return { dropped, attempts, used, events: all, last: all.findLast(({ type }) => type === 'finish') };
}

const compact = { type: 'compact_20260112' };
const word: DocumentPart = { ...pdf, format: 'docx' };

const native = 'InvokeModelWithResponseStream';
const cases: readonly (readonly [string, Partial<ModelRequest>, CatalogueModel, string, readonly string[]])[] = [
  ['nothing of Claude’s own', {}, claude, 'Converse', []],
  [
    'a request of another dialect with tools and thinking',
    { tools: [look], reasoning: { effort: 'low', budgetTokens: undefined } },
    claude,
    'Converse',
    [],
  ],
  ['citations of documents', { messages: [{ role: 'user', content: [pdf] }] }, claude, 'Converse', []],
  [
    'a label only',
    { claude: words({ betas: ['claude-code-20250219'] }) },
    claude,
    'Converse',
    ['anthropic-beta.claude-code-20250219'],
  ],
  ['a beta', { claude: words({ betas: ['interleaved-thinking-2025-05-14'] }) }, claude, native, []],
  [
    'a beta beside one that Bedrock does not know',
    { claude: words({ betas: ['effort-2025-11-24', 'oauth-2025-04-20'] }) },
    claude,
    native,
    ['anthropic-beta.oauth-2025-04-20'],
  ],
  [
    'the beta of a larger window',
    { claude: words({ betas: ['context-1m-2025-08-07'] }) },
    claude,
    'Converse',
    ['anthropic-beta.context-1m-2025-08-07'],
  ],
  ['context_management', { claude: words({ fields: contextManagement }) }, claude, native, []],
  [
    'context_management for a model without its beta',
    { claude: words({ betas: ['context-management-2025-06-27'], fields: contextManagement }) },
    strictClaude,
    'Converse',
    ['anthropic-beta.context-management-2025-06-27', 'context_management'],
  ],
  [
    'an edit that is not let through, beside one that is',
    {
      claude: words({
        fields: { context_management: { edits: [compact, ...contextManagement.context_management.edits] } },
      }),
    },
    claude,
    native,
    ['context_management.edits.compact_20260112'],
  ],
  [
    'an edit that is not let through alone',
    { claude: words({ fields: { context_management: { edits: [compact] } } }) },
    claude,
    'Converse',
    ['context_management.edits.compact_20260112'],
  ],
  [
    'a forced tool that this model does not take',
    {
      claude: words({
        betas: ['interleaved-thinking-2025-05-14'],
        tools: [{ type: 'memory_20250818', name: 'memory' }],
      }),
      tools: [look],
      toolChoice: { type: 'tool', name: 'memory' },
    },
    strictClaude,
    native,
    ['tools.memory_20250818', 'tool_choice'],
  ],
  ['a field nobody knows', { claude: words({ fields: { speed: 'fast' } }) }, claude, 'Converse', ['speed']],
  ['a tool of Anthropic’s', { claude: words({ tools: [bash] }) }, claude, native, []],
  [
    'a tool that runs at Anthropic',
    { claude: words({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }) },
    claude,
    'Converse',
    ['tools.web_search_20250305'],
  ],
  [
    'members of tools',
    {
      tools: [look],
      claude: words({ toolFields: { look: { defer_loading: true, input_examples: [{}], allowed_callers: ['x'] } } }),
    },
    claude,
    native,
    ['tools.allowed_callers'],
  ],
  [
    'a beta with a file that only Converse reads',
    { claude: words({ tools: [bash] }), messages: [{ role: 'user', content: [word] }] },
    claude,
    'Converse',
    ['tools.bash_20250124', 'messages.content.citations'],
  ],
  [
    'all of it, for another maker’s model',
    { claude: words({ betas: ['effort-2025-11-24'], fields: contextManagement, tools: [bash] }) },
    other,
    'Converse',
    ['anthropic-beta.effort-2025-11-24', 'context_management', 'tools.bash_20250124'],
  ],
];
test.for(cases)('%s', async ([, fields, model, way, dropped], { expect }) => {
  const outcome = await run(callWith(fields, model, 4_000));
  expect(outcome.used).toEqual([way]);
  expect(outcome.dropped).toEqual(dropped);
  expect(outcome.events.some(({ type }) => type === 'native')).toBe(way === native);
});

const asked = words({ betas: ['interleaved-thinking-2025-05-14'] });

test('a guardrail in force keeps the call on Converse, where it sees the whole prompt', async ({ expect }) => {
  const fields = { betas: ['effort-2025-11-24'], fields: contextManagement, tools: [bash] };
  const messages = play({ guardrail: { action: 'intervened', text: 'No.' } });
  const call = callWith({ claude: words(fields), messages }, claude);
  const { used, dropped, last } = await run({ ...call, guardrail: { id: 'simulated', version: '1' } });
  expect(used).toEqual(['Converse']);
  expect(dropped).toEqual(['anthropic-beta.effort-2025-11-24', 'context_management', 'tools.bash_20250124']);
  expect(last).toMatchObject({ reason: 'content-filter', raw: 'guardrail_intervened' });
});

test('an answer that has to be JSON and stood in a tool call comes in the waist’s words alone', async ({ expect }) => {
  const model = modelWith({ nativeStructuredOutput: false }, { id: claude.id });
  const outputFormat = { type: 'json-schema', name: 'a', description: undefined, schema: { type: 'object' } } as const;
  const { events, used } = await run(callWith({ claude: asked, outputFormat }, model));
  expect(used).toEqual([native]);
  expect([...new Set(events.map(({ type }) => type))]).toEqual([
    'prompt-usage',
    'text-start',
    'text-delta',
    'text-end',
    'usage',
    'finish',
  ]);
});

test('a tool’s own name comes back, in Anthropic’s event too', async ({ expect }) => {
  const tools = [{ ...look, name: 'look it up' }];
  const { events } = await run(
    callWith({ claude: asked, tools, messages: play({ toolCalls: [{ name: 'look_it_up', input: {} }] }) }, claude),
  );
  expect(events.filter(({ type }) => type === 'tool-call-start')).toMatchObject([{ name: 'look it up' }]);
  expect(JSON.stringify(events.filter(({ type }) => type === 'native'))).toContain('"name":"look it up"');
});

describe('a refused call is sent once more without', () => {
  const withAll = {
    tools: [look],
    claude: words({
      betas: ['context-management-2025-06-27'],
      fields: contextManagement,
      tools: [bash],
      toolFields: { look: { defer_loading: true } },
    }),
  };
  test.for([
    [
      'invalid beta flag',
      native,
      [
        'anthropic-beta.context-management-2025-06-27',
        'anthropic-beta.tool-search-tool-2025-10-19',
        'context_management',
        'tools.defer_loading',
      ],
    ],
    ['context_management: Extra inputs are not permitted', native, ['context_management']],
    ['tools.0.custom.defer_loading: Extra inputs are not permitted', native, ['tools.defer_loading']],
    [
      "tools.1: Input tag 'bash_20250124' found using 'type' does not match any of the expected tags: 'custom'",
      native,
      ['tools.bash_20250124'],
    ],
  ] as const)('%s', async ([message, way, dropped], { expect }) => {
    const script = { id: message, text: 'ok', fail: { type: 'ValidationException', message, times: 1 } };
    const outcome = await run(callWith({ ...withAll, messages: play(script) }, claude));
    expect(outcome).toMatchObject({ attempts: 2, used: [way], dropped });
  });

  test('a wrong value is the caller’s', async ({ expect }) => {
    const message = 'context_management.edits.0.type: Input should be clear_thinking_20251015';
    const script = { fail: { type: 'ValidationException', message } };
    await expect(run(callWith({ ...withAll, messages: play(script) }, claude))).rejects.toThrow(message);
  });

  test('nothing is left that needs Claude’s own body: Converse is asked', async ({ expect }) => {
    const message = 'context_management: Extra inputs are not permitted';
    const script = { id: 'last', text: 'ok', fail: { type: 'ValidationException', message, times: 1 } };
    const fields = { claude: words({ fields: contextManagement }), messages: play(script) };
    expect(await run(callWith(fields, claude))).toMatchObject({ dropped: ['context_management'] });
  });
});

test('tool calls of the history stay calls where only Anthropic’s tools are offered', async ({ expect }) => {
  const history = [user('a'), calling('b', 'x'), result('x', 'c')];
  const { body } = encodeConverseRequest(callWith({ messages: history, claude: words({ tools: [bash] }) }, claude));
  expect(JSON.stringify(body['messages'])).toContain('toolUse');
  expect((await run(callWith({ messages: history, claude: words({ tools: [bash] }) }, claude))).used).toEqual([native]);
});

test('the deadline’s error is the same on this way', async ({ expect }) => {
  const call = callWith({ claude: asked, messages: play({ fail: { type: 'ThrottlingException' } }) }, claude);
  await expect(provider.call(call)).rejects.toMatchObject({ code: 'rate_limit_exceeded', cause: expect.any(AwsError) });
});
