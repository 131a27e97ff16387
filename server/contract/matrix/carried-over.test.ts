import { test } from 'vitest';
import { clock, weather } from '../tools.ts';
import { families } from './families.ts';
import { answered, longText, type Protocol, type Said, scripted, type Told } from './protocol.ts';
import { protocols } from './protocols.ts';

// A conversation that a client carries from one protocol to the next, as it would between programs: its own words for the
// texts, calls, results and thoughts it was told. That nothing is lost is seen at the model: what one turn left in the
// prompt cache is read by the next only if it got the same to the last byte.

const { chat, responses, messages } = protocols;
const ways: readonly (readonly Protocol[])[] = [
  [chat, messages, responses],
  [responses, messages, chat],
  [messages, chat, responses],
  [responses, chat, messages],
  [messages, responses, chat],
  [chat, responses, messages],
];
const modes = ['sync', 'stream'] as const;
const journeys = families
  .filter(({ effort }) => effort === 'signed' || effort === 'unsigned')
  .flatMap((family) => ways.map((way, index) => ({ family, way, mode: modes[index % 2] ?? 'sync' })))
  .map((journey) => ({
    ...journey,
    name: `${journey.family.model}: ${journey.way.map(({ name }) => name).join(' → ')}`,
  }));

const thoughts = ['First “ß” 🦋\r\n', ' Then the time.\n', 'Now I know.'];
const thinker = scripted({
  reasoning: thoughts[0],
  text: 'I will look. ',
  toolCalls: ['Bern', 'Biel'].map((city) => ({ name: 'get_weather', input: { city } })),
  next: {
    reasoning: thoughts[1],
    toolCalls: [{ name: 'get_time', input: { city: 'Bern' } }],
    next: { reasoning: thoughts[2], text: 'Noon, 12 degrees.' },
  },
});

test.for(journeys)('$name keeps texts, tools and thoughts', async ({ family, way, mode, name }, { expect }) => {
  const said: Said[] = [thinker];
  const turns: Told[] = [];
  for (const protocol of way) {
    const asked = { system: longText(name), tools: [weather, clock], thinks: true, said: [...said] };
    const told = await protocol.ask(mode, family.model, asked);
    turns.push(told);
    said.push(...answered(told));
  }
  expect(turns.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(turns.map((told) => told.thoughts.map(({ text }) => text).join(''))).toEqual(thoughts);
  expect(turns.map(({ calls }) => calls.map((call) => call.name))).toEqual([
    ['get_weather', 'get_weather'],
    ['get_time'],
    [],
  ]);
  const [first, , last] = turns;
  if (family.effort === 'signed') for (const { dropped } of turns) expect(dropped).toEqual([]);
  // Without a signature nothing that was thought goes back to a model; whichever way it came, that is told.
  else
    expect(last?.dropped.join()).toMatch(
      /^((messages|input)\.reasoning_details|messages\.content\.thinking|input\.reasoning)(,input\.reasoning)?$/,
    );
  expect(last?.text).toBe('Noon, 12 degrees.');
  // The same conversation that stayed where it began counts the same.
  const stayed: Said[] = [thinker];
  const [home] = way;
  for (let turn = 0; turn < 2; turn++) {
    const told = await home?.ask('sync', family.model, {
      system: longText(name),
      tools: [weather, clock],
      thinks: true,
      said: stayed,
    });
    if (told) stayed.push(...answered(told));
  }
  const same = await home?.ask('sync', family.model, {
    system: longText(name),
    tools: [weather, clock],
    thinks: true,
    said: stayed,
  });
  expect(same?.usage?.prompt).toBe(last?.usage?.prompt);
  if (family.cache === 'nowhere') return;
  expect(first?.usage?.written).toBeGreaterThan(3_000);
  for (const [turn, { usage }] of turns.entries()) {
    const before = turns[turn - 1]?.usage;
    expect(usage?.cached, way[turn]?.name).toBe(before ? before.cached + before.written : 0);
  }
});

test.for(families.filter(({ effort }) => effort === 'signed'))(
  '$model: thoughts that the provider seals are carried too',
  async ({ model }, { expect }) => {
    const toolCalls = [{ name: 'get_weather', input: { city: 'Bern' } }];
    const sealed = scripted({ reasoning: 'Secret.', redacted: true, toolCalls, next: { text: 'Done.' } });
    const asked = { tools: [weather], thinks: true };
    for (const [from, , to] of ways) {
      const first = await from?.ask('sync', model, { ...asked, said: [sealed] });
      if (!first || !to) throw new Error('a way has a beginning and an end');
      const second = await to.ask('stream', model, { ...asked, said: [sealed, ...answered(first)] });
      expect(second, `${from?.name} → ${to.name}`).toMatchObject({ status: 200, text: 'Done.', dropped: [] });
    }
  },
);
