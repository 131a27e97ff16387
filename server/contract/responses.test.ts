import type OpenAI from 'openai';
import { inject, test } from 'vitest';
import { modes } from './ask.ts';
import { responses } from './matrix/ask-responses.ts';
import { scripted } from './matrix/protocol.ts';

const { url, api_key: apiKey } = inject('dev');
const look: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

test('custom tools and tools in a namespace are called under their own names', async ({ expect }) => {
  const toolCalls = [
    { name: 'write', input: { input: 'line 1\nline 2' } },
    { name: 'files__read', input: { path: '/a' } },
  ];
  const tools: OpenAI.Responses.Tool[] = [
    { type: 'custom', name: 'write', description: 'Writes' },
    { type: 'namespace', name: 'files', description: 'Files', tools: [{ ...look, name: 'read' }] },
  ];
  const own = { tools };
  for (const mode of modes) {
    const { own: output } = await responses.ask(mode, 'claude-sonnet-4-5', { own, said: [scripted({ toolCalls })] });
    expect(output).toMatchObject([
      { type: 'custom_tool_call', name: 'write', input: 'line 1\nline 2' },
      { type: 'function_call', name: 'read', namespace: 'files', arguments: '{"path":"/a"}' },
    ]);
  }
});

test.for([
  ['previous_response_id', { previous_response_id: 'resp_1' }],
  ['conversation', { conversation: 'conv_1' }],
  ['background', { background: true }],
  ['input[0].type', { input: [{ type: 'unheard_of' }] }],
  ['input', {}],
] as const)('%s is refused by name', async ([param, fields], { expect }) => {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'nova-2-lite',
      ...('input' in fields || param === 'input' ? {} : { input: 'Hi' }),
      ...fields,
    }),
  });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
});
