import { test } from 'vitest';
import { ask, script } from '../ask.ts';
import { resultsOf, weather } from '../tools.ts';
import { cells, type Family, families } from './families.ts';

const asked = { tools: [weather], reasoning_effort: 'medium' };
const thoughts = 'First the weather:\r\n“ß” 🦋, then the rest.';
const toolCalls = [{ name: 'get_weather', input: { city: 'Bern' } }];
const scripted = script({ reasoning: ['First the weather:\r\n', '“ß” 🦋', ', then the rest.'], toolCalls });
// The second turn has no script: the simulator then thinks if, and only if, the request that reaches it says so.
/** Whether the family thinks when asked to, and lets it be seen. */
const showsThoughts = ({ effort }: Family) => effort === 'signed' || effort === 'unsigned';
const question = { role: 'user', content: 'The weather?' };

test.for(cells)('$name: thinking and tools over two turns', async ({ family, mode }, { expect }) => {
  const first = await ask(mode, family.model, { ...asked, messages: [scripted] });
  expect(first).toMatchObject({ status: 200, finishReason: 'tool_calls', reasoning: thoughts });
  expect(first.dropped).toEqual(family.effort === 'dropped' ? ['reasoning_effort'] : []);
  expect(first.toolCalls.map(({ name }) => name)).toEqual(['get_weather']);
  expect(first.details).toMatchObject([{ type: 'reasoning.text', index: 0, text: thoughts }]);
  expect(Boolean(first.details[0]?.signature)).toBe(family.effort === 'signed');
  const messages = [question, first.message, ...resultsOf(first.toolCalls)];
  const second = await ask(mode, family.model, { ...asked, messages });
  expect(second).toMatchObject({ status: 200, finishReason: 'stop' });
  expect(second.text).toContain('The tool get_weather answered “12 degrees”.');
  expect(second.reasoning !== '').toBe(showsThoughts(family));
  expect(second.dropped.includes('reasoning_effort')).toBe(family.effort === 'dropped');
});

test.for(cells)(
  '$name: a client that keeps no reasoning goes on all the same',
  async ({ family, mode }, { expect }) => {
    const first = await ask(mode, family.model, { ...asked, messages: [scripted] });
    const { content, tool_calls: calls } = first.message ?? {};
    const messages = [question, { role: 'assistant', content, tool_calls: calls }, ...resultsOf(first.toolCalls)];
    const second = await ask(mode, family.model, { ...asked, messages });
    expect(second).toMatchObject({ status: 200, finishReason: 'stop' });
    expect(second.text).toContain('The tool get_weather answered “12 degrees”.');
    // Claude with a thinking budget refuses to go on thinking then; everyone else does not mind.
    const hasBudget = family.model === 'claude-sonnet-4-5';
    expect(second.reasoning !== '').toBe(showsThoughts(family) && !hasBudget);
    expect(second.dropped).toEqual(hasBudget || family.effort === 'dropped' ? ['reasoning_effort'] : []);
  },
);

test.for(cells)(
  '$name: reasoning_effort makes it think, and without it nothing is thought',
  async ({ family, mode }, { expect }) => {
    const messages = [{ role: 'user', content: 'Think of it.' }];
    const [thinking, silent, off] = await Promise.all([
      ask(mode, family.model, { reasoning_effort: 'high', messages }),
      ask(mode, family.model, { messages }),
      ask(mode, family.model, { reasoning_effort: 'none', messages }),
    ]);
    expect(thinking).toMatchObject({ status: 200, finishReason: 'stop' });
    expect(thinking.reasoning !== '').toBe(showsThoughts(family));
    expect(thinking.text).toContain('This is a simulated answer');
    expect(silent).toMatchObject({ status: 200, reasoning: '', dropped: [] });
    expect(off).toMatchObject({ status: 200, reasoning: '' });
  },
);

const signed = families.filter(({ effort }) => effort === 'signed');
test.for(signed)(
  '$model: reasoning that cannot be the model’s own is left out and reported, not refused',
  async ({ model }, { expect }) => {
    const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } };
    const foreign = [
      { reasoning_content: 'Thoughts of another model.' },
      { reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Unsigned.' }] },
    ];
    for (const fields of foreign) {
      const answer = await ask('sync', model, {
        ...asked,
        messages: [
          { role: 'user', content: 'The weather?' },
          { role: 'assistant', content: null, tool_calls: [call], ...fields },
          ...resultsOf([call]),
        ],
      });
      expect(answer).toMatchObject({ status: 200, finishReason: 'stop' });
      expect(answer.dropped.length).toBeGreaterThan(0);
    }
  },
);

test.for(signed)('$model: sealed reasoning goes round', async ({ model }, { expect }) => {
  const sealed = script({
    reasoning: 'Secret.',
    redacted: true,
    toolCalls,
    next: { text: 'Done.' },
  });
  for (const mode of ['sync', 'stream'] as const) {
    const first = await ask(mode, model, { ...asked, messages: [sealed] });
    expect(first.details).toMatchObject([{ type: 'reasoning.encrypted', data: expect.stringMatching(/\S/) }]);
    expect(first.reasoning).toBe('');
    const second = await ask(mode, model, {
      ...asked,
      messages: [sealed, first.message, ...resultsOf(first.toolCalls)],
    });
    expect(second).toMatchObject({ status: 200, text: 'Done.', dropped: [] });
  }
});
