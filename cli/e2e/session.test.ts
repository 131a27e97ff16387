import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AdminCreateUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { inTerminal, runPiped } from '../testing/built-program.ts';

const esc = '\u001b';

let stack: LocalStack;
const configDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-session-'));
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack.stop();
  rmSync(configDir, { recursive: true, force: true });
});

const piped = (args: readonly string[], input = '', config = configDir) => runPiped(args, config, input);

test('piped: sign in, make a key, chat, see the cost; only results on stdout and never an escape', ({ expect }) => {
  const { url, user } = stack.dev;
  const login = piped(['login', url, '--username', user.email, '--password-stdin'], user.password);
  expect(login).toMatchObject({ status: 0, stdout: '' });
  const created = piped(['keys', 'create', 'piped']);
  expect(created.status).toBe(0);
  expect(created.stdout).toMatch(/^pnw_[A-Za-z0-9]{73}\n$/);
  const chat = piped(['chat', '-m', stack.dev.model], 'What is a gateway?');
  expect(chat).toMatchObject({ status: 0, stdout: expect.stringContaining('This is a simulated answer') });
  const usage = piped(['usage', '--month', '--json']);
  const report = JSON.parse(usage.stdout);
  expect(report.rows).toEqual([expect.objectContaining({ group: stack.dev.model, requests: 1 })]);
  expect(report.total.cost_nano_usd).toBe(report.rows[0].cost_nano_usd);
  const listed = piped(['keys', 'list']);
  expect(listed.stdout.split('\n')[0]?.split('\t').length).toBeGreaterThan(5);
  for (const { stdout, stderr } of [login, created, chat, usage, listed]) expect(stdout + stderr).not.toContain(esc);
});

test('piped failures have their exit codes, a next step, and no stack trace', ({ expect }) => {
  const empty = mkdtempSync(path.join(tmpdir(), 'pennyworth-empty-'));
  const { url, user } = stack.dev;
  const cases = [
    { args: ['keys', 'lsit'], status: 2 },
    { args: ['login', 'not a url'], status: 3 },
    { args: ['whoami'], status: 3, config: empty },
    { args: ['login', url, '--username', user.email, '--password-stdin'], input: 'wrong', status: 4, config: empty },
    { args: ['keys', 'show', 'key_000000000000'], status: 6 },
    { args: ['chat', '-m', 'no-such-model', 'hi'], status: 6 },
    { args: ['models', 'list', '--timeout', '0'], status: 2 },
  ];
  for (const { args, status, input = '', config = configDir } of cases) {
    const outcome = piped(args, input, config);
    expect([3, 4].includes(status) ? [3, 4] : [status], `${args.join(' ')}: ${outcome.stderr}`).toContain(
      outcome.status,
    );
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toMatch(/^Error: /m);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
    expect(outcome.stderr).not.toContain(esc);
  }
  rmSync(empty, { recursive: true, force: true });
});

test('a key revoked in one terminal is refused in the other on its next call', async ({ expect }) => {
  const key = piped(['keys', 'create', 'shared', '-q']).stdout.trim();
  const client = new OpenAI({ baseURL: `${stack.dev.url}/v1`, apiKey: key, maxRetries: 0 });
  const ask = () =>
    client.chat.completions.create({ model: stack.dev.model, messages: [{ role: 'user', content: 'Hi' }] });
  await ask();
  expect(piped(['keys', 'revoke', 'shared', '--yes']).status).toBe(0);
  await expect(ask()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

// `script` is part of util-linux; other systems spell it otherwise.
describe.runIf(process.platform === 'linux')('in a terminal', () => {
  const config = mkdtempSync(path.join(tmpdir(), 'pennyworth-terminal-'));
  afterAll(() => rmSync(config, { recursive: true, force: true }));

  test('a new person signs in by prompts, chooses a password, makes a key, chats and sees a table', async ({
    expect,
  }) => {
    const { url, endpoints, region, user_pool_id: UserPoolId, model } = stack.dev;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const endpoint = endpoints['cognito_identity_provider'] ?? '';
    const cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials });
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: crypto.randomUUID(),
        TemporaryPassword: 'Temporary-1',
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: 'new@example.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    cognito.destroy();
    const answers = [
      ['E-mail or username:', 'new@example.com\r'],
      ['Password:', 'Temporary-1\r'],
      ['New password:', 'Chosen-by-me-2\r'],
      ['New password again:', 'Chosen-by-me-2\r'],
    ] as const;
    const login = await inTerminal(['login', url], config, answers);
    expect(login, login.screen).toMatchObject({
      status: 0,
      screen: expect.stringContaining('Signed in as new@example.com'),
    });
    expect(login.screen).not.toContain('Chosen-by-me-2');
    expect(login.screen).not.toContain('Temporary-1');
    const created = await inTerminal(['keys', 'create', 'terminal'], config);
    expect(created, created.screen).toMatchObject({ status: 0, screen: expect.stringMatching(/pnw_[A-Za-z0-9]{73}/) });
    const chat = await inTerminal(['chat', '-m', model, 'Hello'], config);
    expect(chat, chat.screen).toMatchObject({ status: 0, screen: expect.stringContaining('simulated answer') });
    const repl = await inTerminal(['chat', '-m', model], config, [
      ['/help', 'Hello\r'],
      ['small pieces', '/exit\r'],
    ]);
    expect(repl, repl.screen).toMatchObject({ status: 0, screen: expect.stringContaining('simulated answer') });
    const usage = await inTerminal(['usage', '--month'], config);
    expect(usage, usage.screen).toMatchObject({ status: 0, screen: expect.stringContaining(model) });
    expect(usage.screen).toContain('TOTAL');
  });
});
