import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { bodyLimitBytes } from '../../limits.ts';
import { startTable, type TestTable } from '../../money/test-table.ts';
import { createLogger } from '../../observe/logger.ts';
import { createObjects } from '../../stored/objects.ts';
import { createSealedStore, type SealedStore } from '../../stored/sealed-store.ts';
import type { JsonObject } from '../json-object.ts';
import { StoredResponses } from './stored-responses.ts';
import { recordedItems, wholeInput } from './whole-input.ts';

let table: TestTable;
let store: SealedStore;
let stored: StoredResponses;
beforeAll(async () => {
  table = await startTable();
  store = createSealedStore({
    ...table,
    // All of these are short enough for the table.
    objects: createObjects('none', { region: 'us-west-2', endpoint: 'http://127.0.0.1:1' }),
    clock: systemClock,
    logger: createLogger(() => undefined),
  });
  await Promise.all([
    put(first, [said('user', 'in', 'in0')], [thought, sealedThought, said('assistant', 'out', '2')]),
    ...Array.from({ length: 25 }, (_, at) =>
      put(idOf(100 + at), [], [{ id: `msg_${hexOf(100 + at)}_0`, type: 'message' }]),
    ),
  ]);
});
afterAll(() => table.close());
beforeEach(() => {
  stored = new StoredResponses(store, 'ada');
});

const hexOf = (number: number) => number.toString(16).padStart(32, '0');
const idOf = (number: number) => `resp_${hexOf(number)}`;
const first = idOf(1);
const said = (role: string, content: string, place: string) => {
  return { id: `msg_${hexOf(1)}_${place}`, type: 'message', role, content };
};
const thought = { id: `rs_${hexOf(1)}_0`, type: 'reasoning', summary: [] };
const sealedThought = { id: `rs_${hexOf(1)}_1`, type: 'reasoning', summary: [], encrypted_content: 'sealed' };
const put = (id: string, input: readonly JsonObject[], output: readonly JsonObject[]) =>
  new StoredResponses(store, 'ada').put(id, { response: { id, output }, input }, 3600);
const hi = { role: 'user', content: 'hi' };
const bytesOf = (items: readonly object[]) =>
  items.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
const failureOf = (body: JsonObject, bytes = 100) =>
  wholeInput(body, bytes, stored).then(
    () => undefined,
    (error: unknown) => error,
  );

test.for([
  ['a text', 'hi', [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }]],
  ['items', [hi], [hi]],
  ['sealed thoughts', [sealedThought, hi], [sealedThought, hi]],
  ['what is no input', 7, []],
] as const)(
  '%s: who refers to nothing stored costs no read, and the body stays as it is',
  async ([, input, items], { expect }) => {
    const before = table.requests();
    const body = { model: 'm', input };
    const whole = await wholeInput(body, 100, stored);
    expect(whole).toEqual({ body, priorItems: 0, bytes: 100, items });
    expect(whole.body).toBe(body);
    expect(table.requests()).toBe(before);
  },
);

test('the conversation so far comes first, by one read; thoughts that no model takes back only into the record', async ({
  expect,
}) => {
  const before = table.requests();
  const whole = await wholeInput({ model: 'm', previous_response_id: first, input: [hi] }, 100, stored);
  expect(table.requests() - before).toBe(1);
  const [asked, answered] = [said('user', 'in', 'in0'), said('assistant', 'out', '2')];
  expect(whole.body).toEqual({ model: 'm', previous_response_id: first, input: [asked, sealedThought, answered, hi] });
  expect(whole.priorItems).toBe(3);
  expect(whole.items).toEqual([asked, thought, sealedThought, answered, hi]);
  expect(whole.bytes).toBe(100 + bytesOf([asked, thought, sealedThought, answered]));
});

test.for(['function_call', 'custom_tool_call'])(
  'a %s that was cut is left out, unless it is answered',
  async (type, { expect }) => {
    const call = (id: string, status: string) => ({ id: `fc_${id}`, type, call_id: id, status });
    const calls = [call('cut', 'incomplete'), call('whole', 'completed')];
    await put(idOf(3), [], calls);
    const output = { type: `${type}_output`, call_id: 'cut', output: 'x' };
    const whole = async (input: readonly object[]) =>
      (await wholeInput({ previous_response_id: idOf(3), input }, 100, stored)).body['input'];
    expect(await whole([hi])).toEqual([calls[1], hi]);
    expect(await whole([output])).toEqual([...calls, output]);
  },
);

test('a text goes after it as a message', async ({ expect }) => {
  const { body } = await wholeInput({ previous_response_id: first, input: 'hi' }, 100, stored);
  const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] };
  expect(body).toMatchObject({ input: [{}, {}, {}, message] });
});

test.for([idOf(2), 'resp_1', '', 'resp_../1', `${first} `, 'x'.repeat(5000), '\u001b[2J'])(
  '%j before it is not found',
  async (id, { expect }) => {
    const error = await failureOf({ previous_response_id: id, input: 'hi' });
    expect(error).toMatchObject({ status: 400, code: 'previous_response_not_found', param: 'previous_response_id' });
    expect(String(error)).toMatch(/Previous response with id '[\w.?-]{0,100}' not found\. Send the whole/);
  },
);

test('another person’s response is not found, in the same words', async ({ expect }) => {
  stored = new StoredResponses(store, 'eve');
  const foreign = await failureOf({ previous_response_id: first, input: 'hi' });
  const unknown = await failureOf({ previous_response_id: idOf(2), input: 'hi' });
  expect(String(foreign).replace(first, idOf(2))).toBe(String(unknown));
});

test('items that are named stand where they were named', async ({ expect }) => {
  const answered = said('assistant', 'out', '2');
  for (const reference of [{ type: 'item_reference', id: answered.id }, { id: answered.id }]) {
    const whole = await wholeInput(
      { input: [hi, reference, { type: 'item_reference', id: said('', '', 'in0').id }] },
      100,
      stored,
    );
    expect(whole.body).toEqual({ input: [hi, answered, said('user', 'in', 'in0')] });
    expect(whole).toMatchObject({ priorItems: 0, bytes: 100 + bytesOf([answered, said('user', 'in', 'in0')]) });
  }
});

test('a reasoning item without its content gets it back, and stays as it is where nothing is stored', async ({
  expect,
}) => {
  const { encrypted_content: _, ...told } = sealedThought;
  const unknown = { id: `rs_${hexOf(9)}_0`, type: 'reasoning', summary: [], encrypted_content: null };
  const foreign = { id: 'rs_abc', type: 'reasoning', summary: [] };
  const whole = await wholeInput({ input: [unknown, foreign, told, hi] }, 100, stored);
  expect(whole.body).toEqual({ input: [unknown, foreign, sealedThought, hi] });
});

test('a caller who keeps nothing here pays for one read, however many thoughts it sends', async ({ expect }) => {
  const input = Array.from({ length: 50 }, (_, at) => ({
    id: `rs_${hexOf(1000 + at)}_0`,
    type: 'reasoning',
    summary: [],
  }));
  const before = table.requests();
  expect((await wholeInput({ input }, 100, stored)).items).toEqual(input);
  expect(table.requests() - before).toBe(1);
});

test('thoughts of more responses than are read stay as they are', async ({ expect }) => {
  const named = Array.from({ length: 20 }, (_, at) => ({ type: 'item_reference', id: `msg_${hexOf(100 + at)}_0` }));
  const { encrypted_content: _, ...told } = sealedThought;
  expect((await wholeInput({ input: [told, ...named] }, 100, stored)).items[0]).toEqual(told);
});

test.for([`msg_${hexOf(9)}_0`, `msg_${hexOf(1)}_9`, 'msg_abc', `msg_${hexOf(1)}`])(
  'an unknown item %s is not found',
  async (id, { expect }) => {
    const error = await failureOf({ input: [hi, { type: 'item_reference', id }] });
    expect(error).toMatchObject({ status: 404, code: 'not_found', param: 'input[1].id' });
    expect(String(error)).toContain(`Item with id '${id}' not found.`);
  },
);

test('items of no more than 20 responses can be named', async ({ expect }) => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ type: 'item_reference', id: `msg_${hexOf(100 + at)}_0` }));
  expect((await wholeInput({ input: named(20) }, 100, stored)).items).toHaveLength(20);
  stored = new StoredResponses(store, 'ada');
  expect(await failureOf({ input: named(21) })).toMatchObject({ status: 400, param: 'input[0]' });
});

test('a conversation may have as many bytes as a body, however often an item is named', async ({ expect }) => {
  const { bytes } = await wholeInput({ previous_response_id: first, input: [] }, 0, stored);
  const most = bodyLimitBytes - bytes;
  expect(await failureOf({ previous_response_id: first, input: [] }, most)).toBeUndefined();
  expect(await failureOf({ previous_response_id: first, input: [] }, most + 1)).toMatchObject({
    status: 413,
    code: 'request_too_large',
    param: 'previous_response_id',
  });
  const answered = said('assistant', 'out', '2');
  const body = { input: Array.from({ length: 1000 }, () => ({ type: 'item_reference', id: answered.id })) };
  const room = bytesOf([answered]) * 1000;
  expect(await failureOf(body, bodyLimitBytes - room)).toBeUndefined();
  expect(await failureOf(body, bodyLimitBytes - room + 1)).toMatchObject({ status: 413, param: 'input[0]' });
});

test('a table that does not answer is no unknown response', async ({ expect }) => {
  table.setFault(() => 'lost');
  const error = await failureOf({ previous_response_id: first, input: 'hi' });
  table.setFault(undefined);
  expect(error).toMatchObject({ status: 503, code: 'storage_unavailable' });
});

test('items of a record have a type and an id of their own', ({ expect }) => {
  const items = recordedItems(
    [
      { role: 'user', content: 'a' },
      { id: 'mine', role: 'user', content: 'b' },
      { id: null, type: 'function_call_output', call_id: 'c', output: 'd' },
      { type: 'apply_patch_call', call_id: 'c' },
    ],
    first,
  );
  expect(items).toEqual([
    { type: 'message', id: `msg_${hexOf(1)}_in0`, role: 'user', content: 'a' },
    { type: 'message', id: 'mine', role: 'user', content: 'b' },
    { type: 'function_call_output', id: `fco_${hexOf(1)}_in2`, call_id: 'c', output: 'd' },
    { type: 'apply_patch_call', id: `item_${hexOf(1)}_in3`, call_id: 'c' },
  ]);
});

test('an id that comes twice is given away once', ({ expect }) => {
  const twice = [
    { type: 'message', role: 'user', content: 'a', id: 'same' },
    { type: 'message', role: 'user', content: 'b', id: 'same' },
  ];
  const ids = recordedItems(twice, `resp_${'0'.repeat(32)}`).map(({ id }) => id);
  expect(ids).toEqual(['same', `msg_${'0'.repeat(32)}_in1`]);
});
