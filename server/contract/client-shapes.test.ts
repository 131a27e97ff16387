import { describe, expect, test } from 'vitest';
import { ask, type Fields, modes, script } from './ask.ts';
import { rowOf } from './ledger.ts';
import { resultsOf } from './tools.ts';

// What editors and agents send to this route beside OpenAI's own shape.

const model = 'claude-sonnet-4-5';
const call = { name: 'get_weather', input: { city: 'Bern' } };
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const anthropicTool = { name: 'get_weather', description: 'Weather of a city', input_schema: schema };
const flatTool = { type: 'function', name: 'get_weather', description: 'Weather of a city', parameters: schema };
const tool = { type: 'function', function: { name: 'get_weather', parameters: schema } };

describe.each(modes)('%s', (mode) => {
  test.each([
    ['Anthropic’s', anthropicTool],
    ['Anthropic’s with its type', { ...anthropicTool, type: 'custom' }],
    ['Responses’', flatTool],
  ])('tools in %s shape are called, and the call comes in OpenAI’s', async (_, given) => {
    const answer = await ask(mode, model, {
      tools: [given],
      tool_choice: {},
      messages: [script({ toolCalls: [call] })],
    });
    expect(answer).toMatchObject({ status: 200, finishReason: 'tool_calls', dropped: [] });
    expect(answer.toolCalls).toMatchObject([{ name: 'get_weather', input: '{"city":"Bern"}' }]);
  });

  test('a second call has no room in the form before tools, and is reported', async () => {
    const answer = await ask(mode, model, {
      functions: [{ name: 'get_weather', parameters: schema }],
      messages: [script({ toolCalls: [call, call] })],
    });
    expect(answer).toMatchObject({ status: 200, finishReason: 'function_call' });
    // Of a stream it is known too late for a header.
    if (mode === 'sync') expect(answer.dropped).toEqual(['function_call']);
    expect((await rowOf(answer.headers)).dropped).toEqual(['function_call']);
  });

  test('tool_choice {} lets the model decide', async () => {
    const answer = await ask(mode, model, {
      tools: [tool],
      tool_choice: {},
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(answer).toMatchObject({ status: 200, finishReason: 'stop', dropped: [] });
  });

  test('Anthropic’s tool_use and tool_result blocks go round', async () => {
    const answer = await ask(mode, model, {
      tools: [anthropicTool],
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'The weather?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Bern' } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: '12 degrees' }] }],
        },
      ],
    });
    expect(answer).toMatchObject({ status: 200, finishReason: 'stop', dropped: [] });
    expect(answer.text).toContain('The tool get_weather answered “12 degrees”.');
  });

  const inputs: readonly (readonly [string, Fields])[] = [
    ['a text', { input: script({ text: 'Yes.' }).content }],
    ['messages', { input: [script({ text: 'Yes.' })], instructions: 'Be brief.' }],
    [
      'items of Responses',
      {
        instructions: 'Be brief.',
        max_output_tokens: 100,
        input: [
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'The weather?' }] },
          { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Bern"}' },
          { type: 'function_call_output', call_id: 'call_1', output: '12 degrees' },
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: script({ text: 'Yes.' }).content }] },
        ],
        tools: [flatTool],
      },
    ],
  ];
  test.each(inputs)('an input body of %s is taken for messages', async (_, fields) => {
    const answer = await ask(mode, model, { messages: undefined, ...fields });
    expect(answer).toMatchObject({ status: 200, text: 'Yes.', finishReason: 'stop', dropped: [] });
  });

  test('a custom tool takes a free text and gives it back, told apart from functions', async () => {
    const patch = '*** Begin Patch\n+ "quoted" \\ back 🦋\n*** End Patch';
    const custom = { type: 'custom', custom: { name: 'apply_patch', description: 'Applies a patch' } };
    const first = await ask(mode, model, {
      tools: [custom, tool],
      messages: [script({ toolCalls: [{ name: 'apply_patch', input: { input: patch }, chunks: 17 }, call] })],
    });
    expect(first).toMatchObject({ status: 200, finishReason: 'tool_calls', dropped: [] });
    expect(first.toolCalls).toMatchObject([{ name: 'apply_patch', input: patch }, { name: 'get_weather' }]);
    expect(first.message?.tool_calls?.map(({ type }) => type)).toEqual(['custom', 'function']);
    const second = await ask(mode, model, {
      tools: [custom, tool],
      messages: [{ role: 'user', content: 'Go.' }, first.message, ...resultsOf(first.toolCalls, 'Done.')],
    });
    expect(second.text).toContain('The tool apply_patch answered “Done.”.');
  });

  test('functions and function_call, the shape before tools', async () => {
    const functions = [{ name: 'get_weather', description: 'Weather of a city', parameters: schema }];
    const first = await ask(mode, model, {
      functions,
      function_call: { name: 'get_weather' },
      messages: [{ role: 'user', content: 'Bern?' }],
    });
    expect(first).toMatchObject({ status: 200, finishReason: 'function_call', toolCalls: [] });
    expect(first.message?.function_call?.name).toBe('get_weather');
    const second = await ask(mode, model, {
      functions,
      messages: [
        { role: 'user', content: 'Bern?' },
        first.message,
        { role: 'function', name: 'get_weather', content: '12 degrees' },
      ],
    });
    expect(second).toMatchObject({ status: 200, finishReason: 'stop' });
    expect(second.text).toContain('The tool get_weather answered “12 degrees”.');
  });
});
