import { describe, expect, test } from 'vitest';
import { startScriptedServer } from '../../aws/scripted-server.ts';
import type { Parameters } from '../../aws/ssm.ts';
import { echo, startStateless, startWithSessions } from './test-servers.ts';
import { answerJson, connect, hostile, listing, noParameters, text } from './test-upstream.ts';

describe.each([
  ['2026-07-28', startStateless],
  ['2025-11-25, with sessions', startWithSessions],
])('%s', (_, start) => {
  test('lists, calls and reuses its connection', async () => {
    await using server = await start({ tools: [echo] });
    const { upstream, call, lines } = connect(server);
    expect(await upstream.tools()).toEqual([
      {
        name: 'up__echo',
        remoteName: 'echo',
        title: 'Echo',
        description: echo.description,
        inputSchema: echo.inputSchema,
        outputSchema: undefined,
        annotations: echo.annotations,
      },
    ]);
    const before = server.requests.length;
    expect(await call('echo', { text: 'hi' })).toEqual(text('{"text":"hi"}'));
    expect(await call('echo', { text: 'ho' })).toEqual(text('{"text":"ho"}'));
    expect(server.requests.length - before).toBe(2);
    expect(await upstream.tools()).toHaveLength(1);
    expect(server.requests.length - before).toBe(2);
    expect(lines).toEqual([]);
  });
});

test('a server that was started again is asked again with a new session, and the call is done once', async () => {
  let done = 0;
  await using server = await startWithSessions({
    tools: [echo],
    call: async () => text(`${++done}`),
  });
  const { call } = connect(server);
  await call('echo');
  server.forgetSessions();
  expect(await call('echo')).toEqual(text('2'));
  const sessions = server.requests.map(({ headers }) => headers['mcp-session-id']);
  expect(new Set(sessions).size).toBe(3);
});

test('nothing is kept open beside the calls', async () => {
  await using server = await startWithSessions({ tools: [echo] });
  const { upstream, call } = connect(server);
  await upstream.tools();
  await call('echo');
  expect(server.requests.filter(({ method }) => method !== 'POST')).toEqual([]);
});

describe('the credential', () => {
  const secret = 'Bearer upstream-"secret"-4711';
  const parameters: Parameters = {
    ...noParameters,
    find: async (name) => (name === '/pw/up' ? `${secret}\n` : undefined),
  };
  const credential = { header: 'authorization', parameter: '/pw/up' };

  test('is sent with each request, with the operator’s headers, and told to nobody', async () => {
    await using server = await startStateless({
      tools: [{ ...echo, description: `I know ${secret}.` }],
      call: async (_, __, sdk) => {
        await sdk?.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken: sdk.mcpReq._meta?.progressToken ?? 0, progress: 1, message: `Half of ${secret}` },
        });
        return {
          content: [
            { type: 'text', text: `Your header is ${secret}, your token upstream-"secret"-4711` },
            { type: 'text', text: 'x', _meta: { 'evil/it': 1 } },
          ],
          structuredContent: { [secret]: [secret], _meta: { kept: true } },
          isError: true,
          _meta: { 'evil/it': secret },
        };
      },
    });
    const headers = { 'x-region': 'eu-central-1' };
    const { upstream, call, progress, lines } = connect(server, { credential, headers }, parameters);
    const [tool] = await upstream.tools();
    expect(tool?.description).toBe('I know [redacted].');
    expect(await call('echo')).toEqual({
      content: [
        { type: 'text', text: 'Your header is [redacted], your token [redacted]' },
        { type: 'text', text: 'x' },
      ],
      structuredContent: { '[redacted]': ['[redacted]'], _meta: { kept: true } },
      isError: true,
    });
    expect(progress).toEqual([[1, 'Half of [redacted]']]);
    expect(server.requests.map((each) => each.headers['authorization'])).toEqual(server.requests.map(() => secret));
    expect(server.requests.map((each) => each.headers['x-region'])).toEqual(server.requests.map(() => 'eu-central-1'));
    expect(JSON.stringify(lines)).not.toContain('4711');
  });

  test('that does not lie where the operator said keeps the server out', async () => {
    await using server = await startStateless({ tools: [echo] });
    const { upstream, lines } = connect(server, { credential: { ...credential, parameter: '/pw/absent' } }, parameters);
    expect(await upstream.tools()).toEqual([]);
    expect(server.requests).toEqual([]);
    expect(lines).toMatchObject([
      { event: 'mcp_server_failed', id: 'up', after_ms: 5_000, cause: 'Error: there is no SSM parameter /pw/absent' },
    ]);
  });

  test('that was refused is read again with the next call', async () => {
    let valid = 'first-value';
    let stored = 'first-value';
    const changing: Parameters = { ...noParameters, find: async () => stored };
    const real = await startStateless({ tools: [echo] });
    await using server = await startScriptedServer(async ({ headers, body }, response) => {
      if (headers['authorization'] !== valid) return answerJson(response, 401, {});
      const answer = await fetch(real.url, {
        method: 'POST',
        headers: Object.fromEntries(
          Object.entries(headers).flatMap(([name, value]) =>
            /^(accept|content-type|mcp-.*)$/.test(name) ? [[name, String(value)]] : [],
          ),
        ),
        body,
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    });
    const { call } = connect(server, { credential }, changing);
    await call('echo');
    valid = 'second-value';
    await expect(call('echo')).rejects.toMatchObject({ code: 'upstream_error' });
    stored = 'second-value';
    expect(await call('echo')).toEqual(text('{}'));
    await real[Symbol.asyncDispose]();
  });

  test('that was changed while a call was open is taken out of its answer too', async () => {
    let stored = 'Bearer the-first-token';
    const changing: Parameters = { ...noParameters, find: async () => stored };
    let answerFirst: () => void = () => undefined;
    const told = (id: number | undefined) => ({
      jsonrpc: '2.0',
      id,
      result: { content: [{ type: 'text', text: 'the-first-token, the-first-token-and-more' }] },
    });
    let calls = 0;
    await using server = await hostile(({ id }, response) => {
      calls++;
      if (calls === 1) answerFirst = () => answerJson(response, 200, told(id));
      else if (calls === 2) answerJson(response, 401, {});
      else answerJson(response, 200, told(id));
    });
    const { call } = connect(server, { credential }, changing);
    const first = call('echo');
    await expect.poll(() => calls).toBe(1);
    stored = 'Bearer the-first-token-and-more';
    expect(await call('echo')).toEqual(text('[redacted], [redacted]'));
    answerFirst();
    expect(await first).toEqual(text('[redacted], [redacted]'));
  });

  test('is taken out of a long refusal before that is cut', async () => {
    await using server = await hostile(({ id }, response) => {
      const error = { code: -32_602, message: `${'x'.repeat(990)}${secret}` };
      answerJson(response, 200, { jsonrpc: '2.0', id, error });
    });
    const { call } = connect(server, { credential }, parameters);
    await expect(call('echo')).rejects.toMatchObject({ message: expect.not.stringContaining('Bearer') });
  });
});

describe('tools', () => {
  const bomb = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `l${index}`,
      { anyOf: [{ $ref: `#/$defs/l${index + 1}` }, { $ref: `#/$defs/l${index + 1}` }] },
    ]),
  );
  const deep = (levels: number): object => {
    let schema: object = { type: 'object' };
    for (let level = 0; level < levels; level++) schema = { type: 'object', properties: { a: schema } };
    return schema;
  };

  test('that are too large or not what they should be are left out, each by itself', async () => {
    const listed = [
      { ...echo, name: 'bomb', inputSchema: { type: 'object', $ref: '#/$defs/l0', $defs: bomb } },
      { ...echo, name: 'deep', inputSchema: deep(100) },
      { ...echo, name: 'wide', inputSchema: { type: 'object', description: 'x'.repeat(70_000) } },
      { ...echo, name: 'talks', description: 'x'.repeat(8_001) },
      { ...echo, name: 'calls-home', inputSchema: { type: 'object', $ref: 'http://169.254.169.254/latest' } },
      { ...echo, name: 'untyped', inputSchema: {} },
      { name: 7 },
      null,
      { ...echo, name: 'odd.name/ü', title: undefined, annotations: { title: 'Older', destructiveHint: false } },
      { ...echo, outputSchema: { type: 'array' }, _meta: { a: 1 }, icons: [{ src: 'http://x' }] },
      { ...echo, description: 'a second of that name' },
      { ...echo, name: 'x'.repeat(100) },
      { ...echo, name: 'internal_delete' },
    ];
    await using server = await listing(() => ({ tools: listed }));
    const { upstream, lines } = connect(server, {
      tools: ['*[!]', 'b*', 'd*', 'w*', 't*', 'c*', 'u*', 'o*', 'e*', 'x*'],
    });
    const tools = await upstream.tools();
    expect(tools.map(({ name, title }) => [name, title])).toEqual([
      ['up__bomb', 'Echo'],
      [expect.stringMatching(/^up__odd_name___[0-9a-f]{8}$/), 'Older'],
      ['up__echo', 'Echo'],
      [expect.stringMatching(/^up__x{51}_[0-9a-f]{8}$/), 'Echo'],
    ]);
    expect(Object.keys(tools[2] ?? {})).not.toEqual(expect.arrayContaining(['_meta']));
    expect(tools[2]?.outputSchema).toBeUndefined();
    expect(lines.map(({ event, id, reason }) => [event, id, reason])).toEqual([
      ['mcp_tool_left_out', 'up', 'a tool is nested deeper than 40'],
      ['mcp_tool_left_out', 'up__wide', 'a schema is longer than 64000 bytes'],
      ['mcp_tool_left_out', 'up__talks', 'description is missing, too long or of the wrong type'],
      ['mcp_tool_left_out', 'up__calls-home', 'a schema refers to another document'],
      ['mcp_tool_left_out', 'up__untyped', 'inputSchema.type is missing, too long or of the wrong type'],
      ['mcp_tool_left_out', 'up', 'name is missing, too long or of the wrong type'],
      ['mcp_tool_left_out', 'up', 'it is missing, too long or of the wrong type'],
      ['mcp_tool_left_out', 'up__echo', 'another tool has this name'],
    ]);
  });

  test('ten thousand are read as far as they are listed, in one page or many', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ ...echo, name: `t${index}` }));
    for (const size of [10_000, 30]) {
      await using server = await listing(({ cursor = '0' }) => {
        const from = Number(cursor);
        return { tools: many.slice(from, from + size), nextCursor: String(from + size) };
      });
      const { upstream, lines } = connect(server);
      expect(await upstream.tools()).toHaveLength(200);
      expect(lines).toMatchObject([{ event: 'mcp_tool_left_out', id: 'up' }]);
      expect(server.requests.length).toBeLessThan(11);
    }
  });

  test('pages without end are not followed', async () => {
    await using server = await listing(({ cursor = '0' }) => ({ tools: [], nextCursor: `${Number(cursor) + 1}` }));
    const { upstream } = connect(server);
    expect(await upstream.tools()).toEqual([]);
    expect(server.requests.length).toBeLessThan(25);
  });

  test('a tool that came later is found by its name; one that is not there is looked for once in ten seconds', async () => {
    let tools = [echo];
    await using server = await listing(() => ({ tools }));
    const { upstream, clock } = connect(server);
    await upstream.tools();
    tools = [echo, { ...echo, name: 'later' }];
    clock.ms += 10_000;
    expect(await upstream.find('up__later')).toMatchObject({ remoteName: 'later' });
    const before = server.requests.length;
    expect(await upstream.find('up__never')).toBeUndefined();
    expect(await upstream.find('up__never')).toBeUndefined();
    expect(server.requests.length - before).toBe(0);
  });

  test('the list is kept for five minutes, and served on while the server is down', async () => {
    let tools = [echo];
    let isDown = false;
    await using server = await listing(() => (isDown ? undefined : { tools }));
    const { upstream, clock, lines } = connect(server);
    const count = async () => (await upstream.tools()).length;
    expect(await count()).toBe(1);
    tools = [echo, { ...echo, name: 'later' }];
    clock.ms += 299_000;
    expect(await count()).toBe(1);
    clock.ms += 1_000;
    expect(await count()).toBe(2);
    isDown = true;
    clock.ms += 300_000;
    expect(await count()).toBe(2);
    const before = server.requests.length;
    expect(await count()).toBe(2);
    expect(server.requests.length).toBe(before);
    expect(lines).toMatchObject([{ event: 'mcp_server_failed', after_ms: 5_000 }]);
    clock.ms += 5_000;
    expect(await count()).toBe(2);
    expect(lines[1]).toMatchObject({ after_ms: 10_000 });
    isDown = false;
    tools = [];
    clock.ms += 10_000;
    expect(await count()).toBe(0);
  });
});

test('a server that is down costs a list nothing, and one that is slow two seconds once', async () => {
  const down = connect({ url: 'http://127.0.0.1:9' });
  const began = performance.now();
  for (let index = 0; index < 5; index++) expect(await down.upstream.tools()).toEqual([]);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(down.lines).toMatchObject([{ event: 'mcp_server_failed', cause: expect.stringContaining('fetch failed') }]);
  await expect(down.upstream.find('up__echo')).rejects.toMatchObject({ status: 503, code: 'upstream_unavailable' });

  await using server = await startScriptedServer(() => undefined);
  const slow = connect(server, { timeout_seconds: 3 });
  const asked = performance.now();
  expect(await slow.upstream.tools()).toEqual([]);
  expect(performance.now() - asked).toBeLessThan(2_600);
  slow.clock.ms += 2_000;
  const again = performance.now();
  expect(await slow.upstream.tools()).toEqual([]);
  expect(performance.now() - again).toBeLessThan(500);
});
