import { test } from 'vitest';
import { clock, weather } from '../tools.ts';
import { answered, longText, type Said, scripted, type Told } from './protocol.ts';
import { newCells } from './protocols.ts';

// Conversations of several turns through Responses and through Messages; chat has the same in tests of its own.

const tools = [weather, clock];
const weatherOf = (city: string) => ({ name: 'get_weather', input: { city } });
const question: Said = { by: 'user', text: 'The weather?' };

test.for(newCells)(
  '$name: parallel calls keep their order, ids and results',
  async ({ protocol, family, mode }, { expect }) => {
    const toolCalls = [...['Bern', 'Basel', 'Biel'].map(weatherOf), { name: 'get_time', input: {} }];
    const first = await protocol.ask(mode, family.model, {
      tools,
      said: [scripted({ text: 'I will look. ', toolCalls })],
    });
    expect(first).toMatchObject({ status: 200, stop: protocol.stops.tools, text: 'I will look. ', dropped: [] });
    expect(first.calls.map(({ name, input }) => `${name} ${input}`)).toEqual([
      'get_weather {"city":"Bern"}',
      'get_weather {"city":"Basel"}',
      'get_weather {"city":"Biel"}',
      'get_time {}',
    ]);
    expect(new Set(first.calls.map(({ id }) => id)).size).toBe(4);
    // Results in another order, and an empty one.
    const texts = ['', '12 degrees', '9 degrees', 'noon'];
    const results = first.calls.map((call, index) => ({ call, text: texts[index] ?? '' })).toReversed();
    const said: Said[] = [question, { by: 'model', told: first }, { by: 'tools', results }];
    const second = await protocol.ask(mode, family.model, { tools, said });
    expect(second).toMatchObject({ status: 200, stop: protocol.stops.end, calls: [], dropped: [] });
    expect(second.text).toContain('The tool get_weather answered “12 degrees”.');
    expect(second.text).toContain('The tool get_time answered “noon”.');
  },
);

test.for(newCells)(
  '$name: a tool can be forced, or the wish is reported',
  async ({ protocol, family, mode }, { expect }) => {
    const choice =
      protocol.name === 'messages' ? { type: 'tool', name: 'get_time' } : { type: 'function', name: 'get_time' };
    const told = await protocol.ask(mode, family.model, { tools, said: [question], own: { tool_choice: choice } });
    if (family.forces === 'none') {
      return expect(told).toMatchObject({ status: 200, stop: protocol.stops.end, dropped: ['tool_choice'] });
    }
    expect(told).toMatchObject({ status: 200, stop: protocol.stops.tools, dropped: [] });
    expect(told.calls.map(({ name }) => name)).toEqual(['get_time']);
  },
);

const responsesCells = newCells.filter(({ protocol }) => protocol.name === 'responses');
test.for(responsesCells)(
  '$name: a custom tool is called with a text and told of',
  async ({ protocol, family, mode }, { expect }) => {
    const own = { tools: [{ type: 'custom', name: 'write', description: 'Writes' }] };
    const input = 'line 1\nline "2" 🦋';
    const first = await protocol.ask(mode, family.model, {
      own,
      said: [scripted({ toolCalls: [{ name: 'write', input: { input }, chunks: 5 }] })],
    });
    expect(first).toMatchObject({ status: 200, dropped: [], calls: [{ name: 'write', input, isCustom: true }] });
    const second = await protocol.ask(mode, family.model, { own, said: [question, ...answered(first, 'written')] });
    expect(second).toMatchObject({ status: 200, stop: 'completed', dropped: [] });
    expect(second.text).toContain('The tool write answered “written”.');
  },
);

const thoughts = ['First the weather:\r\n“ß” 🦋, then the rest.', ' Then the time.\n', 'Now I know.'];
/** A model that thinks before every step: two calls, then its answer. */
const thinker = scripted({
  reasoning: ['First the weather:\r\n', '“ß” 🦋', ', then the rest.'],
  toolCalls: [weatherOf('Bern')],
  next: {
    reasoning: thoughts[1],
    toolCalls: [{ name: 'get_time', input: { city: 'Bern' } }],
    next: { reasoning: thoughts[2], text: 'Noon, 12 degrees.' },
  },
});
const textsOf = (told: Told) => told.thoughts.map(({ text }) => text);

test.for(newCells)('$name: thinking and tools over three turns', async ({ protocol, family, mode }, { expect }) => {
  const said: Said[] = [thinker];
  const turns: Told[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const told = await protocol.ask(mode, family.model, { tools, thinks: true, said });
    turns.push(told);
    said.push(...answered(told));
  }
  expect(turns.map(textsOf)).toEqual(thoughts.map((text) => [text]));
  expect(turns.map(({ stop }) => stop)).toEqual(['tools', 'tools', 'end'].map((why) => Object(protocol.stops)[why]));
  expect(turns.map(({ text }) => text)).toEqual(['', '', 'Noon, 12 degrees.']);
  const isSigned = family.effort === 'signed';
  for (const { thoughts: told } of turns) expect(Boolean(told[0]?.signature)).toBe(isSigned);
  // The simulator refuses a signature that is not its own for this text; the gateway would leave it out and say so.
  if (isSigned) for (const { dropped } of turns) expect(dropped).toEqual([]);
  else if (family.effort !== 'dropped') expect(turns[0]?.dropped).toEqual([]);
  else expect(turns[0]?.dropped).toContain(protocol.name === 'messages' ? 'output_config.effort' : 'reasoning.effort');
});

test.for(newCells.filter(({ family }) => family.effort === 'signed'))(
  '$name: thoughts that the provider seals go round',
  async ({ protocol, family, mode }, { expect }) => {
    const sealed = scripted({
      reasoning: 'Secret.',
      redacted: true,
      toolCalls: [weatherOf('Bern')],
      next: { text: 'Done.' },
    });
    const first = await protocol.ask(mode, family.model, { tools, thinks: true, said: [sealed] });
    expect(first.thoughts).toEqual([{ text: '', signature: undefined, data: expect.stringMatching(/\S/) }]);
    const second = await protocol.ask(mode, family.model, { tools, thinks: true, said: [sealed, ...answered(first)] });
    expect(second).toMatchObject({ status: 200, text: 'Done.', dropped: [] });
  },
);

test.for(newCells)(
  '$name: the second turn reads the first from the cache',
  async ({ protocol, family, mode, name }, { expect }) => {
    const system = longText(`automatic ${name}`);
    const said: Said[] = [scripted({ toolCalls: [weatherOf('Bern')] })];
    const first = await protocol.ask(mode, family.model, { tools, system, said });
    said.push(...answered(first));
    const second = await protocol.ask(mode, family.model, { tools, system, said });
    said.push(...answered(second).slice(0, 1), { by: 'user', text: 'And tomorrow?' });
    const third = await protocol.ask(mode, family.model, { tools, system, said });
    const counts = [first, second, third].map(({ usage }) => ({
      read: usage?.cached,
      left: (usage?.cached ?? 0) + (usage?.written ?? 0),
    }));
    for (const told of [first, second, third]) expect(told).toMatchObject({ status: 200, dropped: [] });
    if (family.cache === 'nowhere') return expect(counts.every(({ left }) => left === 0)).toBe(true);
    expect(counts[0]?.read).toBe(0);
    expect(counts[0]?.left).toBeGreaterThan(3_000);
    // All of what one turn left behind is there for the next, and no more than the prompt is counted.
    expect([counts[1]?.read, counts[2]?.read]).toEqual([counts[0]?.left, counts[1]?.left]);
    expect(second.usage?.prompt).toBeGreaterThanOrEqual(counts[1]?.left ?? 0);
  },
);

test.for(newCells)(
  '$name: what the caller marks is cached, and no more',
  async ({ protocol, family, mode, name }, { expect }) => {
    const fields = {
      system: longText(`marked ${name}`),
      systemCached: true,
      said: [{ by: 'user', text: 'Hello?' } as const],
    };
    const first = await protocol.ask(mode, family.model, fields);
    if (family.cache === 'nowhere') {
      expect(first).toMatchObject({ status: 200, dropped: [expect.stringContaining('cache')] });
      return expect(first.usage).toMatchObject({ cached: 0, written: 0 });
    }
    expect(first).toMatchObject({ status: 200, dropped: [], usage: { cached: 0, written: 3_000 } });
    // Each protocol counts what is cached in its own way: all of it together is the prompt, once.
    expect(first.usage?.prompt).toBeGreaterThan(3_000);
    expect(first.usage?.prompt).toBeLessThan(3_050);
    const second = await protocol.ask(mode, family.model, fields);
    expect(second).toMatchObject({ status: 200, usage: { prompt: first.usage?.prompt, cached: 3_000, written: 0 } });
  },
);
