import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { configuredTargets } from '../../catalogue/configured.ts';
import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { requestWith } from '../../model/test-requests.ts';
import type { ProviderCall } from '../provider.ts';
import { createOpenAiCompatibleProvider } from './index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers every call with these pieces, and keeps what it was asked. */
async function startServer(status: number, pieces: readonly string[]) {
  const asked: { path: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      asked.push({ path: request.url, body: JSON.parse(text) });
      response.writeHead(status, { 'content-type': 'text/event-stream', 'x-request-id': 'theirs' });
      for (const piece of pieces) response.write(piece);
      response.end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, asked };
}

const request = requestWith({
  model: 'openai-compatible/tiny',
  system: [{ type: 'text', text: 'Be brief.' }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
    {
      role: 'assistant',
      content: [{ type: 'tool-call', id: 'c1', name: 'get_weather', input: { city: 'Bern' } }],
    },
    {
      role: 'user',
      content: [
        { type: 'tool-result', toolCallId: 'c1', content: [{ type: 'text', text: '12' }], isError: false },
        { type: 'text', text: 'And now?' },
      ],
    },
  ],
  tools: [{ name: 'get_weather', description: undefined, strict: false, inputSchema: { type: 'object' } }],
  toolChoice: { type: 'tool', name: 'get_weather' },
  temperature: 1.5,
  stopSequences: ['END'],
  stream: true,
});

async function callServer(baseUrl: string, differences: Partial<ProviderCall> = {}) {
  const [target] = configuredTargets(['tiny']);
  if (!target) throw new Error('no target');
  const signal = AbortSignal.timeout(5_000);
  const call = {
    target,
    request,
    maxOutputTokens: 500,
    strict: false,
    metadata: {},
    guardrail: undefined,
    signal,
    ...differences,
  };
  const answer = await createOpenAiCompatibleProvider(baseUrl).call(call);
  const events: ModelEvent[] = [];
  for await (const batch of answer.events) events.push(...batch);
  return { answer, events };
}

const data = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
const delta = (part: object, finish: string | null = null) =>
  data({ choices: [{ index: 0, delta: part, finish_reason: finish }] });
const usage = data({
  choices: [],
  usage: { prompt_tokens: 10, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } },
});
const done = 'data: [DONE]\n\n';

test('sends the conversation in OpenAI’s form and reads text, reasoning and parallel calls', async () => {
  const call = (index: number, id: string | undefined, json: string) => ({
    tool_calls: [{ index, ...(id && { id }), function: { ...(id && { name: 'get_weather' }), arguments: json } }],
  });
  const stream =
    delta({ role: 'assistant', content: '' }) +
    delta({ reasoning_content: 'Hm.' }) +
    delta({ content: 'Grüezi ' }) +
    delta({ content: '🌦' }) +
    delta(call(0, 'a', '{"city":')) +
    delta(call(0, undefined, '"Bern"}')) +
    delta(call(1, 'b', '{}')) +
    delta({}, 'tool_calls') +
    usage +
    done;
  // Cut inside a character and inside a line.
  const bytes = [stream.slice(0, 97), stream.slice(97, 240), stream.slice(240)];
  const { baseUrl, asked } = await startServer(200, bytes);
  const { answer, events } = await callServer(baseUrl);
  expect(answer).toMatchObject({ upstreamRequestId: 'theirs', attempts: 1, dropped: [] });
  expect(events).toEqual([
    { type: 'reasoning-start', index: 0 },
    { type: 'reasoning-delta', index: 0, text: 'Hm.' },
    { type: 'reasoning-end', index: 0 },
    { type: 'text-start', index: 1 },
    { type: 'text-delta', index: 1, text: 'Grüezi ' },
    { type: 'text-delta', index: 1, text: '🌦' },
    { type: 'text-end', index: 1 },
    { type: 'tool-call-start', index: 2, id: 'a', name: 'get_weather' },
    { type: 'tool-call-delta', index: 2, json: '{"city":' },
    { type: 'tool-call-delta', index: 2, json: '"Bern"}' },
    { type: 'tool-call-start', index: 3, id: 'b', name: 'get_weather' },
    { type: 'tool-call-delta', index: 3, json: '{}' },
    { type: 'tool-call-end', index: 2 },
    { type: 'tool-call-end', index: 3 },
    { type: 'finish', reason: 'tool-calls', raw: 'tool_calls' },
    { type: 'usage', usage: expect.objectContaining({ inputTokens: 7, cacheReadTokens: 3, outputTokens: 4 }) },
  ]);
  expect(asked).toEqual([
    {
      path: '/v1/chat/completions',
      body: {
        model: 'tiny',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } },
            ],
          },
          { role: 'tool', tool_call_id: 'c1', content: '12' },
          { role: 'user', content: 'And now?' },
        ],
        max_tokens: 500,
        temperature: 1.5,
        stop: ['END'],
        tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }],
        tool_choice: { type: 'function', function: { name: 'get_weather' } },
        stream: true,
        stream_options: { include_usage: true },
      },
    },
  ]);
});

test.for([
  { name: 'no usage', pieces: [delta({ content: 'x' }, 'stop'), done] },
  { name: 'no finish', pieces: [delta({ content: 'x' }), usage] },
  { name: 'nothing at all', pieces: [''] },
])('$name is a broken answer, not a short one', async ({ pieces }) => {
  const { baseUrl } = await startServer(200, pieces);
  await expect(callServer(baseUrl)).rejects.toBeInstanceOf(TruncatedStreamError);
});

test.for([
  {
    status: 200,
    pieces: [data({ error: { message: 'secret path' } })],
    told: { status: 502, code: 'upstream_stream_error' },
  },
  { status: 200, pieces: ['data: {nonsense\n\n'], told: { status: 502, code: 'upstream_stream_error' } },
  { status: 400, pieces: ['secret path'], told: { status: 400, code: 'invalid_request' } },
  { status: 401, pieces: [''], told: { status: 502, code: 'provider_access_denied' } },
  { status: 404, pieces: [''], told: { status: 404, code: 'model_not_found' } },
  { status: 429, pieces: [''], told: { status: 429, code: 'rate_limit_exceeded' } },
  { status: 500, pieces: [''], told: { status: 502, code: 'upstream_error' } },
])('$status with $pieces is told as $told', async ({ status, pieces, told }) => {
  const { baseUrl } = await startServer(status, pieces);
  const error: unknown = await callServer(baseUrl).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject(told);
  expect(String(error)).not.toContain('secret');
});

test('reasoning under its other name, and its tokens where the server counts them', async () => {
  const counted = data({
    choices: [],
    usage: { prompt_tokens: 1, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 3 } },
  });
  const { baseUrl } = await startServer(200, [delta({ reasoning: 'Hm.' }), delta({ content: 'x' }, 'stop'), counted]);
  const { events } = await callServer(baseUrl);
  expect(events).toContainEqual({ type: 'reasoning-delta', index: 0, text: 'Hm.' });
  expect(events).toContainEqual({ type: 'usage', usage: expect.objectContaining({ reasoningTokens: 3 }) });
});

test('what cannot be sent is reported, and refused where the caller is strict', async () => {
  const { baseUrl, asked } = await startServer(200, [delta({ content: 'x' }, 'stop'), usage, done]);
  const withTopK = { ...request, topK: 5 };
  const { answer } = await callServer(baseUrl, { request: withTopK });
  expect(answer.dropped).toEqual(['top_k']);
  await expect(callServer(baseUrl, { request: withTopK, strict: true })).rejects.toMatchObject({
    status: 400,
    param: 'top_k',
  });
  expect(asked).toHaveLength(1);
});

test('a guardrail is never left out', async () => {
  const { baseUrl, asked } = await startServer(200, []);
  await expect(callServer(baseUrl, { guardrail: { id: 'g', version: '1' } })).rejects.toMatchObject({
    status: 400,
    param: 'guardrailConfig',
  });
  expect(asked).toEqual([]);
});

test('a server that is not there is told as unreachable', async () => {
  await expect(callServer('http://127.0.0.1:1/v1')).rejects.toMatchObject({ status: 502, code: 'upstream_error' });
});
