import { InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { describe, test } from 'vitest';
import { createClient } from '../../local/bedrock/test-clients.ts';
import type { DocumentPart } from '../../model/request.ts';
import { extrasOf } from './claude-plan.ts';
import { toInvokeRequest } from './invoke-body.ts';
import { encodeConverseRequest } from './request.ts';
import { callWith, look, modelWith, system, text, user } from './test-calls.ts';
import { bash, contextManagement, pdf, words } from './test-claude.ts';

const claude = modelWith({}, { id: 'anthropic.claude-sonnet-4-5-20250929-v1:0' });
const asked = words({ betas: ['interleaved-thinking-2025-05-14'] });

describe('what is put right for Converse is right in Claude’s own body', () => {
  const image = { type: 'image', format: 'png', data: 'iVBORw0KGgo=' } as const;
  const note: DocumentPart = {
    type: 'document',
    format: 'txt',
    data: Buffer.from('Grüezi').toString('base64'),
    name: 'n',
  };
  test('member by member', ({ expect }) => {
    const call = callWith(
      {
        system: [...text('', 'Be brief.').map((part) => ({ ...part, cacheAfter: '1h' as const }))],
        messages: [
          user('Look', ' '),
          {
            role: 'assistant',
            content: [
              { type: 'reasoning', text: 'Hm', signature: 's' },
              { type: 'redacted-reasoning', data: 'ZGF0YQ==' },
              { type: 'tool-call', id: 'a b', name: 'look it up', input: { at: 1 } },
            ],
          },
          {
            role: 'user',
            content: [
              {
                type: 'tool-result',
                toolCallId: 'a b',
                content: [image, ...text('No')],
                isError: true,
                cacheAfter: '5m',
              },
            ],
          },
          { role: 'assistant', content: text('So?') },
          { role: 'user', content: [{ ...pdf }, note, ...text('Read.')] },
        ],
        tools: [{ ...look, name: 'look it up', cacheAfter: '1h' }],
        toolChoice: { type: 'auto' },
        parallelToolCalls: false,
        stopSequences: ['END'],
        reasoning: { effort: undefined, budgetTokens: 2_000 },
        outputFormat: {
          type: 'json-schema',
          name: 'answer',
          description: undefined,
          schema: {
            type: 'object',
            properties: { a: { type: 'string' } },
            required: ['a'],
            additionalProperties: false,
          },
        },
        claude: words({
          betas: asked.betas,
          fields: contextManagement,
          tools: [bash],
          toolFields: { 'look it up': { defer_loading: true } },
        }),
      },
      claude,
      4_000,
    );
    const { body, dropped } = encodeConverseRequest(call);
    const extras = extrasOf(body);
    if (!extras) throw new Error('it goes Claude’s own way');
    expect(dropped).toEqual([]);
    expect(toInvokeRequest(body, extras).body).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: [
        'interleaved-thinking-2025-05-14',
        'tool-search-tool-2025-10-19',
        'context-management-2025-06-27',
      ],
      max_tokens: 4_000,
      stop_sequences: ['END'],
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      tools: [
        {
          name: 'look_it_up',
          description: 'Looks',
          input_schema: expect.anything(),
          defer_loading: true,
          cache_control: { type: 'ephemeral', ttl: '1h' },
        },
        bash,
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      output_config: { format: { type: 'json_schema', schema: expect.objectContaining({ required: ['a'] }) } },
      ...contextManagement,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Look' }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 's' },
            { type: 'redacted_thinking', data: 'ZGF0YQ==' },
            { type: 'tool_use', id: expect.stringMatching(/^call_/), name: 'look_it_up', input: { at: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: expect.stringMatching(/^call_/),
              content: [
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
                { type: 'text', text: 'No' },
              ],
              is_error: true,
              cache_control: { type: 'ephemeral' },
            },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'So?' }] },
        {
          role: 'user',
          content: [
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
              title: 'a',
              context: 'c',
              citations: { enabled: true },
            },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüezi' }, title: 'n' },
            { type: 'text', text: 'Read.' },
          ],
        },
      ],
    });
  });

  test.for([
    [{ type: 'required' }, { type: 'any' }],
    [
      { type: 'tool', name: 'bash' },
      { type: 'tool', name: 'bash' },
    ],
    [{ type: 'none' }, { type: 'none' }],
    [undefined, undefined],
  ] as const)('the tool choice %j', ([toolChoice, sent], { expect }) => {
    const { body } = encodeConverseRequest(callWith({ toolChoice, claude: words({ tools: [bash] }) }, claude));
    const extras = extrasOf(body);
    expect(extras && toInvokeRequest(body, extras).body['tool_choice']).toEqual(sent);
  });

  test('instructions among the messages keep their role where the model has it', ({ expect }) => {
    const model = modelWith({ systemAmongMessages: true }, { id: claude.id });
    const { body } = encodeConverseRequest(callWith({ messages: [user('a'), system('b')], claude: asked }, model));
    const extras = extrasOf(body);
    expect(extras && toInvokeRequest(body, extras).body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'system', content: [{ type: 'text', text: 'b' }] },
    ]);
  });
});

test('headers say what Converse has in its body, as the SDK writes them', async ({ expect }) => {
  const call = callWith({ claude: asked, serviceTier: 'flex', latency: 'optimized', metadata: { who: 'me' } }, claude);
  const { body } = encodeConverseRequest(call);
  const extras = extrasOf(body);
  if (!extras) throw new Error('it goes Claude’s own way');
  const { headers } = toInvokeRequest(body, extras);
  const client = createClient('http://127.0.0.1:9', 'HTTP/1.1');
  const theirs: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === 'object' && request && 'headers' in request) Object.assign(theirs, request.headers);
      return next(args);
    },
    { step: 'build' },
  );
  const command = new InvokeModelWithResponseStreamCommand({
    modelId: claude.id,
    body: '{}',
    serviceTier: 'flex',
    performanceConfigLatency: 'optimized',
    requestMetadata: JSON.stringify({ pw_request: 'req_1', who: 'me' }),
  });
  await client.send(command).catch(() => undefined);
  const lower = Object.fromEntries(Object.entries(theirs).map(([name, value]) => [name.toLowerCase(), value]));
  expect(lower).toMatchObject(headers);
  expect(Object.keys(headers)).toHaveLength(3);
});
