import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { exampleKey, exampleUser, secretTokens, signInFiles } from '../testing/examples.ts';
import { type Answer, answer, refusal } from '../testing/gateway.ts';
import { setUpTerminal } from '../testing/set-up.ts';
import type { Outcome } from '../testing/terminal.ts';

const { gateway, terminal } = setUpTerminal();

const commands = [
  { argv: ['whoami'], route: 'GET /v1/me' },
  { argv: ['keys', 'create', 'laptop'], route: 'POST /v1/keys' },
  { argv: ['keys', 'list'], route: 'GET /v1/keys' },
  { argv: ['keys', 'show', exampleKey.id], route: `GET /v1/keys/${exampleKey.id}` },
  { argv: ['keys', 'revoke', exampleKey.id, '--yes'], route: `GET /v1/keys/${exampleKey.id}` },
  { argv: ['keys', 'rotate', exampleKey.id], route: `POST /v1/keys/${exampleKey.id}/rotate` },
  { argv: ['keys', 'update', exampleKey.id, '--name', 'n'], route: `PATCH /v1/keys/${exampleKey.id}` },
  { argv: ['keys', 'audit'], route: 'GET /v1/audit' },
  { argv: ['users', 'create', 'bob@example.com'], route: 'POST /v1/users' },
  { argv: ['users', 'list'], route: 'GET /v1/users' },
  { argv: ['users', 'show', exampleUser], route: `GET /v1/users/${exampleUser}` },
  { argv: ['groups', 'list'], route: 'GET /v1/groups' },
  { argv: ['groups', 'policy', 'research'], route: 'GET /v1/groups/research' },
  { argv: ['usage'], route: 'GET /v1/usage' },
  { argv: ['usage', 'calls'], route: 'GET /v1/usage/calls' },
  { argv: ['usage', 'export'], route: 'GET /v1/usage/calls' },
  { argv: ['usage', 'verify'], route: 'GET /v1/usage/verify' },
  { argv: ['usage', 'recompute', '--from', '2026-11-01', '--to', '2026-11-02'], route: 'POST /v1/usage/recompute' },
  { argv: ['usage', 'reconcile'], route: 'GET /v1/usage/reconcile' },
  { argv: ['models', 'list'], route: 'GET /v1/models' },
  { argv: ['chat', '-m', 'm', 'Hello'], route: 'POST /v1/chat/completions' },
  { argv: ['chat', '-m', 'm', '--no-stream', 'Hello'], route: 'POST /v1/chat/completions' },
];

const raw =
  (status: number, text: string): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(text);
  };

/** Ends the connection in the middle of the body. */
const cut: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '1000' });
  response.write('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n');
  setTimeout(() => response.destroy(), 20);
};
const silent: Answer = () => {};

interface Failure {
  readonly name: string;
  readonly reply: Answer;
  readonly code: number;
  readonly hint: RegExp;
  readonly args?: readonly string[];
}

const failures: readonly Failure[] = [
  { name: '400', reply: refusal(400, 'invalid_request', 'A field is wrong.'), code: 2, hint: /change what you asked/ },
  { name: '401', reply: refusal(401, 'invalid_api_key', 'No such token.'), code: 4, hint: /pennyworth login/ },
  { name: '402', reply: refusal(402, 'insufficient_quota', 'Used up.'), code: 5, hint: /pennyworth usage/ },
  { name: '403', reply: refusal(403, 'forbidden', 'You may not.'), code: 5, hint: /administrator/ },
  { name: '403 mfa_required', reply: refusal(403, 'mfa_required', 'Second factor.'), code: 5, hint: /second factor/ },
  { name: '404', reply: refusal(404, 'not_found', 'No such thing.'), code: 6, hint: /check the name/ },
  { name: '409', reply: refusal(409, 'key_limit', 'Too many.'), code: 5, hint: /revoke one/ },
  {
    name: '429 for long',
    reply: refusal(429, 'rate_limit_exceeded', 'Too fast.', { 'retry-after': '60' }),
    code: 5,
    hint: /try again in 60 s/,
  },
  {
    name: '429 for ever',
    reply: refusal(429, 'rate_limit_exceeded', 'Too fast.', { 'retry-after': '0' }),
    code: 5,
    hint: /try again in 0 s/,
  },
  { name: '500', reply: refusal(500, 'internal_error', 'A fault.'), code: 7, hint: /request id/ },
  { name: '502 of a proxy', reply: raw(502, '<html>Bad gateway</html>'), code: 7, hint: /try again/ },
  {
    name: 'a redirect',
    reply: (_q, r) => r.writeHead(302, { location: 'http://evil.example' }).end(),
    code: 7,
    hint: /./,
  },
  { name: 'malformed JSON', reply: raw(200, '{"data":[1,'), code: 7, hint: /./ },
  { name: 'JSON of another kind', reply: raw(200, '{"hello":"world"}'), code: 7, hint: /./ },
  { name: 'a cut stream', reply: cut, code: 7, hint: /./ },
  { name: 'a closed connection', reply: (_q, r) => void r.destroy(), code: 7, hint: /./ },
  { name: 'silence', reply: silent, code: 7, hint: /--timeout/, args: ['--timeout', '0.2'] },
];

/** What holds for every failure: the three-line shape, nothing internal, nothing secret, nothing coloured. */
function checkManners(outcome: Outcome, expect: typeof import('vitest').expect): void {
  const { out, err } = outcome;
  expect(err).toMatch(/^Error: .+\n(?: {2}The gateway answered \d+.*\n)? {2}→ .+\n$/);
  expect(out + err).not.toMatch(/\p{Cc}(?<!\n)| {4}at |node:internal|undefined/u);
  for (const token of secretTokens) expect(out + err).not.toContain(token);
}

describe.for(commands)('$argv', ({ argv, route }) => {
  test.for(failures)('ends well on $name', async ({ reply, code, hint, args = [] }, { expect }) => {
    gateway.on(route, reply);
    gateway.on('GetTokensFromRefreshToken', refreshed);
    const outcome = await terminal.run([...argv, ...args]);
    expect([outcome.code, outcome.err.split('→')[1]]).toEqual([code, expect.stringMatching(hint)]);
    checkManners(outcome, expect);
  });

  test('ends well when nothing listens', async ({ expect }) => {
    signInFiles(terminal.folder, 'http://127.0.0.1:1');
    const outcome = await terminal.run(argv);
    expect([outcome.code, outcome.err]).toEqual([7, expect.stringContaining('pennyworth dev')]);
    checkManners(outcome, expect);
  });

  test('ends well when nobody is signed in, or at another gateway', async ({ expect }) => {
    const elsewhere = await terminal.run(argv, { env: { PENNYWORTH_URL: 'https://other.example.com' } });
    expect([elsewhere.code, elsewhere.err]).toEqual([
      4,
      expect.stringContaining('not signed in to https://other.example.com'),
    ]);
    writeFileSync(path.join(terminal.folder, 'credentials.json'), '{"version":1,"profiles":{}}');
    const outcome = await terminal.run(argv);
    expect([outcome.code, outcome.err]).toEqual([4, expect.stringContaining(`→ pennyworth login ${gateway.url}`)]);
    checkManners(outcome, expect);
    expect(gateway.received).toEqual([]);
  });

  test.for(['config.json', 'credentials.json'])('names a damaged %s', async (file, { expect }) => {
    writeFileSync(path.join(terminal.folder, file), '{"profiles":');
    const outcome = await terminal.run(argv);
    expect([outcome.code, outcome.err]).toEqual([3, expect.stringContaining(file)]);
    checkManners(outcome, expect);
  });

  test('says it as JSON too, with status and request id', async ({ expect }) => {
    gateway.on(route, refusal(404, 'not_found', 'No such\u001b[2J thing.'));
    const { code, out, err } = await terminal.run([...argv, '--json']);
    expect([code, out]).toEqual([6, '']);
    expect(JSON.parse(err).error).toMatchObject({
      code: 'not_found',
      message: 'No such thing.',
      status: 404,
      request_id: 'req-1',
      hint: expect.any(String),
    });
  });
});

const refreshed = answer(200, {
  AuthenticationResult: { AccessToken: 'new-access', IdToken: 'new-id', RefreshToken: 'new-refresh', ExpiresIn: 3600 },
});

describe('a refused token', () => {
  test('is renewed once, and what was asked is asked again', async ({ expect }) => {
    gateway.on('GET /v1/keys', (request, response) => {
      const isNew = request.authorization === 'Bearer new-access';
      const reply = isNew ? answer(200, { data: [], next: null }) : refusal(401, 'invalid_api_key', 'Expired.');
      reply(request, response);
    });
    gateway.on('GetTokensFromRefreshToken', refreshed);
    expect((await terminal.run(['keys', 'list'])).code).toBe(0);
    expect(gateway.received[1]?.body).toEqual({ RefreshToken: 'refresh-token-of-ada', ClientId: 'client1' });
    expect(JSON.parse(readFileSync(path.join(terminal.folder, 'credentials.json'), 'utf8')).profiles.work).toEqual({
      url: gateway.url,
      cognito_endpoint: `${gateway.url}/`,
      client_id: 'client1',
      username: exampleUser,
      access_token: 'new-access',
      id_token: 'new-id',
      refresh_token: 'new-refresh',
      expires_at: '2026-11-21T13:00:00.000Z',
    });
  });

  test('whose session has ended leads to a new sign-in', async ({ expect }) => {
    gateway.on('GET /v1/keys', refusal(401, 'invalid_api_key', 'Expired.'));
    const body = { __type: 'NotAuthorizedException', message: 'Refresh Token has been revoked' };
    gateway.on('GetTokensFromRefreshToken', answer(400, body));
    const outcome = await terminal.run(['keys', 'list']);
    expect(outcome).toEqual({ code: 4, out: '', err: 'Error: the session has expired\n  → pennyworth login\n' });
  });

  test('of the environment is told apart from a session', async ({ expect }) => {
    gateway.on('GET /v1/models', refusal(401, 'key_revoked', 'The key was revoked.'));
    const { code, err } = await terminal.run(['models', 'list'], { env: { PENNYWORTH_API_KEY: 'pnw_x' } });
    expect([code, err]).toEqual([4, expect.stringContaining('check PENNYWORTH_API_KEY')]);
    expect(gateway.received.length).toBe(1);
  });
});

test('what is busy for a moment is asked again', async ({ expect }) => {
  let calls = 0;
  gateway.on('GET /v1/keys', (request, response) => {
    calls++;
    const reply =
      calls < 3
        ? refusal(503, 'auth_unavailable', 'Wait.', { 'retry-after': '0' })
        : answer(200, { data: [], next: null });
    reply(request, response);
  });
  expect([(await terminal.run(['keys', 'list'])).code, calls]).toEqual([0, 3]);
});

test('--debug shows requests and no secret', async ({ expect }) => {
  gateway.on('GET /v1/keys', refusal(500, 'internal_error', `A fault with pnw_${'A'.repeat(73)}.`));
  const { err } = await terminal.run(['keys', 'list', '--debug']);
  expect(err).toContain(`> GET ${gateway.url}/v1/keys?limit=1000\n< 500 `);
  expect(err).toContain('A fault with pnw_…AAAA.');
  expect(err).not.toContain('access-token-of-ada');
  expect(err).not.toContain('A'.repeat(73));
});
