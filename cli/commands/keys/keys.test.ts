import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { ExportedKeyList, ImportReport } from '../../../shared/api/key-transfer.ts';
import { Key } from '../../../shared/api/keys.ts';
import { exampleBobInList, exampleKey } from '../../testing/examples.ts';
import { answer, refusal } from '../../testing/gateway.ts';
import { setUpFolder, setUpTerminal } from '../../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();
const inFolder = setUpFolder();

const plaintext = `pnw_${'0'.repeat(23)}1${'A'.repeat(39)}q7Rz${'B'.repeat(6)}`;
const keyPath = `/v1/keys/${exampleKey.id}`;
const sent = () => gateway.received.map(({ method, path: at, body }) => [method, at, body]);

describe('keys create and keys rotate', () => {
  test('make a key for somebody else, for a team', async ({ expect }) => {
    gateway.on('GET /v1/users', answer(200, { data: [exampleBobInList], next: null }));
    gateway.on('POST /v1/keys', answer(201, { ...exampleKey, key: plaintext }));
    await terminal.run(['keys', 'create', 'ci', '--user', 'bob@example.com', '--team', 'research']);
    expect(sent().at(-1)).toEqual([
      'POST',
      '/v1/keys',
      { name: 'ci', team: 'research', user_id: exampleBobInList.user_id },
    ]);
  });

  test.for([
    ['0s', 'which is refused from now on'],
    ['7d', 'which works on for 7d'],
  ] as const)('rotate with an overlap of %s', async ([overlap, words], { expect }) => {
    gateway.on(`POST ${keyPath}/rotate`, answer(201, { ...exampleKey, id: 'key_000000000002', key: plaintext }));
    const argv = ['keys', 'rotate', exampleKey.id, '--overlap', overlap];
    const { out, err } = await terminal.run(argv);
    expect([out, sent()]).toEqual([`${plaintext}\n`, [['POST', `${keyPath}/rotate`, { overlap }]]]);
    expect(err).toContain(`(key_000000000002) in place of ${exampleKey.id}, ${words}`);
    const json = await terminal.run([...argv, '--json']);
    expect(Key.parse(JSON.parse(json.out)).key).toBe(plaintext);
    expect((await terminal.run(argv, { outIsTty: true })).out).toBe(`${plaintext}\n`);
  });

  test.for([
    [['keys', 'create', 'ci'], 'POST /v1/keys'],
    [['keys', 'rotate', exampleKey.id], `POST ${keyPath}/rotate`],
  ] as const)('%j sent twice has nothing to show', async ([argv, route], { expect }) => {
    gateway.on(route, answer(200, exampleKey));
    const { code, out, err } = await terminal.run([...argv, '--idempotency-key', 'once']);
    expect([code, out, err]).toEqual([5, '', expect.stringContaining('--overlap 0s')]);
  });

  test.for([
    ['key_limit', 'revoke one'],
    ['key_rotated', 'the message names'],
    ['key_not_active', 'pennyworth keys create <name>'],
    ['key_update_in_progress', 'try again'],
  ])('leads on after 409 %s', async ([code, hint], { expect }) => {
    gateway.on(`POST ${keyPath}/rotate`, refusal(409, code ?? '', 'No.'));
    expect(await terminal.run(['keys', 'rotate', exampleKey.id])).toMatchObject({
      code: 5,
      err: expect.stringContaining(hint ?? ''),
    });
  });

  test('a conflict that says how long it lasts is waited for', async ({ expect }) => {
    let calls = 0;
    gateway.on(`POST ${keyPath}/rotate`, (request, response) => {
      const busy = refusal(409, 'key_update_in_progress', 'Wait.', { 'retry-after': '0' });
      (++calls < 3 ? busy : answer(201, { ...exampleKey, key: plaintext }))(request, response);
    });
    expect([(await terminal.run(['keys', 'rotate', exampleKey.id])).code, calls]).toEqual([0, 3]);
  });
});

test('keys update sends what is named, and nothing else', async ({ expect }) => {
  gateway.on(`PATCH ${keyPath}`, answer(200, exampleKey));
  const argv = ['keys', 'update', exampleKey.id, '--name', 'n', '--team', 'none', '--expires', '30d', '--scope', 'mcp'];
  expect((await terminal.run(argv)).out).toBe(`${exampleKey.id}\tlaptop\tactive\n`);
  expect(sent()).toEqual([['PATCH', keyPath, { name: 'n', scopes: ['mcp'], expires_in: '30d', team: null }]]);
  expect((await terminal.run(['keys', 'update', exampleKey.id])).err).toContain('there is nothing to change');
});

test('keys update warns of a budget below what is spent', async ({ expect }) => {
  const budget = { period: 'month', limit_usd: '1.000000000', resets_at: null } as const;
  const spent = (spent_usd: string) => answer(200, { ...exampleKey, budgets: [{ ...budget, spent_usd }] });
  gateway.on(`PATCH ${keyPath}`, spent('1.500000000'));
  const lowered = await terminal.run(['keys', 'update', exampleKey.id, '--budget', '1/month']);
  expect([lowered.code, lowered.err]).toEqual([
    0,
    expect.stringContaining('Warning: the budget of $1.000000000/month leaves nothing: $1.500000000 are spent already'),
  ]);
  gateway.on(`PATCH ${keyPath}`, spent('0.999999999'));
  expect((await terminal.run(['keys', 'update', exampleKey.id, '--budget', '1/month'])).err).not.toContain('Warning');
});

describe('keys revoke', () => {
  test('gives its reason', async ({ expect }) => {
    gateway.on(`GET ${keyPath}`, answer(200, exampleKey));
    gateway.on(`DELETE ${keyPath}`, answer(200, { ...exampleKey, status: 'revoked' }));
    expect((await terminal.run(['keys', 'revoke', exampleKey.id, '--reason', 'lost & found', '-y'])).code).toBe(0);
    expect(gateway.received.at(-1)?.path).toBe(`${keyPath}?reason=lost+%26+found`);
  });

  test('--leaked takes texts from stdin and never shows one', async ({ expect }) => {
    gateway.on('POST /v1/keys/revoke-leaked', answer(200, { id: exampleKey.id, last4: 'q7Rz', status: 'revoked' }));
    const other = plaintext.replace('A', 'C');
    const outcome = await terminal.run(['keys', 'revoke', '--leaked', '--debug'], {
      input: `${plaintext}\n${other} ${plaintext}\n`,
    });
    expect([outcome.code, outcome.out]).toEqual([0, `${exampleKey.id}\tq7Rz\trevoked\n`.repeat(2)]);
    expect(outcome.out + outcome.err).not.toMatch(/pnw_[A-Za-z0-9]/);
    expect(sent().map(([, , body]) => body)).toEqual([{ key: plaintext }, { key: other }]);
  });

  test.for([
    ['a key on the command line', [plaintext], '', 'everybody can read'],
    ['a key beside the switch', ['--leaked', exampleKey.id], '', '--leaked takes keys from stdin'],
    ['an empty stdin', ['--leaked'], '', 'there is no key on stdin'],
    ['half a key', ['--leaked'], `${plaintext} ${plaintext.slice(0, 50)}`, 'word 2 on stdin is not'],
    ['nothing', [], '', 'no key is named'],
  ] as const)('refuses %s, and sends nothing', async ([, args, input, message], { expect }) => {
    const { code, err } = await terminal.run(['keys', 'revoke', ...args], { input });
    expect([code, err, sent()]).toEqual([2, expect.stringContaining(message), []]);
    expect(err).not.toMatch(/pnw_[A-Za-z0-9]/);
  });
});

describe('keys list', () => {
  test('is everybody’s with --all, with their owners, in the order asked for', async ({ expect }) => {
    const never = { ...exampleKey, id: 'key_000000000002', last_used_at: null, expires_at: null };
    gateway.on('GET /v1/keys', answer(200, { data: [never, exampleKey], next: null }));
    const argv = ['keys', 'list', '--all', '--sort', 'last-used', '--limit', '1'];
    const { out } = await terminal.run(argv);
    expect(out.trimEnd().split('\t')).toEqual(expect.arrayContaining([exampleKey.id, 'ada@example.com']));
    expect(gateway.received[0]?.path).toBe('/v1/keys?all=true&limit=1000');
    const ids = async (order: string) => (await terminal.run(['keys', 'list', '--sort', order])).out.match(/key_\w+/g);
    expect(await ids('expires')).toEqual([exampleKey.id, never.id]);
    expect((await terminal.run(['keys', 'list', '--sort', 'cost'])).code).toBe(2);
    expect((await terminal.run(['keys', 'list', '--all', '--user', 'x'])).code).toBe(2);
  });
});

describe('keys scan', () => {
  test('finds keys in files and folders, and shows no more than four characters', async ({ expect }) => {
    mkdirSync(inFolder('a/.git'), { recursive: true });
    writeFileSync(inFolder('a/.git/config'), plaintext);
    writeFileSync(inFolder('a/env\u001b[2J'), `A=1\r\nKEY="${plaintext}"\n${plaintext},${plaintext}\n`);
    writeFileSync(inFolder('a/no'), `x${plaintext}\n${plaintext}1\n${plaintext.slice(0, -1)}\n`);
    writeFileSync(inFolder('a/picture'), Buffer.concat([Buffer.from([0x89, 0]), Buffer.from(plaintext)]));
    symlinkSync(inFolder(), inFolder('a/loop'));
    const { code, out, err } = await terminal.run(['keys', 'scan', inFolder()], {
      env: { PENNYWORTH_CONFIG_DIR: '/nowhere' },
    });
    const file = inFolder('a/env');
    expect([code, out]).toEqual([1, [2, 3, 3].map((line) => `${file}:${line}\tq7Rz\n`).join('')]);
    expect(err).toContain('3 keys were found\n  → revoke each at once, by its text: pennyworth keys revoke --leaked');
    const json = await terminal.run(['keys', 'scan', inFolder(), '--json']);
    expect(JSON.parse(json.out).data[0]).toEqual({ path: `${file}\u001b[2J`, line: 2, last4: 'q7Rz' });
    const shown = await terminal.run(['keys', 'scan', inFolder()], { outIsTty: true, columns: 200 });
    for (const text of [out, err, json.out, shown.out]) expect(text).not.toContain('pnw_0');
    expect(shown.out).toContain('pnw_…q7Rz');
    expect(gateway.received).toEqual([]);
  });

  test('finds each key once wherever the pieces of a file end', async ({ expect }) => {
    const pieceSize = 65_536;
    for (const offset of [1, 40, 76, 77, 78, 99, 100, 101, 176, 177, 178]) {
      const before = `${'.'.repeat(pieceSize - offset - 1)}\n`;
      writeFileSync(inFolder('big'), `${before}${plaintext}\n${'.'.repeat(pieceSize)}\n${plaintext}`);
      const { out } = await terminal.run(['keys', 'scan', inFolder('big')]);
      expect([offset, out.match(/:\d+/g)]).toEqual([offset, [':2', ':4']]);
      // A letter before it makes it another word, also where a piece ends between them.
      writeFileSync(inFolder('big'), `${'x'.repeat(pieceSize - offset)}${plaintext}\n`);
      expect((await terminal.run(['keys', 'scan', inFolder('big')])).code).toBe(0);
    }
  });

  test('looks through stdin, is content with nothing, and says what it could not read', async ({ expect }) => {
    const piped = await terminal.run(['keys', 'scan', '-'], { input: `+${plaintext}\n` });
    expect([piped.code, piped.out]).toEqual([1, '(stdin):1\tq7Rz\n']);
    writeFileSync(inFolder('clean'), 'nothing');
    expect(await terminal.run(['keys', 'scan', inFolder()])).toEqual({ code: 0, out: '', err: '' });
    expect((await terminal.run(['keys', 'scan', inFolder('gone')])).code).toBe(2);
    chmodSync(inFolder('clean'), 0);
    // root may read everything.
    if (process.getuid?.() !== 0) {
      expect(await terminal.run(['keys', 'scan', inFolder()])).toMatchObject({
        code: 1,
        err: expect.stringContaining('EACCES'),
      });
    }
  });
});

const exported = {
  v: 1,
  id: exampleKey.id,
  name: 'laptop',
  last4: 'q7Rz',
  status: 'active',
  user_id: exampleKey.user_id,
  email: 'ada@example.com',
  team: null,
  scopes: ['inference'],
  models: ['*'],
  mcp_tools: ['*'],
  created_at: exampleKey.created_at,
  expires_at: null,
  slot: 3,
  pepper_id: 'p1',
  hash: 'h'.repeat(43),
  rotated_first: null,
  rotated_to: null,
};

describe('keys export and keys import', () => {
  test('export writes a file of one’s own, and a list without hashes', async ({ expect }) => {
    gateway.on('GET /v1/keys/export', answer(200, { data: [exported], next: null }));
    const file = inFolder('keys.json');
    const argv = ['keys', 'export', '--include-hashes', '-o', file];
    expect(await terminal.run(argv)).toMatchObject({ code: 0, out: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(ExportedKeyList.parse(JSON.parse(readFileSync(file, 'utf8'))).data).toEqual([exported]);
    expect(gateway.received[0]?.path).toBe('/v1/keys/export?include_hashes=true&limit=1000');
    expect(await terminal.run(argv)).toMatchObject({ code: 2, err: expect.stringContaining('EEXIST') });
    expect((await terminal.run(['keys', 'export', '--include-hashes'])).code).toBe(2);
    expect((await terminal.run(['keys', 'export'])).out).toBe(
      `${exampleKey.id}\tlaptop\tada@example.com\t3\tactive\tp1\n`,
    );
  });

  const rows = (count: number) =>
    Array.from({ length: count }, (_each, index) => ({ ...exported, slot: (index % 40) + 1 }));
  const writeRows = (count: number) =>
    writeFileSync(inFolder('k.json'), JSON.stringify({ data: rows(count), next: null }));

  test('import judges all rows before the first is written', async ({ expect }) => {
    writeRows(150);
    gateway.on('POST /v1/keys/import', (request, response) => {
      const { keys, dry_run } = importRequest(request.body);
      const outcome = dry_run ? 'would_import' : 'imported';
      const data = keys.map(({ id, user_id }) => ({ id, user_id, outcome, code: null, message: null }));
      answer(200, ImportReport.parse({ data, dry_run }))(request, response);
    });
    const dry = await terminal.run(['keys', 'import', inFolder('k.json'), '--dry-run', '--json']);
    expect(JSON.parse(dry.out).data.length).toBe(150);
    expect(gateway.received.map(({ body }) => importRequest(body).dry_run)).toEqual([true, true]);
    gateway.received.length = 0;
    const done = await terminal.run(['keys', 'import', '-'], { input: readFileSync(inFolder('k.json'), 'utf8') });
    expect([done.code, done.out.split('\n')[0]]).toEqual([0, `${exampleKey.id}\t${exampleKey.user_id}\timported\t`]);
    expect(gateway.received.map(({ body }) => importRequest(body).dry_run)).toEqual([true, true, false, false]);
  });

  test('import with a conflict writes nothing unless it may leave rows out', async ({ expect }) => {
    writeRows(1);
    const row = {
      id: exported.id,
      user_id: exported.user_id,
      outcome: 'skipped',
      code: 'slot_taken',
      message: 'Taken.',
    };
    gateway.on('POST /v1/keys/import', answer(200, { data: [row], dry_run: true }));
    const refused = await terminal.run(['keys', 'import', inFolder('k.json')]);
    expect(refused).toMatchObject({
      code: 5,
      out: expect.stringContaining('skipped\tTaken.'),
      err: expect.stringContaining('--on-conflict skip'),
    });
    expect(gateway.received.length).toBe(1);
    expect((await terminal.run(['keys', 'import', inFolder('k.json'), '--on-conflict', 'skip'])).code).toBe(0);
    expect(gateway.received.length).toBe(3);
  });

  test.for([
    ['another root secret', JSON.stringify({ data: [exported] }), 2, 'root secret'],
    [
      'a broken row',
      JSON.stringify([exported, { ...exported, slot: 99 }]),
      2,
      'row 2 of 2 is not an exported key: slot',
    ],
    ['something else', 'pnw_x', 2, 'not an export of keys'],
    ['nothing', '[]', 2, 'has no keys'],
  ] as const)('import refuses %s', async ([, text, code, words], { expect }) => {
    writeFileSync(inFolder('k.json'), text);
    gateway.on('POST /v1/keys/import', refusal(400, 'pepper_mismatch', 'keys[0].pepper_id: another root secret.'));
    const outcome = await terminal.run(['keys', 'import', inFolder('k.json')]);
    expect(outcome).toMatchObject({ code, out: '', err: expect.stringContaining(words) });
  });
});

function importRequest(body: unknown): { keys: { id: string; user_id: string }[]; dry_run: boolean } {
  return Object(body);
}
