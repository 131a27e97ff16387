import { test } from 'vitest';
import { ask, script } from '../ask.ts';
import { clock, resultsOf, weather } from '../tools.ts';
import { cells } from './families.ts';

const bern = { name: 'get_weather', input: { city: 'Bern' } };
const tools = [weather, clock];

test.for(cells)('$name: a tool is asked for, answered and told of', async ({ family, mode }, { expect }) => {
  const first = await ask(mode, family.model, {
    tools,
    messages: [script({ text: 'I will look. ', toolCalls: [{ ...bern, chunks: 5 }] })],
  });
  expect(first).toMatchObject({ status: 200, finishReason: 'tool_calls', text: 'I will look. ', dropped: [] });
  expect(first.toolCalls).toEqual([{ id: expect.stringMatching(/\S/), name: 'get_weather', input: '{"city":"Bern"}' }]);
  const second = await ask(mode, family.model, {
    tools,
    messages: [{ role: 'user', content: 'The weather?' }, first.message, ...resultsOf(first.toolCalls)],
  });
  expect(second).toMatchObject({ status: 200, finishReason: 'stop', toolCalls: [], dropped: [] });
  expect(second.text).toContain('The tool get_weather answered “12 degrees”.');
});

test.for(cells)('$name: parallel calls keep their order, ids and results', async ({ family, mode }, { expect }) => {
  const asked = ['Bern', 'Basel', 'Biel'].map((city) => ({ name: 'get_weather', input: { city } }));
  const question = script({ toolCalls: [...asked, { name: 'get_time', input: { city: 'Bern' } }] });
  const first = await ask(mode, family.model, { tools, messages: [question] });
  expect(first).toMatchObject({ status: 200, finishReason: 'tool_calls', dropped: [] });
  expect(first.message?.content).toBeNull();
  expect(first.toolCalls.map(({ name, input }) => `${name} ${input}`)).toEqual([
    'get_weather {"city":"Bern"}',
    'get_weather {"city":"Basel"}',
    'get_weather {"city":"Biel"}',
    'get_time {"city":"Bern"}',
  ]);
  expect(new Set(first.toolCalls.map(({ id }) => id)).size).toBe(4);
  // Results in another order, an empty one, and one in parts.
  const [one, two, three, four] = resultsOf(first.toolCalls);
  const results = [{ ...three, content: '' }, four, { ...two, content: [{ type: 'text', text: '9 degrees' }] }, one];
  const second = await ask(mode, family.model, {
    tools,
    messages: [{ role: 'user', content: 'The weather?' }, first.message, ...results],
  });
  expect(second).toMatchObject({ status: 200, finishReason: 'stop', dropped: [] });
  expect(second.text).toContain('The tool get_time answered “12 degrees”.');
  expect(second.text).toContain('The tool get_weather answered “9 degrees”.');
});

test.for(cells)(
  '$name: a call without input has an empty object for arguments',
  async ({ family, mode }, { expect }) => {
    const answer = await ask(mode, family.model, {
      tools,
      messages: [script({ toolCalls: [{ name: 'get_time', input: {} }] })],
    });
    expect(answer.toolCalls.map(({ input }) => JSON.parse(input))).toEqual([{}]);
  },
);

test.for(cells)('$name: a tool can be forced, or the wish is reported', async ({ family, mode }, { expect }) => {
  const messages = [{ role: 'user', content: 'The weather?' }];
  const required = await ask(mode, family.model, { tools, tool_choice: 'required', messages });
  const named = await ask(mode, family.model, {
    tools,
    tool_choice: { type: 'function', function: { name: 'get_time' } },
    messages,
  });
  if (family.forces === 'none') {
    for (const answer of [required, named]) {
      expect(answer).toMatchObject({ status: 200, finishReason: 'stop', dropped: ['tool_choice'] });
    }
    return;
  }
  expect(required).toMatchObject({ status: 200, finishReason: 'tool_calls', dropped: [] });
  expect(required.toolCalls).toHaveLength(1);
  // Where only "some tool" can be forced, the model is shown no other.
  expect(named).toMatchObject({ status: 200, finishReason: 'tool_calls', dropped: [] });
  expect(named.toolCalls.map(({ name }) => name)).toEqual(['get_time']);
});

test.for(cells)(
  '$name: tool_choice none keeps the tools and lets none be called',
  async ({ family, mode }, { expect }) => {
    const answer = await ask(mode, family.model, {
      tools,
      tool_choice: 'none',
      messages: [script({ text: 'No need.', toolCalls: [bern] })],
    });
    expect(answer).toMatchObject({ status: 200, finishReason: 'stop', text: 'No need.', toolCalls: [] });
  },
);

test.for(cells)(
  '$name: calls in the history go on without any tools in the request',
  async ({ family, mode }, { expect }) => {
    const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } };
    const answer = await ask(mode, family.model, {
      messages: [
        { role: 'user', content: 'The weather?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '12 degrees' },
        { role: 'user', content: 'Thanks. Sum it up.' },
      ],
    });
    expect(answer).toMatchObject({ status: 200, finishReason: 'stop' });
    expect(answer.text).toContain('This is a simulated answer');
  },
);

test.for(cells)(
  '$name: stop reasons that do not fit the answer are put right',
  async ({ family, mode }, { expect }) => {
    const wrong = [
      { commands: { toolCalls: [bern], stopReason: 'end_turn' }, reason: 'tool_calls' },
      { commands: { text: 'Nothing to call.', stopReason: 'tool_use' }, reason: 'stop' },
      { commands: { text: 'Filtered.', stopReason: 'content_filtered' }, reason: 'content_filter' },
      { commands: { text: 'Too long.', stopReason: 'model_context_window_exceeded' }, reason: 'length' },
      { commands: { text: 'What?', stopReason: 'a_word_of_next_year' }, reason: 'stop' },
    ];
    const answers = await Promise.all(
      wrong.map(({ commands }) => ask(mode, family.model, { tools, messages: [script(commands)] })),
    );
    expect(answers.map(({ finishReason }) => finishReason)).toEqual(wrong.map(({ reason }) => reason));
  },
);
