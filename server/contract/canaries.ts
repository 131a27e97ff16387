import { pdfOf } from './media-files.ts';

/** Where callers put words that nobody else should read. */
const places = [
  'system',
  'prompt',
  'answer',
  'reasoning',
  'argument',
  'result',
  'tool',
  'description',
  'schema',
  'file',
  'title',
  'document',
  'metadata',
  'user',
  'cachekey',
  'stop',
  'instructions',
  'header',
  'agent',
  'idempotency',
  'query',
  'unknown',
  'refused',
] as const;

export interface Said {
  /** What must be nowhere. */
  readonly planted: readonly string[];
  /** Answers that were not the expected ones: then the words were not said where they should be. */
  readonly unexpected: readonly string[];
}

/** Says a word of its own in every place of every protocol, in calls that work and in calls that fail. */
export async function sayCanaries(url: string, apiKey: string, model: string): Promise<Said> {
  const id = crypto.randomUUID().replaceAll('-', '');
  const word = (place: (typeof places)[number]) => `canary${place}${id}`;
  const unexpected: string[] = [];
  const send = async (status: number, path: string, body: object, key = apiKey): Promise<string> => {
    const response = await fetch(`${url}${path}?q=${word('query')}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-note': word('header'),
        'user-agent': word('agent'),
        // One for each call: a second call with the same key would only be told so.
        'idempotency-key': `${word('idempotency')}-${crypto.randomUUID()}`,
      },
      body: JSON.stringify({ model, ...body }),
    });
    const text = await response.text();
    if (response.status !== status) unexpected.push(`${path}: ${response.status} in place of ${status}: ${text}`);
    return text;
  };
  const sim = (script: object) => `Say it. [[sim:${JSON.stringify(script)}]]`;
  const answering = sim({
    text: word('answer'),
    reasoning: word('reasoning'),
    toolCalls: [{ name: word('tool'), input: { x: word('argument') } }],
  });
  const input_schema = { type: 'object', properties: { x: { type: 'string', description: word('schema') } } };
  const named = { name: word('tool'), description: word('description') };

  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: word('tool'), arguments: `{"x":"${word('argument')}"}` },
  };
  const file = { filename: `${word('file')}.pdf`, file_data: `data:application/pdf;base64,${pdfOf(1_000)}` };
  const start = [
    { role: 'system', content: word('system') },
    {
      role: 'user',
      content: [
        { type: 'text', text: word('prompt') },
        { type: 'file', file },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: word('result') },
  ];
  const chat = (content: string) => ({
    messages: [...start, { role: 'user', content }],
    tools: [{ type: 'function', function: { ...named, parameters: input_schema } }],
    metadata: { note: word('metadata') },
    user: word('user'),
    prompt_cache_key: word('cachekey'),
    stop: [word('stop')],
  });
  for (const stream of [false, true]) {
    await send(200, '/v1/chat/completions', { ...chat(answering), stream, surprise: word('unknown') });
    await send(200, '/v1/completions', {
      prompt: `${word('prompt')} ${sim({ text: word('answer') })}`,
      stream,
      max_tokens: 500,
    });
    await send(200, '/v1/messages', {
      max_tokens: 500,
      stream,
      system: word('system'),
      metadata: { user_id: word('user') },
      stop_sequences: [word('stop')],
      tools: [{ ...named, input_schema }],
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              title: word('title'),
              source: { type: 'text', media_type: 'text/plain', data: word('document') },
            },
            { type: 'text', text: `${word('prompt')} ${answering}` },
          ],
        },
      ],
    });
    await send(200, '/v1/responses', {
      stream,
      store: true,
      instructions: word('instructions'),
      metadata: { note: word('metadata') },
      safety_identifier: word('user'),
      tools: [{ type: 'function', ...named, parameters: input_schema, strict: false }],
      input: [
        { role: 'user', content: [{ type: 'input_file', ...file }] },
        { role: 'user', content: `${word('prompt')} ${answering}` },
      ],
    });
  }
  await send(200, '/v1/messages/count_tokens', { messages: [{ role: 'user', content: word('prompt') }] });
  await send(400, '/v1/chat/completions', { ...chat(answering), n: 2, note: word('refused') });
  const failures = [
    [400, { fail: { type: 'ValidationException', message: `no: ${word('refused')}` } }],
    [502, { fail: { type: 'ModelErrorException', message: word('refused') } }],
  ] as const;
  for (const [status, script] of failures) await send(status, '/v1/chat/completions', chat(sim(script)));
  await send(200, '/v1/chat/completions', { ...chat(sim({ fault: { kind: 'reset' } })), stream: true });
  await send(404, '/v1/chat/completions', { ...chat(answering), model: word('refused') });
  const scripts = [
    { text: word('answer') },
    failures[0][1],
    { text: [word('answer'), ''], fault: { kind: 'no-stop' } },
  ];
  for (const script of [...scripts, { [word('refused')]: true }]) {
    const prompt = `${word('prompt')} ${sim(script)}`;
    const params = { name: 'chat', arguments: { model, system: word('system'), prompt }, _meta: { progressToken: 1 } };
    await send(200, '/mcp', { model: undefined, jsonrpc: '2.0', id: word('unknown'), method: 'tools/call', params });
  }
  await send(401, '/v1/chat/completions', chat(answering), word('refused'));
  return { planted: places.map(word), unexpected };
}

/** Spends more than half of a key's budget of $0.03. */
export const halfABudget = {
  max_tokens: 1_000,
  messages: [{ role: 'user', content: '[[sim:{"usage":{"outputTokens":1000}}]]' }],
};

/** A word as it is, and as it looks within base64, wherever it begins there. */
export function formsOf(word: string): readonly string[] {
  const encoded = [0, 1, 2].map((skipped) => {
    const rest = Buffer.from(word).subarray(skipped);
    return rest.subarray(0, rest.length - (rest.length % 3)).toString('base64');
  });
  return [word, ...encoded];
}
