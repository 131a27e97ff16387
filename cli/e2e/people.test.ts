import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import * as z from 'zod/mini';
import { AuditEvent, AuditList } from '../../shared/api/audit.ts';
import { Group } from '../../shared/api/groups.ts';
import { ExportedKeyList, ImportedRow } from '../../shared/api/key-transfer.ts';
import { Key, KeyList } from '../../shared/api/keys.ts';
import { User } from '../../shared/api/users.ts';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { readCsv } from '../bulk/read-csv.ts';
import { environmentFor, inTerminal, program, runPiped } from '../testing/built-program.ts';
import { LocalPeople } from '../testing/local-people.ts';

// People, keys and the trail with the built command against the local stack: an admin with a second factor, and those
// whom they invite.

const newPassword = 'Chosen-by-me-7';
let people: LocalPeople;
let admin: string;
beforeAll(async () => {
  people = await LocalPeople.start();
  const { admin: chief, url } = people.dev;
  admin = people.machine();
  // The code of this step may have been used to set the app up.
  const code = totpCode(chief.totp_secret ?? '', totpStep(Date.now()) + 1);
  const switches = ['--password-stdin', '--mfa-code', '-'];
  const login = runPiped(['login', url, '--username', chief.email, ...switches], admin, `${chief.password}\n${code}\n`);
  if (login.status !== 0) throw new Error(login.stderr);
}, 60_000);
afterAll(() => people.stop());

/** The command of one person; whatever it prints must have no escape, and no key but where one is made. */
function ok(config: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = runPiped(args, config, input);
  if (status !== 0 || `${stdout}${stderr}`.includes('\u001b'))
    throw new Error(`${args.join(' ')}: ${status} ${stderr}`);
  return stdout;
}
const asAdmin = (...args: string[]) => ok(admin, args);
const json = (...args: string[]): unknown => JSON.parse(asAdmin(...args, '--json'));

function chat(apiKey: string): Promise<unknown> {
  const client = new OpenAI({ baseURL: `${people.dev.url}/v1`, apiKey, maxRetries: 0 });
  return client.chat.completions.create({ model: people.dev.model, messages: [{ role: 'user', content: 'Hi' }] });
}

/** Invites somebody without an e-mail, who then signs in on a machine of their own. */
function invite(email: string, ...args: string[]): string {
  const temporary = asAdmin('users', 'create', email, '--no-invite', ...args).trim();
  const config = people.machine();
  const switches = ['--password-stdin', '--new-password-stdin'];
  ok(config, ['login', people.dev.url, '--username', email, ...switches], `${temporary}\n${newPassword}\n`);
  return config;
}

test('from an invitation to a disabled person: keys, team, policy, rotation, all of it in the trail', async ({
  expect,
}) => {
  const followed = follow();
  expect(asAdmin('groups', 'create', 'research', '--models', '*')).toBe('research\tteam\n');
  const ann = invite('ann@example.com', '--groups', 'research');
  const first = ok(ann, ['keys', 'create', 'laptop', '--team', 'research', '-q']).trim();
  await chat(first);
  const key = Key.parse(JSON.parse(ok(ann, ['keys', 'show', 'laptop', '--json'])));
  expect([key.team, key.email]).toEqual(['research', 'ann@example.com']);
  const second = ok(ann, ['keys', 'rotate', 'laptop', '--overlap', '1h', '-q']).trim();
  await Promise.all([chat(first), chat(second)]);
  expect(ok(ann, ['keys', 'update', key.id, '--name', 'old-laptop'])).toBe(`${key.id}\told-laptop\tactive\n`);

  expect(User.parse(json('users', 'show', 'ann@example.com'))).toMatchObject({ groups: ['research'], active_keys: 2 });
  const policy = Group.parse(json('groups', 'policy', 'research', '--models', 'no-such-model'));
  expect(policy.policy?.models).toEqual(['no-such-model']);
  await expect(chat(second)).rejects.toMatchObject({ status: 403, code: 'model_not_allowed' });
  asAdmin('users', 'policy', 'set', 'ann@example.com', '--models', '*');
  await chat(second);
  asAdmin('users', 'policy', 'set', 'ann@example.com', '--budget', '0.000000001/day');
  await expect(chat(second)).rejects.toMatchObject({ status: 402 });
  expect(asAdmin('users', 'policy', 'set', 'ann@example.com', '--budget', 'none')).toContain('Own policy\t*\n');
  await chat(second);

  expect(asAdmin('users', 'disable', 'ann@example.com', '--yes')).toContain('\tann@example.com\tdisabled\t');
  await expect(chat(second)).rejects.toMatchObject({ status: 401 });
  const refused = runPiped(
    ['login', people.dev.url, '--username', 'ann@example.com', '--password-stdin'],
    ann,
    newPassword,
  );
  expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining('this account is disabled') });
  asAdmin('users', 'enable', 'ann@example.com');
  await chat(second);
  expect(ok(ann, ['keys', 'revoke', '--leaked'], `${first}\n${second}\n`).split('\n').length).toBe(3);
  await expect(chat(second)).rejects.toMatchObject({ status: 401 });

  const actions = AuditList.parse(json('audit', '--target', key.id)).data.map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(['key.create', 'key.update']));
  expect(AuditList.parse(JSON.parse(ok(ann, ['keys', 'audit', '--json']))).data.length).toBeGreaterThan(3);
  const seen = await followed.until((event) => event.action === 'user.enable');
  expect(seen.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['group.create', 'user.create', 'key.create', 'key.rotate', 'group.update', 'user.disable']),
  );
  expect(JSON.stringify(seen)).not.toMatch(/pnw_[A-Za-z0-9]{73}/);
  expect(await followed.stop()).toBe(130);
}, 90_000);

/** `audit --follow --json` as a program that reads it. */
function follow() {
  const child = spawn(process.execPath, [program, 'audit', '--follow', '--since', '1h', '--json'], {
    env: environmentFor(admin),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const events = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => AuditEvent.parse(JSON.parse(line)));
  return {
    async until(isWanted: (event: AuditEvent) => boolean): Promise<AuditEvent[]> {
      for (let tries = 0; !events().some(isWanted) && tries < 300; tries++) await once(child.stdout, 'data');
      return events();
    },
    async stop(): Promise<unknown> {
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      return code;
    },
  };
}

test('many keys are made, exported, imported and revoked at once', async ({ expect }) => {
  for (const name of ['build-a', 'build-b']) asAdmin('users', 'create', '--service', name);
  const csv = path.join(people.machine(), 'in.csv');
  const out = path.join(people.machine(), 'out.csv');
  writeFileSync(csv, 'name,user,expires\none,build-a,30d\ntwo,build-b,never\nthree,build-a,\n');
  const told = asAdmin('keys', 'bulk', 'create', csv);
  expect(told.match(/would_create/g)).toHaveLength(3);
  const done = asAdmin('keys', 'bulk', 'create', csv, '--apply', '-o', out);
  expect(done.match(/\tcreated\t/g)).toHaveLength(3);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const made = readCsv(readFileSync(out, 'utf8')).records.map(({ cells }) => cells);
  for (const { key = '' } of made) await chat(key);

  const file = path.join(people.machine(), 'keys.json');
  asAdmin('keys', 'export', '--include-hashes', '-o', file);
  const exported = ExportedKeyList.parse(JSON.parse(readFileSync(file, 'utf8'))).data;
  expect(exported.map(({ id }) => id)).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
  const rows = z.array(ImportedRow).parse(Object(json('keys', 'import', file)).data);
  expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
  const foreign = JSON.stringify(exported.map((row) => ({ ...row, pepper_id: 'another' })));
  expect(runPiped(['keys', 'import', '-'], admin, foreign)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('root secret'),
  });

  expect(runPiped(['keys', 'scan', out], admin)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/out\.csv:2\t/),
  });
  const ids = asAdmin('keys', 'list', '--user', 'build-a', '--csv');
  const revoked = runPiped(['keys', 'bulk', 'revoke', '-', '--user', 'build-a', '--apply', '--yes'], admin, ids);
  expect(revoked.stdout.match(/\trevoked\t/g)).toHaveLength(2);
  // In the order in which they were made, four at a time.
  const first = made.find(({ name }) => name === 'one')?.['key'] ?? '';
  await expect(chat(first)).rejects.toMatchObject({ status: 401 });
}, 90_000);

test('a run of many that is killed goes on: one working key a line, and its text', async ({ expect }) => {
  const owners = ['kill-a', 'kill-b', 'kill-c', 'kill-d'];
  for (const name of owners) asAdmin('users', 'create', '--service', name);
  const folder = people.machine();
  const csv = path.join(folder, 'in.csv');
  const out = path.join(folder, 'out.csv');
  const lines = Array.from({ length: 80 }, (_each, index) => `${owners[index % 4]}-${index},${owners[index % 4]}\n`);
  writeFileSync(csv, `name,user\n${lines.join('')}`);
  const apply = ['keys', 'bulk', 'create', csv, '--apply', '-o', out];
  const made = () => (existsSync(out) ? readCsv(readFileSync(out, 'utf8')).records.map(({ cells }) => cells) : []);
  for (const enough of [3, 30]) {
    const child = spawn(process.execPath, [program, ...apply], { env: environmentFor(admin), stdio: 'ignore' });
    const killed = once(child, 'exit');
    for (let looks = 0; made().length < enough && looks < 2_000; looks++) await sleep(5);
    child.kill('SIGKILL');
    await killed;
  }
  expect(made().length).toBeLessThan(80);
  expect(ok(admin, apply).match(/\tcreated(?:_before)?\t/g)).toHaveLength(80);
  const active = owners.flatMap(
    (name) => KeyList.parse(json('keys', 'list', '--user', name, '--status', 'active')).data,
  );
  expect(active.map(({ id }) => id).toSorted()).toEqual(
    made()
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(new Set(active.map(({ name }) => name)).size).toBe(80);
  const headers = made().map(({ key }) => ({ authorization: `Bearer ${key}` }));
  const answers = await Promise.all(
    headers.slice(-8).map((one) => fetch(`${people.dev.url}/v1/models`, { headers: one })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
}, 120_000);

test('who may not is told so, and what nobody may', ({ expect }) => {
  const { user, url, admin: chief } = people.dev;
  const plain = people.machine();
  ok(plain, ['login', url, '--username', user.email, '--password-stdin'], user.password);
  for (const args of [
    ['users', 'list'],
    ['groups', 'list'],
    ['keys', 'list', '--all'],
    ['keys', 'export'],
    ['users', 'create', 'x@example.com'],
  ]) {
    const { status, stdout, stderr } = runPiped(args, plain);
    expect([args, status, stdout]).toEqual([args, 5, '']);
    expect(stderr).toMatch(/^Error: .*\n.*\n {2}→ .+\n$/);
  }
  const last = { status: 5, stderr: expect.stringContaining('make another person an admin first') };
  expect(runPiped(['users', 'disable', chief.email, '--yes'], admin)).toMatchObject(last);
  expect(runPiped(['users', 'groups', 'remove', chief.email, 'admin'], admin)).toMatchObject(last);
  const taken = runPiped(['users', 'create', user.email], admin);
  expect(taken).toMatchObject({ status: 5, stderr: expect.stringContaining('users show <e-mail>') });
}, 60_000);

// `script` is part of util-linux; other systems spell it otherwise.
describe.runIf(process.platform === 'linux')('in a terminal', () => {
  test('what cannot be undone asks for a yes, the e-mail or the number', async ({ expect }) => {
    invite('eve@example.com');
    asAdmin('keys', 'create', 'hers', '--user', 'eve@example.com', '-q');
    const kept = await inTerminal(['users', 'disable', 'eve@example.com'], admin, [
      ['1 active key stop working', 'n\r'],
    ]);
    expect(kept, kept.screen).toMatchObject({ status: 130, screen: expect.stringContaining('nothing was changed') });
    const list = await inTerminal(['keys', 'list', '--user', 'eve@example.com'], admin, [], { columns: 160 });
    expect(list.screen).toMatch(/ID +NAME +KEY +STATUS/);
    const csv = path.join(people.machine(), 'hers.csv');
    writeFileSync(csv, asAdmin('keys', 'list', '--user', 'eve@example.com', '--csv'));
    const argv = ['keys', 'bulk', 'revoke', csv, '--user', 'eve@example.com', '--apply'];
    const revoked = await inTerminal(argv, admin, [['Revoke 1 keys?', '1\r']]);
    expect(revoked, revoked.screen).toMatchObject({ status: 0, screen: expect.stringContaining('revoked') });
    const wrong = await inTerminal(['users', 'delete', 'eve@example.com'], admin, [['Type eve@example.com', 'eve\r']]);
    expect(wrong, wrong.screen).toMatchObject({ status: 130 });
    const gone = await inTerminal(['users', 'delete', 'eve@example.com'], admin, [
      ['Type eve@example.com', 'eve@example.com\r'],
    ]);
    expect(gone, gone.screen).toMatchObject({ status: 0, screen: expect.stringContaining('Deleted eve@example.com') });
    expect(runPiped(['users', 'show', 'eve@example.com'], admin).status).toBe(6);
  }, 90_000);

  test('the trail and its following are for eyes there', async ({ expect }) => {
    const shown = await inTerminal(['audit', '--action', 'user'], admin, [], { columns: 160 });
    expect(shown.screen).toMatch(/TIME +ACTION +ACTOR +TARGET +IP +DETAIL/);
    const argv = ['audit', '--follow', '--since', '1h'];
    const followed = await inTerminal(argv, admin, [['user.create', '\u0003']]);
    expect(followed, followed.screen).toMatchObject({ status: 130, screen: expect.stringContaining(' by ') });
  }, 60_000);
});
