import { test } from 'vitest';
import * as z from 'zod/mini';
import { rowOf } from '../ledger.ts';
import { scripted } from './protocol.ts';
import { newCells } from './protocols.ts';

// One answer through Responses and through Messages; chat has the same in tests of its own.

test.for(newCells)(
  '$name: text, cut anywhere on its way, priced and counted',
  async ({ protocol, family, mode }, { expect }) => {
    const text = ['Grüezi 🦋', '🧑‍🚀 ', '“ß” 漢字', '👩‍👩‍👧‍👦'];
    const said = [scripted({ text, splitFrames: true, chunkDelayMs: 1 })];
    const told = await protocol.ask(mode, family.model, { system: 'Be brief.', said });
    expect(told).toMatchObject({ status: 200, text: text.join(''), calls: [], stop: protocol.stops.end, dropped: [] });
    expect(told.headers.get('x-pennyworth-model')).toBe(family.servedBy);
    expect(await rowOf(told.headers)).toMatchObject({
      status: 'ok',
      stream: mode === 'stream',
      input_tokens: told.usage?.prompt,
      output_tokens: told.usage?.answer,
      dropped: [],
    });
  },
);

test.for(newCells)('$name: an answer that reaches its cap', async ({ protocol, family, mode }, { expect }) => {
  const said = [{ by: 'user', text: 'Go on and on.' } as const];
  const told = await protocol.ask(mode, family.model, { cap: 20, said });
  expect(told).toMatchObject({ status: 200, stop: protocol.stops.length, usage: { answer: 20 }, dropped: [] });
  expect(told.text).not.toBe('');
  // A thousand times what any model writes: clamped to what it can, and told so.
  const clamped = await protocol.ask(mode, family.model, { cap: 100_000_000, said });
  const field = protocol.name === 'messages' ? 'max_tokens' : expect.stringMatching(/^max_(output_)?tokens$/);
  expect(clamped).toMatchObject({ status: 200, stop: protocol.stops.end, dropped: [field] });
});

const messagesCells = newCells.filter(({ protocol }) => protocol.name === 'messages');
test.for(messagesCells)(
  '$name: stop sequences are obeyed or reported',
  async ({ protocol, family, mode }, { expect }) => {
    const own = { stop_sequences: ['three'] };
    const told = await protocol.ask(mode, family.model, { own, said: [scripted({ text: 'one two three four' })] });
    expect(told).toMatchObject({
      status: 200,
      stop: family.stop ? 'stop_sequence' : 'end_turn',
      text: family.stop ? 'one two ' : 'one two three four',
      dropped: family.stop ? [] : [expect.stringMatching(/^stop/)],
    });
  },
);

const City = z.strictObject({ name: z.string(), rivers: z.array(z.string()) });
const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, rivers: { type: 'array', items: { type: 'string' } } },
  required: ['name', 'rivers'],
  additionalProperties: false,
};

test.for(newCells)(
  '$name: a JSON schema is followed, and comes as text',
  async ({ protocol, family, mode }, { expect }) => {
    // A model that gets the schema as words only is played by a script; the others are forced by the request.
    const text = JSON.stringify({ name: 'Bern', rivers: ['Aare'] });
    const asked =
      family.schema === 'words' ? scripted({ text }) : ({ by: 'user', text: 'Tell me of a city.' } as const);
    const told = await protocol.ask(mode, family.model, { schema, said: [asked] });
    expect(told).toMatchObject({ status: 200, stop: protocol.stops.end, calls: [], dropped: [] });
    expect(City.safeParse(JSON.parse(told.text)).error).toBeUndefined();
  },
);

/** What the simulator counts for each kind of file at least. */
const tokensOf = { image: 1_600, document: 1_000 } as const;
const fileCells = newCells.flatMap((cell) => (['image', 'document'] as const).map((file) => ({ ...cell, file })));

test.for(fileCells)(
  '$name: an $file is seen, or refused by name',
  async ({ protocol, family, mode, file }, { expect }) => {
    const told = await protocol.ask(mode, family.model, { said: [{ by: 'user', text: 'What is this?', file }] });
    if (file === 'image' ? family.images : family.documents) {
      expect(told).toMatchObject({ status: 200, stop: protocol.stops.end, dropped: [] });
      expect(told.usage?.prompt).toBeGreaterThanOrEqual(tokensOf[file]);
      expect(told.usage?.prompt).toBeLessThan(tokensOf[file] + 100);
      return;
    }
    expect(told).toMatchObject({ status: 400, failure: { thrown: 'BadRequestError' } });
    const list = { messages: 'messages', responses: 'input', chat: 'messages' }[protocol.name];
    expect(told.failure?.message).toContain(`${list}[0].content[1]`);
    expect(told.failure?.message).toMatch(new RegExp(`${family.model} .*${file}.*/v1/models`));
  },
);
