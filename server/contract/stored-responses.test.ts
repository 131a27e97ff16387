import OpenAI from 'openai';
import { inject, test } from 'vitest';
import { faultsOfStream, readStream } from '../dialects/openai-responses/test-grammar.ts';
import { rowOf } from './ledger.ts';
import { pngOf } from './media-files.ts';
import { faultsOfResponses } from './responses-schemas.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');
const { url, api_key: apiKey } = dev;
const connect = (key: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const client = connect(apiKey);
const claude = 'claude-sonnet-4-5';
const sim = (script: object, words = 'Please.') => `${words} [[sim:${JSON.stringify(script)}]]`;

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Response = OpenAI.Responses.Response;
interface Asked {
  readonly answer: Response;
  /** Names in x-pennyworth-dropped. */
  readonly dropped: string | null;
}

/** The Response of one call, in one body or as the last event of a stream that keeps its grammar. */
const ways = {
  sync: async (body: Body, by = client): Promise<Asked> => {
    const { data, response } = await by.responses.create(body).withResponse();
    return { answer: data, dropped: response.headers.get('x-pennyworth-dropped') };
  },
  stream: async (body: Body, by = client): Promise<Asked> => {
    const { data, response } = await by.responses.create({ ...body, stream: true }).withResponse();
    const frames: string[] = [];
    let last: Response | undefined;
    for await (const event of data) {
      frames.push(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
    }
    const faults = faultsOfStream(readStream(frames.join('')));
    if (faults.length > 0 || !last) throw new Error(faults.join('\n'));
    return { answer: last, dropped: response.headers.get('x-pennyworth-dropped') };
  },
};
const everyWay = ['sync', 'stream'] as const;
const cells = [claude, 'claude-opus-4-7', 'nova-2-lite'].flatMap((model) => everyWay.map((way) => ({ model, way })));

const look: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const outputsOf = ({ output }: Response) =>
  output
    .filter((item) => item.type === 'function_call')
    .map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: '12 degrees' }));
const promptOf = ({ usage }: Response) => usage?.input_tokens;
const statusOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof OpenAI.APIError ? error : Promise.reject(error)),
  );
const refused = (id: string) => ({
  status: 400,
  code: 'previous_response_not_found',
  param: 'previous_response_id',
  type: 'invalid_request_error',
  message: `400 Previous response with id '${id}' not found. Send the whole conversation in input.`,
});

test.for(cells)(
  '$model, $way: three turns with thoughts and tools, by the id alone',
  async ({ model, way }, { expect }) => {
    const asked = { model, tools: [look], reasoning: { effort: 'medium' as const } };
    const toolCalls = [
      { name: 'get_weather', input: { city: 'Bern' } },
      { name: 'get_weather', input: { city: 'Bonn' } },
    ];
    const first = await ways[way]({
      ...asked,
      instructions: 'Speak like a pirate. '.repeat(20),
      input: sim({ reasoning: 'Hm “ß” 🦋\r\n', toolCalls }),
    });
    expect(first.answer).toMatchObject({ status: 'completed', store: true, previous_response_id: null });
    expect(JSON.stringify(first.answer)).not.toContain('encrypted_content');
    const second = await ways[way]({ ...asked, previous_response_id: first.answer.id, input: outputsOf(first.answer) });
    // The simulator, as Bedrock, takes no call back without the thoughts that led to it, signed as they were.
    expect(second.dropped).toBeNull();
    expect(second.answer.output_text ?? JSON.stringify(second.answer.output)).toContain('12 degrees');
    expect(second.answer.previous_response_id).toBe(first.answer.id);
    const third = await ways[way]({ ...asked, previous_response_id: second.answer.id, input: 'And tomorrow?' });
    expect(third.dropped).toBeNull();

    // The same conversation, sent whole: the model has seen as much, and the first instructions are not among it.
    const include = ['reasoning.encrypted_content' as const];
    const listed = await client.responses.inputItems.list(third.answer.id, { order: 'asc', limit: 100, include });
    const whole = await client.responses.create({
      ...asked,
      store: false,
      input: JSON.parse(JSON.stringify(listed.data)),
    });
    expect(promptOf(whole)).toBe(promptOf(third.answer));
    expect(promptOf(third.answer)).toBeGreaterThan(promptOf(second.answer) ?? 0);
  },
);

test('a chain may branch, also in two calls at once', async ({ expect }) => {
  const { answer: root } = await ways.sync({ model: claude, input: 'One' });
  const branches = await Promise.all(
    ['left', 'right'].map((input) => ways.stream({ model: claude, previous_response_id: root.id, input })),
  );
  for (const [index, { answer }] of branches.entries()) {
    const { data } = await client.responses.inputItems.list(answer.id, { order: 'asc' });
    expect(JSON.stringify(data)).toContain(['left', 'right'][index]);
    expect(JSON.stringify(data)).not.toContain(['right', 'left'][index]);
    expect(data).toHaveLength(3);
  }
});

test.for(everyWay)('%s: a response is read as it was told, and is gone once deleted', async (way, { expect }) => {
  const { answer } = await ways[way]({ model: claude, input: 'Hello', tools: [look], metadata: { run: '7' } });
  const { output_text: _, ...told } = answer;
  const { output_text: __, ...read } = await client.responses.retrieve(answer.id);
  expect(read).toEqual(told);
  expect(faultsOfResponses('response', read)).toEqual([]);
  const deleted: unknown = await client.responses.delete(answer.id);
  expect(deleted).toEqual({ id: answer.id, object: 'response.deleted', deleted: true });
  const gone = {
    status: 404,
    code: 'not_found',
    type: 'invalid_request_error',
    message: expect.stringContaining(`Response with id '${answer.id}' not found.`),
  };
  expect(await statusOf(client.responses.retrieve(answer.id))).toMatchObject(gone);
  expect(await statusOf(client.responses.delete(answer.id))).toMatchObject(gone);
  expect(await statusOf(client.responses.cancel(answer.id))).toMatchObject(gone);
  const list = async () => client.responses.inputItems.list(answer.id);
  expect(await statusOf(list())).toMatchObject(gone);
  const next = ways[way]({ model: claude, input: 'On', previous_response_id: answer.id });
  expect(await statusOf(next)).toMatchObject(refused(answer.id));
});

test('a response that others went on from may be deleted', async ({ expect }) => {
  const { answer: first } = await ways.sync({ model: claude, input: 'My name is Ada.' });
  const { answer: second } = await ways.sync({ model: claude, input: 'And?', previous_response_id: first.id });
  await client.responses.delete(first.id);
  const { answer } = await ways.sync({ model: claude, input: 'So?', previous_response_id: second.id });
  expect(promptOf(answer)).toBeGreaterThan(promptOf(second) ?? 0);
});

test('thoughts are told sealed only to who asks for them', async ({ expect }) => {
  const { answer } = await ways.sync({ model: claude, reasoning: { effort: 'low' }, input: 'Think.' });
  const include = ['reasoning.encrypted_content' as const];
  const plain = await client.responses.retrieve(answer.id);
  expect(plain.output[0]).toMatchObject({ type: 'reasoning', summary: [{ type: 'summary_text' }] });
  expect(plain.output[0]).not.toHaveProperty('encrypted_content');
  const sealed = await client.responses.retrieve(answer.id, { include });
  expect(sealed.output[0]).toMatchObject({ encrypted_content: expect.stringMatching(/^[\w-]{40,}$/) });
  const { data, response } = await client.responses
    .retrieve(answer.id, { include: [...include, 'message.output_text.logprobs', 'web_search_call.results'] })
    .withResponse();
  expect(data.output).toEqual(sealed.output);
  expect(response.headers.get('x-pennyworth-dropped')).toBe(
    'include.message.output_text.logprobs,include.web_search_call.results',
  );
});

test('input items come in pages, in both orders', async ({ expect }) => {
  const input: OpenAI.Responses.ResponseInput = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
    { type: 'function_call', id: 'fc_mine', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Bern"}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
    { role: 'assistant', content: 'Rain.' },
    { role: 'user', content: 'Thanks' },
  ];
  const { answer } = await ways.sync({ model: claude, tools: [look], input });
  const all = await client.responses.inputItems.list(answer.id, { order: 'asc' });
  const path = `${url}/v1/responses/${answer.id}/input_items`;
  const plain = await fetch(path, { headers: { authorization: `Bearer ${apiKey}` } });
  const whole: unknown = await plain.json();
  expect(faultsOfResponses('items', whole)).toEqual([]);
  expect(whole).toEqual({
    object: 'list',
    data: all.data.toReversed(),
    has_more: false,
    first_id: all.data.at(-1)?.id,
    last_id: all.data[0]?.id,
  });
  expect(all.data).toMatchObject([
    { type: 'message', status: 'completed', role: 'developer', content: [{ type: 'input_text', text: 'Be brief.' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
    { type: 'function_call', id: 'fc_mine', status: 'completed', call_id: 'call_1' },
    { type: 'function_call_output', status: 'completed', output: 'rain' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Rain.' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Thanks' }] },
  ]);
  const ids = all.data.map(({ id }) => id);
  expect(new Set(ids).size).toBe(6);
  const paged: unknown[] = [];
  for await (const item of client.responses.inputItems.list(answer.id, { limit: 4 })) paged.push(item.id);
  expect(paged).toEqual(ids.toReversed());
  const after = await client.responses.inputItems.list(answer.id, { order: 'asc', limit: 2, after: ids[3] ?? '' });
  expect(after.data.map(({ id }) => id)).toEqual(ids.slice(4));
  expect(after.has_more).toBe(false);
  const end = await client.responses.inputItems.list(answer.id, { order: 'asc', after: ids[5] ?? '' });
  expect(end).toMatchObject({ data: [], has_more: false });
});

test.for([
  ['?stream=true', 'stream'],
  ['?starting_after=3', 'starting_after'],
  ['?verbose=1', 'verbose'],
  ['/input_items?limit=0', 'limit'],
  ['/input_items?limit=101', 'limit'],
  ['/input_items?order=up', 'order'],
  ['/input_items?after=msg_1', 'after'],
] as const)('GET …%s is refused by name', async ([rest, param], { expect }) => {
  const { answer } = await ways.sync({ model: claude, input: 'Hello' });
  const response = await fetch(`${url}/v1/responses/${answer.id}${rest}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
});

test('a response that is not in the background cannot be cancelled', async ({ expect }) => {
  const { answer } = await ways.sync({ model: claude, input: 'Hello' });
  expect(await statusOf(client.responses.cancel(answer.id))).toMatchObject({ status: 400, code: 'invalid_request' });
});

test('items are named by their ids, without the response before', async ({ expect }) => {
  const asked = { model: claude, tools: [look], reasoning: { effort: 'medium' as const } };
  const question = {
    role: 'user' as const,
    content: sim({ reasoning: 'Hm', toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] }),
  };
  const { answer: first } = await ways.sync({ ...asked, input: [question] });
  const references = first.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }));
  const named = await ways.stream({ ...asked, input: [question, ...references, ...outputsOf(first)] });
  expect(named.dropped).toBeNull();
  const chained = await ways.sync({ ...asked, previous_response_id: first.id, input: outputsOf(first) });
  expect(promptOf(named.answer)).toBe(promptOf(chained.answer));
  // What came back without its sealed content is found again by its id.
  const back: OpenAI.Responses.ResponseInput = JSON.parse(JSON.stringify(first.output));
  const sent = await ways.sync({ ...asked, input: [question, ...back, ...outputsOf(first)] });
  expect(sent.dropped).toBeNull();
  expect(sent.answer.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
  for (const id of ['msg_1', `msg_${'0'.repeat(32)}_0`, references[0]?.id.replace(/\d+$/, '99')]) {
    const unknown = { type: 'item_reference' as const, id: id ?? '' };
    expect(await statusOf(ways.sync({ ...asked, input: [question, unknown] }))).toMatchObject({
      status: 404,
      param: 'input[1].id',
    });
  }
});

test('another person’s responses are as if they did not exist; one’s own are the same by key and by token', async ({
  expect,
}) => {
  const { answer } = await ways.sync({ model: claude, input: 'Mine' });
  const stranger = connect(inject('adminToken'));
  const unknown = `resp_${'0'.repeat(32)}`;
  const calls: readonly ((id: string) => Promise<unknown>)[] = [
    async (id) => stranger.responses.retrieve(id),
    async (id) => stranger.responses.delete(id),
    async (id) => stranger.responses.cancel(id),
    async (id) => stranger.responses.inputItems.list(id),
    async (id) => ways.sync({ model: claude, input: 'Hi', previous_response_id: id }, stranger),
    async (id) => {
      const reference = { type: 'item_reference' as const, id: `msg_${id.slice('resp_'.length)}_0` };
      return ways.sync({ model: claude, input: [reference] }, stranger);
    },
  ];
  for (const call of calls) {
    const [foreign, none] = [await statusOf(call(answer.id)), await statusOf(call(unknown))];
    expect(foreign?.status).toBeGreaterThanOrEqual(400);
    const text = JSON.stringify([foreign?.status, foreign?.error]).replaceAll(answer.id.slice(5), unknown.slice(5));
    const same = text.replace(/req_\w+/g, '') === JSON.stringify([none?.status, none?.error]).replace(/req_\w+/g, '');
    expect(same, text).toBe(true);
  }
  const token = connect(await signIn(dev, dev.user));
  expect((await token.responses.retrieve(answer.id)).id).toBe(answer.id);
  expect((await ways.sync({ model: claude, input: 'Hi', previous_response_id: answer.id }, token)).dropped).toBeNull();
});

test.for(everyWay)('%s: with store: false nothing is kept, and the answer says so', async (way, { expect }) => {
  const { answer, dropped } = await ways[way]({ model: claude, input: 'Hello', store: false });
  expect(answer).toMatchObject({ store: false });
  expect(dropped).toBeNull();
  expect(await statusOf(client.responses.retrieve(answer.id))).toMatchObject({ status: 404 });
  const next = ways[way]({ model: claude, input: 'On', previous_response_id: answer.id });
  expect(await statusOf(next)).toMatchObject(refused(answer.id));
});

test('an answer that a limit cut is kept, one that failed is not', async ({ expect }) => {
  const { answer } = await ways.stream({ model: claude, max_output_tokens: 16, input: 'Hello' });
  expect(await client.responses.retrieve(answer.id)).toMatchObject({ status: 'incomplete' });
  const ids: string[] = [];
  const input = sim({ text: ['a', 'b'], fault: { kind: 'no-metadata' } });
  for await (const event of await client.responses.create({ model: claude, stream: true, input })) {
    if (event.type === 'response.created' || event.type === 'response.failed') ids.push(event.response.id);
  }
  expect(new Set(ids).size).toBe(1);
  expect(await statusOf(client.responses.retrieve(ids[1] ?? ''))).toMatchObject({ status: 404 });
});

test('files are kept as they were sent, and a conversation that grew too long is refused', async ({ expect }) => {
  const pictured = (letter: string) => {
    const bytes = Buffer.concat([Buffer.from(pngOf(8, 8), 'base64'), Buffer.alloc(1_875_000, letter)]);
    const image_url = `data:image/png;base64,${bytes.toString('base64')}`;
    return [{ role: 'user' as const, content: [{ type: 'input_image' as const, detail: 'auto' as const, image_url }] }];
  };
  const { answer: first } = await ways.sync({ model: claude, input: pictured('A') });
  const { answer: second } = await ways.stream({ model: claude, input: pictured('B'), previous_response_id: first.id });
  expect(promptOf(second)).toBeGreaterThan(2 * 1_600);
  const { data } = await client.responses.inputItems.list(second.id, { order: 'asc' });
  expect(data.filter(({ type }) => type === 'message')).toMatchObject([...pictured('A'), {}, ...pictured('B')]);
  const third = ways.sync({ model: claude, input: pictured('C'), previous_response_id: second.id });
  expect(await statusOf(third)).toMatchObject({
    status: 413,
    code: 'request_too_large',
    param: 'previous_response_id',
  });
});

test('the hold and an answer that breaks off count the conversation so far', async ({ expect }) => {
  const long = 'word '.repeat(6_000);
  const { answer: first } = await ways.sync({ model: claude, input: long });
  const input = sim({ text: ['a', 'b'], fault: { kind: 'no-metadata' } });
  const { data, response } = await client.responses
    .create({ model: claude, stream: true, input, previous_response_id: first.id })
    .withResponse();
  for await (const _ of data);
  const row = await rowOf(response.headers);
  expect(row.status).toBe('upstream_truncated');
  expect(row.input_tokens).toBeGreaterThan(long.length / 3);
});

test('another model goes on from the same conversation, without the thoughts of the one before', async ({ expect }) => {
  const script = { reasoning: 'Hm', toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] };
  const asked = { tools: [look], reasoning: { effort: 'low' as const } };
  const { answer: first } = await ways.sync({ ...asked, model: claude, input: sim(script) });
  const next = { ...asked, model: 'nova-2-lite', previous_response_id: first.id, input: outputsOf(first) };
  const { answer, dropped } = await ways.stream(next);
  expect(dropped).toBe('input.reasoning');
  expect(JSON.stringify(answer.output)).toContain('12 degrees');
});

test('what another model cannot take is told by the response it came with', async ({ expect }) => {
  const image_url = `data:image/png;base64,${pngOf(8, 8)}`;
  const content = [{ type: 'input_image' as const, detail: 'auto' as const, image_url }];
  const { answer: first } = await ways.sync({ model: claude, input: [{ role: 'user', content }] });
  const next = ways.sync({ model: 'llama3-3-70b-instruct', input: 'And?', previous_response_id: first.id });
  const error = await statusOf(next);
  expect(error).toMatchObject({ status: 400, param: expect.stringMatching(/^previous_response_id/) });
});

test.for(everyWay)('%s: a call that a limit cut is no part of what follows', async (way, { expect }) => {
  const toolCalls = [{ name: 'get_weather', input: { city: 'Bern'.repeat(100) } }];
  const input = sim({ toolCalls });
  const { answer: first } = await ways[way]({ model: claude, tools: [look], max_output_tokens: 16, input });
  expect(first).toMatchObject({ status: 'incomplete', output: [{ type: 'function_call', status: 'incomplete' }] });
  const { answer, dropped } = await ways[way]({ model: claude, input: 'Go on.', previous_response_id: first.id });
  expect(answer.status).toBe('completed');
  expect(dropped).toBeNull();
});
