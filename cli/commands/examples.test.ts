import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { loadGroups } from '../program.ts';
import {
  exampleBob,
  exampleEvent,
  exampleGroup,
  exampleKey,
  exampleKeyText,
  exampleMe,
  signInFiles,
} from '../testing/examples.ts';
import { answer, ScriptedGateway } from '../testing/gateway.ts';
import { Terminal } from '../testing/terminal.ts';
import type { GroupSpec } from '../tree.ts';

// Every example in the help of keys, people and trail is a command line that works as it stands.

const gateway = new ScriptedGateway();
const terminal = new Terminal();
const folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-examples-'));
afterAll(async () => {
  await gateway.stop();
  terminal.remove();
  rmSync(folder, { recursive: true, force: true });
});

const exported = {
  v: 1,
  ...{ id: exampleKey.id, name: 'laptop', last4: 'q7Rz', status: 'active', user_id: exampleKey.user_id },
  ...{ email: null, team: null, scopes: ['mcp'], models: ['*'], created_at: exampleKey.created_at, expires_at: null },
  ...{ slot: 1, pepper_id: 'p', rotated_to: null, hash: 'h'.repeat(43) },
};

/** What each answers, by the beginning of `METHOD /path`; the first that fits. */
const answers: readonly (readonly [string, unknown])[] = [
  ['GET /v1/audit', { data: [exampleEvent], next: null }],
  ['GET /v1/me', exampleMe],
  ['GET /v1/keys/export', { data: [exported], next: null }],
  ['POST /v1/keys/import', { data: [], dry_run: true }],
  ['POST /v1/keys/revoke-leaked', { id: exampleKey.id, last4: 'q7Rz', status: 'revoked' }],
  ['GET /v1/keys/', exampleKey],
  ['GET /v1/keys', { data: [exampleKey, { ...exampleKey, id: 'key_000000000002', name: 'ci' }], next: null }],
  ['POST /v1/keys', { ...exampleKey, key: exampleKeyText }],
  ['PATCH /v1/keys', exampleKey],
  ['DELETE /v1/keys', exampleKey],
  ['DELETE /v1/groups/research/users', exampleBob],
  ['DELETE /v1/groups/admin/users', exampleBob],
  ['PUT /v1/groups/research/users', exampleBob],
  ['PUT /v1/groups/auditor/users', exampleBob],
  ['GET /v1/groups/research', exampleGroup],
  ['GET /v1/groups', { data: [exampleGroup], next: null }],
  ['PUT /v1/groups', exampleGroup],
  ['DELETE /v1/groups', { name: 'research', deleted: true }],
  ['DELETE /v1/users', { user_id: exampleBob.user_id, deleted: true, deleted_keys: 1 }],
  ['POST /v1/users', { ...exampleBob, temporary_password: 'Aa1-temporary' }],
  ['PATCH /v1/users', exampleBob],
  ['GET /v1/users/', exampleBob],
];
const somebody = ['ada@example.com', 'bob@example.com', 'nightly-batch'].map((who, index) => ({
  ...exampleBob,
  user_id: exampleBob.user_id.slice(0, -1) + index,
  email: who.includes('@') ? who : null,
  name: who.includes('@') ? null : who,
}));

beforeAll(async () => {
  await gateway.start();
  signInFiles(terminal.folder, gateway.url);
  gateway.fallback = (request, response) => {
    const asked = `${request.method} ${request.path}`;
    // An example that makes a group would find it there already.
    if (asked.startsWith('GET /v1/groups/') && isCreating) return void response.writeHead(404).end('{}');
    if (request.path.includes('follow=true')) setTimeout(() => terminal.interrupt(), 5);
    const known = answers.find(([start]) => asked.startsWith(start));
    const people = {
      data: somebody.filter((one) => !asked.includes('email=') || one.email === emailIn(asked)),
      next: null,
    };
    answer(200, known ? known[1] : people)(request, response);
  };
  writeFileSync(path.join(folder, 'keys.csv'), 'name\na\n');
  writeFileSync(path.join(folder, 'leavers.csv'), `id\n${exampleKey.id}\n`);
  writeFileSync(path.join(folder, 'export.json'), JSON.stringify([exported]));
});

const emailIn = (asked: string) => new URLSearchParams(asked.split('?')[1]).get('email');
let isCreating = false;

function examplesOf(group: GroupSpec): readonly string[] {
  const own = [group, ...group.commands, ...(group.own ? [group.own] : [])];
  return [...own.flatMap(({ examples }) => examples), ...(group.groups ?? []).flatMap(examplesOf)];
}

const wanted = (await loadGroups()).filter(({ name }) => ['keys', 'users', 'groups', 'audit'].includes(name));

test.for([...new Set(wanted.flatMap(examplesOf))])('%s', async (example, { expect }) => {
  const ours = (example.slice(example.indexOf('pennyworth')).split(/ [|<>] /)[0] ?? '').trim();
  const words = (ours.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ''));
  // A file is where the test has put it; what is written there is new each time.
  const isImport = words[1] === 'import';
  const argv = words.map((word, index) => {
    if (words[index - 1] === '-o') return path.join(folder, crypto.randomUUID());
    if (word === '.') return folder;
    if (word === 'keys.json' && isImport) return path.join(folder, 'export.json');
    return /\.csv$/.test(word) ? path.join(folder, word) : word;
  });
  isCreating = words[0] === 'groups' && words[1] === 'create';
  const input = words.includes('--leaked') ? exampleKeyText : '';
  const { code, err } = await terminal.run([...argv, '--yes'], { input });
  expect([code, err]).toEqual([words.includes('--follow') ? 130 : 0, expect.not.stringContaining('unforeseen')]);
});
