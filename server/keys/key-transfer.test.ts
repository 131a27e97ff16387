import { AdminUpdateUserAttributesCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeEach, describe, test } from 'vitest';
import { type ExportedKey, ImportKeys } from '../../shared/api/key-transfer.ts';
import type { Key } from '../../shared/api/keys.ts';
import { slotCount } from '../../shared/api-key.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { slotAttribute } from '../people/slots.ts';
import { signedIn, startPeople } from '../people/test-people.ts';
import { FaultPoints } from './fault-points.ts';
import { bearer, Deployment, type Instance, outcomeOf } from './test-deployment.ts';

// A pool that lost its keys stands for the pool that they move to: usernames and root secret are the same in both.

let deployment: Deployment;
let instance: Instance;
let admin: Caller & { readonly username: string };
let ann: Caller & { readonly username: string };
let keys: Key[];

beforeEach(async () => {
  await deployment?.close();
  deployment = await Deployment.start();
  instance = deployment.startInstance();
  admin = await newCaller(['admin']);
  ann = await newCaller();
  keys = [];
  for (const name of ['first', 'second', 'third'])
    keys.push(await instance.keys.create(ann, { name, ...(name === 'third' && { mcp_tools: ['github__*'] }) }));
  await instance.keys.revoke(ann, keys[1]?.id ?? '');
});
afterAll(() => deployment.close());

const newCaller = (groups: readonly string[] = []) => signedIn(deployment, instance, groups);

/** Every row, of one person. */
async function exported(): Promise<ExportedKey[]> {
  const rows: ExportedKey[] = [];
  let cursor: string | undefined;
  do {
    const query = { include_hashes: 'true', limit: 2, ...(cursor && { cursor }) } as const;
    const { data, next } = await instance.keyTransfer.exportKeys(admin, query);
    rows.push(...data);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

async function loseKeys(): Promise<void> {
  const UserAttributes = Array.from({ length: slotCount }, (_, index) => ({
    Name: slotAttribute(index + 1),
    Value: '',
  }));
  const who = { UserPoolId: deployment.userPoolId, Username: ann.username };
  await deployment.admin.send(new AdminUpdateUserAttributesCommand({ ...who, UserAttributes }));
  await instance.balances.bumpGeneration(ann.username);
  instance.people.forget(ann.username);
}

const outcomesOf = async (work: Promise<{ data: readonly { outcome: string }[] }>) =>
  (await work).data.map(({ outcome }) => outcome);
const works = (key: Key | undefined) => outcomeOf(deployment.startInstance().authenticate(bearer(key?.key ?? '')));

describe('what was exported', () => {
  test('works again where it is imported, revoked keys stay revoked', async ({ expect }) => {
    const rows = await exported();
    const before = (await instance.keys.list(ann, {})).data;
    await loseKeys();
    expect(await works(keys[0])).toBe('401 invalid_api_key');
    const { importKeys } = instance.keyTransfer;
    expect(await outcomesOf(importKeys(admin, { keys: rows, dry_run: true }))).toEqual(rows.map(() => 'would_import'));
    expect((await instance.keys.list(ann, {})).data).toEqual([]);
    expect(await outcomesOf(importKeys(admin, { keys: rows }))).toEqual(rows.map(() => 'imported'));
    expect((await instance.keys.list(ann, {})).data).toEqual(before);
    expect([await works(keys[0]), await works(keys[1]), await works(keys[2])]).toEqual(['ok', '401 key_revoked', 'ok']);
    expect(await outcomesOf(importKeys(admin, { keys: rows }))).toEqual(rows.map(() => 'unchanged'));
  });

  test('goes to nobody who is an administrator no more, also where an instance does not know yet', async ({
    expect,
  }) => {
    const { options } = startPeople(deployment, deployment.startInstance());
    await options.admin.removeFromGroup(admin.username, 'admin');
    for (const query of [{}, { include_hashes: 'true' } as const]) {
      expect(await outcomeOf(instance.keyTransfer.exportKeys(admin, query))).toBe('403 forbidden');
    }
  });

  test('has hashes only if asked for, then in the trail, and never a plaintext', async ({ expect }) => {
    const plain = await instance.keyTransfer.exportKeys(admin, {});
    expect(plain.data.map(({ name, status, hash }) => [name, status, hash])).toEqual([
      ['first', 'active', undefined],
      ['second', 'revoked', undefined],
      ['third', 'active', undefined],
    ]);
    const audit = async () => (await deployment.trail()).filter(({ action }) => action === 'key.export');
    expect(await audit()).toEqual([]);
    const rows = await exported();
    expect(rows.map(({ hash }) => hash !== undefined)).toEqual([true, false, true]);
    expect((await audit()).length).toBeGreaterThan(0);
    for (const { key = 'none' } of keys) expect(JSON.stringify(rows)).not.toContain(key.slice(28, 71));
  });

  test('a key that has taken the place of another cannot be lost by the next rotation', async ({ expect }) => {
    const made = await instance.keys.rotate(ann, keys[0]?.id ?? '', { overlap: '1h' });
    const rows = (await exported()).filter(({ id }) => id === made.id);
    await instance.keys.revoke(ann, made.id);
    await loseKeys();
    await instance.keyTransfer.importKeys(admin, { keys: rows.map((row) => ({ ...row, status: 'active' as const })) });
    const next = await instance.keys.rotate(ann, made.id, { overlap: '1h' });
    expect([await works(made), await works(next)]).toEqual(['ok', 'ok']);
  });
});

describe('an import', () => {
  const change = (row: ExportedKey | undefined, part: Partial<ExportedKey>): ExportedKey => {
    if (!row) throw new Error('there are three rows');
    return { ...row, ...part };
  };

  test('under another root secret is refused by name, the good rows too', async ({ expect }) => {
    const rows = await exported();
    await loseKeys();
    const wrong = [...rows.slice(0, 2), change(rows[2], { pepper_id: '00000000' })];
    await expect(instance.keyTransfer.importKeys(admin, { keys: wrong, on_conflict: 'skip' })).rejects.toMatchObject({
      status: 400,
      code: 'pepper_mismatch',
      param: 'keys[2].pepper_id',
      message: expect.stringContaining('00000000'),
    });
    expect((await instance.keys.list(ann, {})).data).toEqual([]);
  });

  test.for([
    ['whose person is not here', { user_id: '00000000-0000-4000-8000-000000000000' }, 'no_such_person'],
    ['whose slot holds another key', { id: 'key_aaaaaaaaaaaa' }, 'slot_taken'],
    ['that was changed here since', { name: 'older' }, 'key_differs'],
    ['that is in another slot here', { slot: 9 }, 'key_differs'],
  ] as const)('of a row %s: all is refused, or the row is left out', async ([_, part, code], { expect }) => {
    const [first, , third] = await exported();
    const rows = [change(first, {}), change(third, part)];
    const { importKeys } = instance.keyTransfer;
    await expect(importKeys(admin, { keys: rows })).rejects.toMatchObject({
      status: 409,
      code: 'import_conflict',
      message: expect.stringMatching(/^keys\[1\]: .*"on_conflict": "skip"/),
    });
    const { data } = await importKeys(admin, { keys: rows, on_conflict: 'skip' });
    expect(data.map(({ outcome, code: why }) => [outcome, why])).toEqual([
      ['unchanged', null],
      ['skipped', code],
    ]);
    expect([await works(keys[0]), await works(keys[2])]).toEqual(['ok', 'ok']);
  });

  test('never wakes a key that was revoked here', async ({ expect }) => {
    const rows = await exported();
    await instance.keys.revoke(ann, keys[0]?.id ?? '');
    await instance.keyTransfer.importKeys(admin, { keys: rows, on_conflict: 'skip' });
    expect(await works(keys[0])).toBe('401 key_revoked');
  });

  test.for([
    ['the same row twice', (row: ExportedKey) => [row, row], 'keys[1]'],
    ['an active key without its hash', ({ hash: _, ...row }: ExportedKey) => [row], 'keys[0].hash'],
  ] as const)('with %s is refused', async ([_, rowsOf, param], { expect }) => {
    const [first] = await exported();
    if (!first) throw new Error('there are three rows');
    await expect(instance.keyTransfer.importKeys(admin, { keys: rowsOf(first) })).rejects.toMatchObject({
      status: 400,
      param,
    });
  });

  test.for([
    ['id', 'key_'],
    ['id', 'key_aaaaaaaaaaa '],
    ['name', 'a\u001b[2J'],
    ['last4', '\u001b[2J'],
    ['team', 'no team'],
    ['models', ['a\u0007']],
    ['models', []],
    ['scopes', []],
    ['rotated_to', 'key_1\n'],
    ['rotated_first', 'key_1'],
  ] as const)('with %s %j is refused by name, as where a key is made', async ([field, value], { expect }) => {
    const [row] = await exported();
    const parsed = ImportKeys.safeParse({ keys: [{ ...row, [field]: value }] });
    expect(parsed.error?.issues[0]?.path.slice(0, 3)).toEqual(['keys', 0, field]);
    expect(ImportKeys.safeParse({ keys: [row] }).success).toBe(true);
  });

  test.for([
    ['team', 'auditor'],
    ['created_at', '9999-12-31T23:59:59.000Z'],
    ['created_at', '0001-01-01T00:00:00.000Z'],
    ['expires_at', '9999-12-31T23:59:59.000Z'],
  ] as const)('with %s %s is refused by name', async ([field, value], { expect }) => {
    const [first] = await exported();
    await expect(
      instance.keyTransfer.importKeys(admin, { keys: [change(first, { [field]: value })] }),
    ).rejects.toMatchObject({ status: 400, param: `keys[0].${field}` });
  });

  test('that broke off goes on where it ended', { timeout: 120_000 }, async ({ expect }) => {
    const rows = await exported();
    for (let killAt = 1; ; killAt++) {
      await loseKeys();
      const faults = new FaultPoints(killAt, killAt % 2 === 0 ? 'before' : 'after');
      const { keyTransfer } = deployment.startInstance({ faults });
      if ((await faults.orKilled(keyTransfer.importKeys(admin, { keys: rows }))) !== 'killed') break;
      deployment.clock.advance(10_001);
      const outcomes = await outcomesOf(instance.keyTransfer.importKeys(admin, { keys: rows }));
      expect(outcomes.every((outcome) => ['imported', 'unchanged'].includes(outcome))).toBe(true);
      // All of them put in force, by the first or by the second.
      const { keys: stored = new Map(), generation = 0 } = (await instance.people.read(ann.username)) ?? {};
      expect([...stored.values()].every(({ g }) => g < generation)).toBe(true);
      expect([await works(keys[0]), await works(keys[1]), await works(keys[2])]).toEqual([
        'ok',
        '401 key_revoked',
        'ok',
      ]);
    }
  });
});
