import { test } from 'vitest';
import * as z from 'zod/mini';
import { ask, script } from '../ask.ts';
import { weather } from '../tools.ts';
import { cells } from './families.ts';

const City = z.strictObject({
  name: z.string(),
  people: z.int(),
  rivers: z.array(z.string()),
  country: z.strictObject({ code: z.enum(['CH', 'DE']) }),
});
const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    people: { type: 'integer' },
    rivers: { type: 'array', items: { type: 'string' } },
    country: { $ref: '#/$defs/country' },
  },
  required: ['name', 'people', 'rivers', 'country'],
  additionalProperties: false,
  $defs: {
    country: {
      type: 'object',
      properties: { code: { type: 'string', enum: ['CH', 'DE'] } },
      required: ['code'],
      additionalProperties: false,
    },
  },
};
const format = { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } };
const bern = JSON.stringify({ name: 'Bern', people: 134_506, rivers: ['Aare'], country: { code: 'CH' } });

test.for(cells)('$name: json_schema is followed, and comes as text', async ({ family, mode }, { expect }) => {
  // A model that gets the schema as words only is played by a script; the others are forced by the request.
  const asked = family.schema === 'words' ? script({ text: bern }) : { role: 'user', content: 'Tell me of a city.' };
  const answer = await ask(mode, family.model, { response_format: format, messages: [asked] });
  expect(answer).toMatchObject({ status: 200, finishReason: 'stop', toolCalls: [], dropped: [] });
  expect(City.safeParse(JSON.parse(answer.text)).error).toBeUndefined();
});

test.for(cells)(
  '$name: json_schema beside tools: the tool first, then the JSON',
  async ({ family, mode }, { expect }) => {
    const question = script({ toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }], next: { text: bern } });
    const asked = { tools: [weather], response_format: format };
    const first = await ask(mode, family.model, { ...asked, messages: [question] });
    expect(first).toMatchObject({ status: 200, finishReason: 'tool_calls' });
    expect(first.toolCalls.map(({ name }) => name)).toEqual(['get_weather']);
  },
);

test.for(cells)('$name: json_object', async ({ family, mode }, { expect }) => {
  const answer = await ask(mode, family.model, {
    response_format: { type: 'json_object' },
    messages: [script({ text: bern }, 'Answer in JSON.')],
  });
  expect(answer).toMatchObject({ status: 200, finishReason: 'stop', text: bern, dropped: [] });
});
