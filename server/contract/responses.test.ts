import OpenAI from 'openai';
import { inject, test } from 'vitest';
import { faultsOfStream, readStream } from '../dialects/openai-responses/test-grammar.ts';
import { faultsOfResponses } from './responses-schemas.ts';

const { url, api_key: apiKey } = inject('dev');
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const sim = (script: object) => `Please. [[sim:${JSON.stringify(script)}]]`;
const models = [
  'claude-sonnet-4-5',
  'claude-opus-4-7',
  'nova-2-lite',
  'llama3-3-70b-instruct',
  'mistral-large-3-675b-instruct',
  'deepseek-v3.2',
  'gpt-oss-120b',
  'qwen3-235b-a22b',
];
type Body = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'model'>;

/** The Response of one call, in one body or as the last event of a stream that keeps its grammar. */
const ways = {
  sync: (model: string, body: Body): Promise<OpenAI.Responses.Response> =>
    client.responses.create({ model, store: false, ...body }),
  stream: async (model: string, body: Body): Promise<OpenAI.Responses.Response> => {
    const events: { name: string; data: object }[] = [];
    let last: OpenAI.Responses.Response | undefined;
    for await (const event of await client.responses.create({ model, store: false, ...body, stream: true })) {
      events.push({ name: event.type, data: event });
      if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
    }
    const faults = faultsOfStream(readStream(events.map(frame).join('')));
    if (faults.length > 0 || !last) throw new Error(`${model}:\n${faults.join('\n')}`);
    return last;
  },
};
const frame = ({ name, data }: { name: string; data: object }) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const textOf = ({ output }: OpenAI.Responses.Response) =>
  output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : ''))
    .join('');
const cells = models.flatMap((model) => (['sync', 'stream'] as const).map((way) => ({ model, way })));

test.for(cells)('$model, $way: a text with its usage', async ({ model, way }, { expect }) => {
  const answer = await ways[way](model, { instructions: 'Be brief.', input: sim({ text: ['Grüezi ', '🦋', '!'] }) });
  expect(answer).toMatchObject({ object: 'response', status: 'completed', model });
  expect(textOf(answer)).toBe('Grüezi 🦋!');
  expect(answer.usage?.total_tokens).toBe((answer.usage?.input_tokens ?? 0) + (answer.usage?.output_tokens ?? 0));
});

const look: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

test.for(cells)('$model, $way: parallel tools over two turns', async ({ model, way }, { expect }) => {
  const toolCalls = [
    { name: 'get_weather', input: { city: 'Bern' } },
    { name: 'get_weather', input: { city: 'Bonn' } },
  ];
  const first = await ways[way](model, { tools: [look], input: sim({ toolCalls }) });
  const calls = first.output.filter((item) => item.type === 'function_call');
  expect(calls.map((call) => JSON.parse(call.arguments))).toEqual(toolCalls.map(({ input }) => input));
  const outputs = calls.map((call) => {
    return { type: 'function_call_output' as const, call_id: call.call_id, output: '12 degrees' };
  });
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'The weather?' }, ...calls, ...outputs];
  const second = await ways[way](model, { tools: [look], input });
  expect(textOf(second)).toContain('12 degrees');
});

const thinkers = cells.filter(({ model }) => model.startsWith('claude-'));
test.for(thinkers)('$model, $way: thoughts go out sealed and come back signed', async ({ model, way }, { expect }) => {
  const asked: Body = { reasoning: { effort: 'medium' }, include: ['reasoning.encrypted_content'], tools: [look] };
  const script = { reasoning: 'Hm “ß” 🦋\r\n', toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] };
  const first = await ways[way](model, { ...asked, input: sim(script) });
  expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call']);
  const [thought, call] = first.output;
  expect(thought).toMatchObject({ encrypted_content: expect.stringMatching(/^[\w-]{40,}$/) });
  if (thought?.type !== 'reasoning' || call?.type !== 'function_call') throw new Error('no thought, or no call');
  const result = { type: 'function_call_output' as const, call_id: call.call_id, output: 'ok' };
  const input = [{ role: 'user' as const, content: 'Go on.' }, thought, call, result];
  const { data, response } = await client.responses.create({ model, store: false, ...asked, input }).withResponse();
  // With a budget Claude would stop thinking, and say so, had the signature been lost.
  expect(response.headers.get('x-pennyworth-dropped')).toBeNull();
  expect(data.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
});

test('custom tools and tools in a namespace are called under their own names', async ({ expect }) => {
  const toolCalls = [
    { name: 'write', input: { input: 'line 1\nline 2' } },
    { name: 'files__read', input: { path: '/a' } },
  ];
  const tools: OpenAI.Responses.Tool[] = [
    { type: 'custom', name: 'write', description: 'Writes' },
    { type: 'namespace', name: 'files', description: 'Files', tools: [{ ...look, name: 'read' }] },
  ];
  const answer = await ways.stream('claude-sonnet-4-5', { tools, input: sim({ toolCalls }) });
  expect(answer.output).toMatchObject([
    { type: 'custom_tool_call', name: 'write', input: 'line 1\nline 2' },
    { type: 'function_call', name: 'read', namespace: 'files', arguments: '{"path":"/a"}' },
  ]);
});

test('a cap ends a Response as incomplete, a broken stream as failed', async ({ expect }) => {
  const short = await ways.stream('claude-sonnet-4-5', { max_output_tokens: 16, input: 'Hello' });
  expect(short).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-sonnet-4-5',
      stream: true,
      input: sim({ text: ['a', 'b'], fault: { kind: 'no-metadata' } }),
    }),
  });
  const events = readStream(await response.text());
  expect(faultsOfStream(events)).toEqual([]);
  expect(events.at(-1)).toMatchObject({ name: 'response.failed' });
});

test('whole answers validate against OpenAI’s schema', async ({ expect }) => {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'nova-2-lite', input: 'Hello', tools: [look] }),
  });
  expect(faultsOfResponses('response', await response.json())).toEqual([]);
});

test.for([
  ['previous_response_id', { previous_response_id: 'resp_1' }],
  ['conversation', { conversation: 'conv_1' }],
  ['background', { background: true }],
  ['input[0].type', { input: [{ type: 'unheard_of' }] }],
  ['input', {}],
] as const)('%s is refused by name', async ([param, fields], { expect }) => {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'nova-2-lite',
      ...('input' in fields || param === 'input' ? {} : { input: 'Hi' }),
      ...fields,
    }),
  });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
});
