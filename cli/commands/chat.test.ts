import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, test } from 'vitest';
import { exampleModel } from '../testing/examples.ts';
import { type Answer, answer } from '../testing/gateway.ts';
import { setUpTerminal } from '../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();
beforeEach(() => {
  gateway.on(
    'GET /v1/models',
    answer(200, { object: 'list', data: [{ ...exampleModel, id: 'a-model' }, exampleModel] }),
  );
});

const route = 'POST /v1/chat/completions';
const usage = { prompt_tokens: 312, completion_tokens: 128, total_tokens: 440, cost_usd: '0.002934000' };
const delta = (content: string) => ({ id: 'c1', model: 'm', choices: [{ index: 0, delta: { content } }], usage: null });
const lastChunks = [
  { id: 'c1', model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null },
  { id: 'c1', model: 'm', choices: [], usage },
];
const sse = (chunk: unknown) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`;

function send(response: ServerResponse, chunks: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(chunks.map(sse).join(''));
}
const streams =
  (...texts: readonly string[]): Answer =>
  (_request, response) =>
    send(response, [...texts.map(delta), ...lastChunks, '[DONE]']);

describe('one question', () => {
  test('is asked as a stream, and the answer is printed as it is', async ({ expect }) => {
    gateway.on(route, streams('Rayleigh ', 'scattering:\n\tblue'));
    const outcome = await terminal.run(['chat', 'Why', 'blue?', '-s', 'Be short.', '--max-tokens', '50', '-m', 'm']);
    expect(outcome).toEqual({ code: 0, out: 'Rayleigh scattering:\n\tblue\n', err: '' });
    expect(gateway.received[0]).toMatchObject({
      authorization: 'Bearer access-token-of-ada',
      body: {
        model: 'm',
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Why blue?' },
        ],
        max_tokens: 50,
        stream: true,
        stream_options: { include_usage: true },
      },
    });
  });

  test('takes our model where it is listed, and what is piped in', async ({ expect }) => {
    gateway.on(route, streams('ok'));
    await terminal.run(['chat', 'Explain:'], { input: 'diff --git\n' });
    expect(gateway.received[1]?.body).toMatchObject({
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: 'Explain:\n\ndiff --git' }],
    });
  });

  test('uses a key of the environment', async ({ expect }) => {
    gateway.on(route, streams('ok'));
    await terminal.run(['chat', '-m', 'm', 'Hi'], { env: { PENNYWORTH_API_KEY: 'pnw_key' } });
    expect(gateway.received[0]?.authorization).toBe('Bearer pnw_key');
  });

  test('tells tokens, cost and time with -u, and a cut at the limit always', async ({ expect }) => {
    const length = { id: 'c1', choices: [{ delta: {}, finish_reason: 'length' }], usage };
    gateway.on(route, (_request, response) => send(response, [delta('Because'), length, '[DONE]']));
    const { out, err } = await terminal.run(['chat', '-m', 'm', '-u', '-q', 'Why?']);
    expect(out).toBe('Because\n');
    expect(err).toMatch(/^Warning: the answer ended at the token limit; .*\n312 in · 128 out · \$0\.002934 · \d.*s\n$/);
  });

  test('is one document with --json', async ({ expect }) => {
    gateway.on(route, streams('Hel\u001b[2J', 'lo'));
    const { code, out, err } = await terminal.run(['chat', '-m', 'm', '--json', 'Hi']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({
      id: 'c1',
      model: 'm',
      text: 'Hel\u001b[2Jlo',
      finish_reason: 'stop',
      usage,
      cost_usd: '0.002934000',
      duration_ms: expect.any(Number),
      tool_calls: [],
    });
  });

  test('waits for the whole answer with --no-stream', async ({ expect }) => {
    const message = { role: 'assistant', content: 'Hello' };
    const body = { id: 'c2', model: 'm', choices: [{ message, finish_reason: 'stop' }], usage };
    gateway.on(route, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('  ');
      response.end(JSON.stringify(body));
    });
    expect(await terminal.run(['chat', '-m', 'm', '--no-stream', 'Hi'])).toEqual({ code: 0, out: 'Hello\n', err: '' });
    expect(gateway.received[0]?.body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
  });

  test('never lets a model move the cursor', async ({ expect }) => {
    gateway.on(route, streams('a\u001b[2Jb\u001b', ']0;x\u0007c\u202e'));
    const { out } = await terminal.run(['chat', '-m', 'm', 'Hi'], { outIsTty: true });
    expect(out).toBe('ab]0;xc\n');
  });

  test.for([
    [
      'an error in the stream',
      { error: { message: 'Bedrock failed.', type: 'server_error', code: 'upstream_error' } },
      7,
      'Error: Bedrock failed.',
    ],
    ['a budget that ends in it', { error: { message: 'Used up.', code: 'insufficient_quota' } }, 5, 'Error: Used up.'],
    ['what is no chunk', 'not json', 7, 'Error: the answer was not understood'],
    ['an end without [DONE]', delta(''), 7, 'Error: the answer broke off'],
  ] as const)('prints what came before %s, then the error', async ([, last, code, message], { expect }) => {
    gateway.on(route, (_request, response) => send(response, [delta('Half'), last]));
    const outcome = await terminal.run(['chat', '-m', 'm', 'Hi']);
    expect([outcome.code, outcome.out, outcome.err.split('\n')[0]]).toEqual([code, 'Half\n', message]);
  });

  test('reads events in whatever pieces they come', async ({ expect }) => {
    const text = [delta('日本'), delta('語'), ...lastChunks, '[DONE]'].map(sse).join('').replaceAll('\n', '\r\n');
    gateway.on(route, async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const bytes = Buffer.from(`: heartbeat\n\n${text}`);
      for (let at = 0; at < bytes.length; at += 7) {
        response.write(bytes.subarray(at, at + 7));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect((await terminal.run(['chat', '-m', 'm', 'Hi'])).out).toBe('日本語\n');
  });

  test('ends with 0 on Ctrl-C, closes the connection and says who pays', async ({ expect }) => {
    const closed = new Promise<void>((resolve) => {
      gateway.on(route, (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(delta('Once upon')));
        response.once('close', resolve);
        setTimeout(() => terminal.interrupt(), 50);
      });
    });
    expect(await terminal.run(['chat', '-m', 'm', 'Tell'])).toEqual({
      code: 0,
      out: 'Once upon\n',
      err: 'Stopped. The gateway still bills the answer to its end.\n',
    });
    await closed;
  });

  test('gives up on a silent gateway', async ({ expect }) => {
    gateway.on(route, (_request, response) => void response.writeHead(200).write(sse(delta('Hm'))));
    const outcome = await terminal.run(['chat', '-m', 'm', '--timeout', '0.2', 'Hi']);
    expect([outcome.code, outcome.out, outcome.err]).toEqual([7, 'Hm\n', expect.stringContaining('silent for 0.2 s')]);
  });

  test.for([
    [['chat'], 'there is nothing to ask'],
    [['chat', '  '], 'there is nothing to ask'],
    [['chat', '--max-tokens', '0', 'x'], '--max-tokens "0" is not a whole number from 1 up'],
  ] as const)('%j is refused', async ([argv, message], { expect }) => {
    const { code, err } = await terminal.run(argv);
    expect([code, err.split('\n')[0], gateway.received]).toEqual([2, `Error: ${message}`, []]);
  });
});

describe('a conversation', () => {
  test('remembers, obeys its commands, and survives an error', async ({ expect }) => {
    const texts = ['one', 'two', 'three'];
    let asked = 0;
    gateway.on(route, (request, response) => {
      const text = texts[asked++];
      if (text === 'two')
        answer(500, { error: { message: 'A fault.', type: 't', param: null, code: null } })(request, response);
      else streams(text ?? '')(request, response);
    });
    const input = new PassThrough();
    const running = terminal.run(['chat', '-s', 'Be short.', '-q'], {
      input,
      stdinIsTty: true,
      outIsTty: true,
      errIsTty: true,
    });
    for (const line of ['first', '', '/nonsense', 'second', '/model other', 'third', '/exit']) input.write(`${line}\n`);
    const { code, out, err } = await running;
    expect([code, out]).toEqual([0, 'one\nthree\n']);
    expect(err).toContain('A fault.');
    expect(err).toContain('there is no /nonsense');
    expect(gateway.received.slice(1).map((request) => request.body)).toMatchObject([
      { model: 'claude-sonnet-4-5', messages: [{ role: 'system' }, { content: 'first' }] },
      {
        model: 'claude-sonnet-4-5',
        messages: [{ role: 'system' }, { content: 'first' }, { content: 'one' }, { content: 'second' }],
      },
      {
        model: 'other',
        messages: [{ role: 'system' }, { content: 'first' }, { content: 'one' }, { content: 'third' }],
      },
    ]);
  });

  test('forgets with /clear, and ends with the input', async ({ expect }) => {
    gateway.on(route, streams('ok'));
    const input = new PassThrough();
    const running = terminal.run(['chat', '-m', 'm'], { input, stdinIsTty: true, outIsTty: true, errIsTty: true });
    for (const line of ['first', '/clear', 'second']) input.write(`${line}\n`);
    input.end();
    expect((await running).code).toBe(0);
    expect(gateway.received.map((request) => request.body)).toMatchObject([
      { messages: [{ content: 'first' }] },
      { messages: [{ content: 'second' }] },
    ]);
  });

  test('lets Ctrl-C stop an answer and stays', async ({ expect }) => {
    const input = new PassThrough();
    gateway.on(route, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(delta('Once')));
      setTimeout(() => input.write('\u0003'), 50);
      response.once('close', () => input.write('/exit\n'));
    });
    const running = terminal.run(['chat', '-m', 'm'], { input, stdinIsTty: true, outIsTty: true, errIsTty: true });
    input.write('tell\n');
    const { code, out, err } = await running;
    expect([code, out]).toEqual([0, 'Once\n']);
    expect(err).toContain('Stopped. The gateway still bills the answer to its end.');
  });
});
