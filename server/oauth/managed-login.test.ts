import { createServer, type RequestListener } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { listen } from '../local/emulator.ts';
import { createLogger } from '../observe/logger.ts';
import type { OAuth } from './deployment.ts';
import { createManagedLogin } from './managed-login.ts';
import { OAuthError } from './oauth-error.ts';

const open: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of open) await close();
});

async function askOf(listener: RequestListener) {
  const { url, close } = await listen(createServer(listener), 0);
  open.push(close);
  const issuer = 'https://api.example.com';
  const oauth: OAuth = {
    clientId: 'c1',
    loginUrl: url,
    issuer,
    resource: `${issuer}/mcp`,
    callback: `${issuer}/oauth/callback`,
    cognitoScope: `${issuer}/mcp/use`,
  };
  const lines: string[] = [];
  return {
    login: createManagedLogin(
      oauth,
      createLogger((line) => lines.push(line)),
    ),
    lines,
  };
}

const secret = 'planted-refresh-token';
const answering =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

test.each<[string, RequestListener, string, number]>([
  ['a refusal of this token', answering(400, '{"error":"invalid_grant"}'), 'invalid_grant', 400],
  ['a refusal of our client', answering(400, '{"error":"unauthorized_client"}'), 'temporarily_unavailable', 503],
  ['a fault', answering(500, 'oops'), 'temporarily_unavailable', 503],
  ['an answer that is no JSON', answering(200, '<html>'), 'temporarily_unavailable', 503],
  ['an answer without a token', answering(200, '{"token_type":"Bearer"}'), 'temporarily_unavailable', 503],
  [
    'a redirect, which is not followed',
    answering(302, '', { location: 'http://127.0.0.1:1/' }),
    'temporarily_unavailable',
    503,
  ],
  ['too much', answering(200, 'x'.repeat(200_000)), 'temporarily_unavailable', 503],
  ['a broken connection', (request) => request.socket.destroy(), 'temporarily_unavailable', 503],
])('%s of Cognito’s is told as OAuth has it, and the log has no secret', async (_, listener, code, status) => {
  const { login, lines } = await askOf(listener);
  const asked = login.tokens({ grant_type: 'refresh_token', refresh_token: secret });
  const error: unknown = await asked.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OAuthError);
  expect(error).toMatchObject({ code, status });
  expect(lines.length).toBe(status === 503 ? 1 : 0);
  expect(lines.join('')).not.toContain(secret);
});

test('what the client id is, is ours to say', async () => {
  let body = '';
  const { login } = await askOf(async (request, response) => {
    for await (const piece of request) body += String(piece);
    response.end('{"access_token":"a","expires_in":3600}');
  });
  expect(await login.tokens({ grant_type: 'refresh_token', client_id: 'other' })).toMatchObject({ access_token: 'a' });
  expect(new URLSearchParams(body).getAll('client_id')).toEqual(['c1']);
});
