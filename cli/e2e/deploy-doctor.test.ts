import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import * as z from 'zod/mini';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { createCertificate } from '../testing/certificate.ts';

const program = path.join(path.dirname(path.dirname(import.meta.dirname)), 'bin', 'pennyworth.js');
const config = mkdtempSync(path.join(tmpdir(), 'pennyworth-doctor-'));
let stack: LocalStack;

/** Runs the built command with pipes; stdout may be watched while it runs. */
function start(args: readonly string[], input = '', more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, PENNYWORTH_CONFIG_DIR: config, CI: '', ...more };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => ({ code, out, err }));
  return { child, ended };
}

const KeyNames = z.object({ data: z.array(z.object({ name: z.string(), status: z.string() })) });
async function doctorKeys() {
  const { out } = await start(['keys', 'list', '--json']).ended;
  return KeyNames.parse(JSON.parse(out)).data.filter(({ name }) => name.startsWith('doctor-'));
}

beforeAll(async () => {
  stack = await startStack();
  const { url, user } = stack.dev;
  const login = ['login', url, '--username', user.email, '--password-stdin'];
  await start(login, user.password).ended;
});
afterAll(async () => {
  await stack.stop();
  rmSync(config, { recursive: true, force: true });
});

const names = [
  ...['reachable', 'tls', 'hello', 'version', 'error-openai', 'error-anthropic', 'error-path', 'cors'],
  ...['sign-in', 'whoami', 'model', 'key', 'chat', 'cost', 'stream', 'messages', 'responses', 'ledger'],
  ...['revoke', 'refused'],
];

test('piped: every check is one line, the cost is told, and no key is left', async ({ expect }) => {
  const { code, out, err } = await start(['deploy', 'doctor']).ended;
  const rows = out.replace(/\n$/, '').split('\n');
  const table = rows.map((row) => row.split('\t'));
  expect(table.map(([name, status]) => `${name} ${status}`)).toEqual(names.map((name) => `${name} ok`));
  expect(table.every((cells) => cells.length === 4)).toBe(true);
  expect(err).toMatch(/^These calls cost \$0\.0\d+\.\n$/);
  expect(code).toBe(0);
  expect(out + err).not.toMatch(/\p{Cc}(?<![\n\t])/u);
  expect(await doctorKeys()).toEqual([expect.objectContaining({ status: 'revoked' })]);
});

test('--json: one object with what was measured and what it cost, and nothing secret', async ({ expect }) => {
  const { code, out, err } = await start(['deploy', 'doctor', stack.dev.url, '-m', stack.dev.model, '--json']).ended;
  expect([code, err]).toEqual([0, '']);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ url: stack.dev.url, ok: true, cost_usd: expect.stringMatching(/^0\.\d{9}$/) });
  expect(report.cost_nano_usd).toBeGreaterThan(0);
  const byName = new Map<string, unknown>(report.checks.map((check: { name: string }) => [check.name, check]));
  expect([...byName.keys()]).toEqual(names);
  expect(byName.get('stream')).toMatchObject({ details: { reads: expect.any(Number), spread_ms: expect.any(Number) } });
  expect(byName.get('model')).toMatchObject({ details: { model: stack.dev.model } });
  expect(out).not.toMatch(/pnw_[A-Za-z0-9]{5}/);
  const { profiles } = JSON.parse(readFileSync(path.join(config, 'credentials.json'), 'utf8'));
  expect(out).not.toContain(profiles.default.access_token);
});

test('--no-spend makes no call and says so', async ({ expect }) => {
  const { code, out } = await start(['deploy', 'doctor', '--no-spend', '--json']).ended;
  const report = JSON.parse(out);
  const skipped = report.checks.filter(({ status }: { status: string }) => status === 'skipped');
  expect([code, report.cost_nano_usd]).toEqual([0, 0]);
  expect(skipped.map(({ name }: { name: string }) => name)).toEqual(names.slice(12, 18));
});

test('Ctrl-C in the middle of an answer ends with 130, and the key is revoked', async ({ expect }) => {
  const { child, ended } = start(['deploy', 'doctor']);
  child.stdout.on('data', (text: string) => {
    if (/^cost\t/m.test(text)) child.kill('SIGINT');
  });
  const { code, out, err } = await ended;
  expect([code, out]).toEqual([130, expect.not.stringContaining('stream\t')]);
  expect(err).toMatch(/^The key "doctor-.*" is revoked\.\nError: stopped before the last check\n$/);
  expect((await doctorKeys()).map(({ status }) => status)).not.toContain('active');
});

test('a certificate that is trusted and soon ends is a warning; what answers behind it is no gateway', async ({
  expect,
}) => {
  const certificate = createCertificate(9);
  const file = path.join(config, 'authority.pem');
  writeFileSync(file, certificate.cert);
  const server = createServer(certificate, (_request, response) =>
    response.writeHead(403).end('{"message":"Forbidden"}'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const url = `https://127.0.0.1:${port}`;
  const { code, out } = await start(['deploy', 'doctor', url, '--json'], '', { NODE_EXTRA_CA_CERTS: file }).ended;
  server.closeAllConnections();
  server.close();
  expect([code, JSON.parse(out).checks.slice(1, 3)]).toEqual([
    1,
    [
      expect.objectContaining({ name: 'tls', status: 'warning', message: expect.stringMatching(/for [89] more days/) }),
      expect.objectContaining({ name: 'hello', status: 'failed', next: expect.stringContaining('ApiUrl') }),
    ],
  ]);
});
