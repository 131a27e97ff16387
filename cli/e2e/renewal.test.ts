import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { GetTokensFromRefreshTokenCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, test } from 'vitest';
import { environmentFor, program, runPiped } from '../testing/built-program.ts';
import { changeSession, LocalPeople, password, stored } from '../testing/local-people.ts';

// How sessions live on and end, with the built command against the local stack: genuine rotation and revocation.

let people: LocalPeople;
beforeAll(async () => {
  people = await LocalPeople.start();
});
afterAll(() => people.stop());

const ended = { expires_at: new Date(0).toISOString() };

/** Stands between the command and Cognito: counts renewals, and loses the answers it is told to lose. */
async function startProxy(lose: number) {
  const target = people.dev.endpoints['cognito_identity_provider'] ?? '';
  const seen = { renewals: 0, lose };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const operation = String(request.headers['x-amz-target']);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation };
    const answer = await fetch(target, { method: 'POST', headers, body: Buffer.concat(pieces) });
    const text = await answer.text();
    if (operation.endsWith('GetTokensFromRefreshToken')) {
      seen.renewals++;
      if (seen.renewals <= seen.lose) {
        response.destroy();
        return;
      }
    }
    response.writeHead(answer.status, { 'content-type': headers['content-type'] }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { seen, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

const startWhoami = (config: string) =>
  spawn(process.execPath, [program, 'whoami', '--json'], { env: environmentFor(config), stdio: 'ignore' });

test.for([
  ['two processes renew once', 0, 1],
  ['an answer that was lost costs no sign-in', 2, 3],
] as const)('%s, and the newest refresh token is kept', async ([, lose, renewals], { expect }) => {
  const { config, login } = await people.invite(`renew-${lose}@example.com`);
  expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
  const before = stored(config).profiles.default.refresh_token;
  const proxy = await startProxy(lose);
  try {
    changeSession(config, { ...ended, cognito_endpoint: proxy.url });
    const children = [startWhoami(config), startWhoami(config)];
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(codes.map(([code]) => code)).toEqual([0, 0]);
    expect(proxy.seen.renewals).toBe(renewals);
    expect(stored(config).profiles.default.refresh_token).not.toBe(before);
    // What is kept is good for the next one.
    changeSession(config, ended);
    const next = startWhoami(config);
    expect(await once(next, 'exit')).toEqual([0, null]);
    expect(proxy.seen.renewals).toBe(renewals + 1);
  } finally {
    proxy.close();
  }
});

test('logout ends this one, logout --all those of every machine', async ({ expect }) => {
  const { config: first, login } = await people.invite('many@example.com');
  const [second, third] = [people.machine(), people.machine()];
  for (const config of [first, second, third]) {
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
  }
  const [one, two] = [first, second].map((config) => stored(config).profiles.default.refresh_token);
  const renew = (RefreshToken: string) =>
    people.cognito.send(new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId: people.dev.client_id }));
  expect(runPiped(['logout'], first).status).toBe(0);
  await expect(renew(one)).rejects.toThrow(/revoked/);
  expect(runPiped(['mfa', 'status'], second).status).toBe(0);
  expect(runPiped(['logout', '--all'], third).status).toBe(0);
  await expect(renew(two)).rejects.toThrow(/revoked/);
  expect(runPiped(['mfa', 'status'], second).status).toBe(4);
  changeSession(second, ended);
  expect(runPiped(['whoami'], second)).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('pennyworth login'),
  });
  expect(runPiped(['logout', '--all'], second).status).toBe(4);
  expect(runPiped(['logout'], second).status).toBe(0);
});
