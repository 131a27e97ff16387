import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask } from './ask.ts';
import { pngOf } from './media-files.ts';

// Whatever OpenAI's API takes as a list of messages becomes a request that Bedrock takes, or a 400 that names the field.

const models = ['claude-sonnet-4-5', 'nova-2-lite', 'llama3-3-70b-instruct'];

const words = fc.oneof(
  fc.constantFrom('', ' ', '\n', 'Hello.', 'Grüezi 🦋', ' trailing '),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);
const textPart = words.map((text) => ({ type: 'text', text }));
const imagePart = fc.constant({ type: 'image_url', image_url: { url: `data:image/png;base64,${pngOf(4, 4)}` } });
const userParts = fc.array(fc.oneof({ weight: 5, arbitrary: textPart }, { weight: 1, arbitrary: imagePart }), {
  minLength: 1,
  maxLength: 3,
});

const system = fc.record({
  role: fc.constantFrom('system', 'developer'),
  content: fc.oneof(words, fc.array(textPart, { minLength: 1, maxLength: 2 })),
});
const user = fc.record({ role: fc.constant('user'), content: fc.oneof(words, userParts) });
const assistant = fc.record({
  role: fc.constant('assistant'),
  content: fc.oneof(words, fc.array(textPart, { minLength: 1, maxLength: 2 })),
});

/** One or more calls, and their results in any order. */
const toolTurn = fc
  .record({
    content: fc.oneof(fc.constant(null), words),
    names: fc.array(fc.constantFrom('get_weather', 'get.time', 'no longer there'), { minLength: 1, maxLength: 3 }),
    input: fc.constantFrom('{}', '', '{"city":"Bern"}', '{"list":[1,{"a":null}]}'),
    result: fc.oneof(words, fc.array(textPart, { minLength: 1, maxLength: 2 })),
    isReversed: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ content, names, input, result, isReversed, seed }) => {
    const ids = names.map((_, index) => `call_${seed}_${index}`);
    const calls = names.map((name, index) => ({
      id: ids[index],
      type: 'function',
      function: { name, arguments: input },
    }));
    const results = ids.map((id) => ({ role: 'tool', tool_call_id: id, content: result }));
    return [{ role: 'assistant', content, tool_calls: calls }, ...(isReversed ? results.toReversed() : results)];
  });

const single = fc
  .oneof({ weight: 2, arbitrary: user }, { weight: 1, arbitrary: assistant }, { weight: 1, arbitrary: system })
  .map((message) => [message]);
const conversation = fc
  .array(fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: toolTurn }), { minLength: 1, maxLength: 8 })
  .map((turns) => turns.flat());

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const tools = ['get_weather', 'get.time'].map((name) => ({ type: 'function', function: { name, parameters } }));

interface Said {
  readonly role: string;
  readonly content: string | null | readonly { readonly type: string; readonly text?: string }[];
}

/** Whether nobody but the system says or does anything. */
function isSilent(messages: readonly Said[]): boolean {
  return messages.every(({ role, content }) => {
    const texts = typeof content === 'string' ? [content] : (content ?? []).map((part) => part.text ?? '');
    return role === 'system' || role === 'developer' || (role !== 'tool' && texts.join('').trim() === '');
  });
}

test('any list of messages is answered, or refused by the name of a field', async () => {
  const property = fc.asyncProperty(
    conversation,
    fc.boolean(),
    fc.constantFrom('sync', 'stream'),
    async (messages, hasTools, mode) => {
      await Promise.all(
        models.map(async (model) => {
          const answer = await ask(mode, model, { messages, ...(hasTools ? { tools } : {}) });
          if (answer.status === 200) return expect(answer.error).toBeUndefined();
          expect(answer.status, answer.error?.message).toBe(400);
          expect(answer.error?.param, answer.error?.message).toMatch(/^messages/);
          // All that a model may lack in these lists: eyes, and anything to answer to.
          const hasImage = JSON.stringify(messages).includes('image_url');
          expect(hasImage || isSilent(messages), answer.error?.message).toBe(true);
        }),
      );
    },
  );
  await fc.assert(property, { numRuns: 120 });
});
