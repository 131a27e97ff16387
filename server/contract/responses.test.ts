import type OpenAI from 'openai';
import { inject, test } from 'vitest';
import * as z from 'zod/mini';
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

/** The members by which a call is known, and answered. */
const Call = z.looseObject({ call_id: z.string(), type: z.string() });

test.for(['claude-sonnet-4-5', 'nova-2-lite', 'gpt-oss-120b'])(
  '%s: tools of OpenAI’s that the caller carries out',
  async (model, { expect }) => {
    const tools = [{ type: 'local_shell' }, { type: 'shell', environment: { type: 'local' } }, { type: 'apply_patch' }];
    const patch = { type: 'create_file', path: 'a.txt', diff: '+hello' };
    const toolCalls = [
      { name: 'local_shell', input: { command: ['ls'] } },
      { name: 'shell', input: { commands: ['ls', 'pwd'] } },
      { name: 'apply_patch', input: patch },
    ];
    for (const mode of modes) {
      const { own } = await responses.ask(mode, model, { own: { tools }, said: [scripted({ toolCalls })] });
      expect(own).toMatchObject([
        { type: 'local_shell_call', action: { command: ['ls'] } },
        { type: 'shell_call', action: { commands: ['ls', 'pwd'] }, environment: { type: 'local' } },
        { type: 'apply_patch_call', operation: patch },
      ]);
      const [local, shell, patched] = own.map((item) => Call.parse(item));
      const outcome = { type: 'exit', exit_code: 0 };
      const input = [
        { role: 'user', content: 'Go on.' },
        ...own,
        { type: 'local_shell_call_output', id: local?.call_id, output: 'a.txt' },
        { type: 'shell_call_output', call_id: shell?.call_id, output: [{ stdout: '/home', stderr: '', outcome }] },
        { type: 'apply_patch_call_output', call_id: patched?.call_id, status: 'completed', output: 'Created.' },
      ];
      const { text, dropped } = await responses.ask(mode, model, { own: { tools, input }, said: [] });
      expect(text).toMatch(/a\.txt.*\/home.*Created\./s);
      expect(dropped).toEqual([]);
    }
  },
);

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
