import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, test } from 'vitest';
import { readCsv } from '../../../bulk/read-csv.ts';
import { exampleBobInList, exampleKey, exampleMe, signInFiles } from '../../../testing/examples.ts';
import { type Answer, answer, refusal } from '../../../testing/gateway.ts';
import { setUpFolder, setUpTerminal } from '../../../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();
const inFolder = setUpFolder();

const idOf = (index: number) => `key_${String(index).padStart(12, '0')}`;

/** A gateway that makes keys as the true one does: one for each Idempotency-Key, its text in the first answer only. */
class Keys {
  readonly made = new Map<string, { id: string; name: string; user: string }>();
  readonly revoked = new Set<string>();
  inFlight = 0;
  mostInFlight = 0;
  readonly #users = Array.from({ length: 260 }, (_each, index) => ({
    ...exampleBobInList,
    user_id: `c0a80101-42a5-4b6b-9f0e-${String(index).padStart(12, '0')}`,
    email: `p${index}@example.com`,
    active_keys: 0,
  }));
  /** Called for each creation before it is answered; its answer, if any, comes in place of ours. */
  hinder: (name: string) => Answer | 'lose' | undefined = () => undefined;

  constructor() {
    gateway.on('GET /v1/me', answer(200, exampleMe));
    gateway.on('GET /v1/keys', answer(200, { data: [], next: null }));
    gateway.on('GET /v1/users', answer(200, { data: this.#users, next: null }));
    gateway.on('POST /v1/keys', (request, response) => {
      this.inFlight++;
      this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
      setTimeout(() => {
        this.inFlight--;
        this.#create(request, response);
      }, 1);
    });
  }

  #create: Answer = (request, response) => {
    const { name, user_id: user = 'self' } = Object(request.body);
    const hindrance = this.hinder(name);
    if (typeof hindrance === 'function') return hindrance(request, response);
    const once = request.idempotencyKey ?? '';
    const before = this.made.get(once);
    const id = before?.id ?? idOf(this.made.size);
    if (!before) {
      this.made.set(once, { id, name, user });
      gateway.on(`DELETE /v1/keys/${id}`, (deletion, reply) => {
        this.revoked.add(id);
        answer(200, { ...exampleKey, id, name, status: 'revoked' })(deletion, reply);
      });
    }
    if (hindrance === 'lose') return void response.destroy();
    const key = { ...exampleKey, id, name };
    answer(before ? 200 : 201, before ? key : { ...key, key: textOf(id) })(request, response);
  };

  /** Keys that work: each name of each person must have one. */
  working(): string[] {
    return [...this.made.values()].filter(({ id }) => !this.revoked.has(id)).map(({ name, user }) => `${user} ${name}`);
  }
}

const textOf = (id: string) => `pnw_${id.slice(4).padStart(73, '0')}`;
const csvOf = (count: number) =>
  `name,user,expires\n${Array.from({ length: count }, (_each, index) => `k${index},p${index % 260}@example.com,30d\n`).join('')}`;
const create = (...args: string[]) => terminal.run(['keys', 'bulk', 'create', inFolder('in.csv'), ...args]);
const apply = (...args: string[]) => create('--apply', '-o', inFolder('out.csv'), ...args);
const output = () => readCsv(readFileSync(inFolder('out.csv'), 'utf8')).records.map(({ cells }) => cells);

describe('keys bulk create', () => {
  test('10,000 lines with a bad one in the middle: nothing is done, and the line is named', async ({ expect }) => {
    const keys = new Keys();
    const lines = csvOf(10_000).split('\n');
    lines[5_000] = 'k4999,p59@example.com,tomorrow';
    writeFileSync(inFolder('in.csv'), lines.join('\n'));
    for (const args of [[], ['--apply', '-o', inFolder('out.csv')]]) {
      const { code, out, err } = await create(...args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(
        '1 of 10000 lines cannot be done, so nothing was: line 5001: the end "tomorrow" is neither',
      );
    }
    expect([keys.made.size, existsSync(inFolder('out.csv')), gateway.received]).toEqual([0, false, []]);
  });

  test('10,000 good lines become 10,000 keys, at most four at a time', async ({ expect }) => {
    const keys = new Keys();
    // 260 people with 40 keys each have room for them.
    writeFileSync(inFolder('in.csv'), csvOf(10_000));
    const { code, out } = await apply('--quiet');
    expect([code, keys.made.size, keys.mostInFlight]).toEqual([0, 10_000, 4]);
    const rows = out.trimEnd().split('\n');
    expect([rows.length, rows[0]]).toEqual([
      10_000,
      `2\t${output().find(({ name }) => name === 'k0')?.['id']}\tk0\tp0@example.com\tcreated\t`,
    ]);
    expect(new Set(output().map(({ key }) => key)).size).toBe(10_000);
    expect(statSync(inFolder('out.csv')).mode & 0o777).toBe(0o600);
    expect(existsSync(inFolder('out.csv.progress'))).toBe(false);
    expect(out).not.toContain('pnw_');
  }, 60_000);

  test('only tells without --apply', async ({ expect }) => {
    const keys = new Keys();
    writeFileSync(inFolder('in.csv'), 'name;models;scopes;team\nlaptop;claude-* nova-*;mcp,usage;admin\n');
    const { code, out, err } = await create('--json');
    expect([code, keys.made.size]).toEqual([0, 0]);
    expect(JSON.parse(out)).toMatchObject({
      applied: false,
      data: [{ line: 2, name: 'laptop', outcome: 'would_create' }],
    });
    expect(err).toContain('Nothing was done.');
    await apply();
    expect(gateway.received.find(({ method }) => method === 'POST')?.body).toEqual({
      name: 'laptop',
      models: ['claude-*', 'nova-*'],
      scopes: ['usage', 'mcp'],
      team: 'admin',
    });
    expect(await apply()).toMatchObject({ code: 2, err: expect.stringContaining('exists already') });
    expect((await create('--apply')).code).toBe(2);
    expect((await create('-o', inFolder('x.csv'))).code).toBe(2);
    expect((await create('--apply', '-o', inFolder('no/x.csv'))).err).toContain('nothing can be written to');
  });

  test.for([
    ['name\n\u0007x\n', 'line 2: the name must have 1 to 64 characters'],
    ['name,user\nx,nobody@example.com\n', 'line 2: there is nobody "nobody@example.com"'],
    ['name,team\nx,research\n', 'line 2: ada@example.com is not in the team "research"'],
    [`name\n${'x\n'.repeat(41)}`, 'line 42: ada@example.com would have more than 40 active keys'],
    ['name,user\nx\n', 'line 2: it has not as many cells as the header'],
    ['name,color\nx,red\n', 'the CSV has an unknown column "color"'],
    ['user\nx\n', 'the CSV has no column "name"'],
    ['name\n', 'the CSV names no key'],
    [`name,scopes\n${'x,none\n'.repeat(12)}`, '; and 2 more'],
  ])('refuses %j whole', async ([text, message], { expect }) => {
    const keys = new Keys();
    writeFileSync(inFolder('in.csv'), text ?? '');
    expect(await apply()).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message ?? '') });
    expect(keys.made.size).toBe(0);
  });

  test('a refused line is reported, the others go on, and the same command makes what is left', async ({ expect }) => {
    const keys = new Keys();
    writeFileSync(inFolder('in.csv'), csvOf(6));
    keys.hinder = (name) => (name === 'k3' ? refusal(403, 'model_not_allowed', 'Not \u001b[31mthat one.') : undefined);
    const first = await apply();
    expect([first.code, first.err]).toEqual([1, expect.stringContaining('1 of 6 rows failed')]);
    expect(first.out).toContain('5\t\tk3\tp3@example.com\tfailed\tNot that one.\n');
    keys.hinder = () => undefined;
    const second = await apply();
    expect([second.code, keys.working().length, output().length]).toEqual([0, 6, 6]);
    expect(second.out.match(/created_before|created\t/g)).toEqual([
      ...Array(3).fill('created_before'),
      'created\t',
      'created_before',
      'created_before',
    ]);
  });

  test('wherever answers are lost, each line has one working key in the end, and its text', async ({ expect }) => {
    const keys = new Keys();
    writeFileSync(inFolder('in.csv'), csvOf(30));
    for (let run = 0; ; run++) {
      let left = 5;
      keys.hinder = () => (left-- === 0 ? 'lose' : undefined);
      const { code, err } = await apply();
      if (code === 0) break;
      expect([code, err]).toEqual([7, expect.stringContaining('run the same command again')]);
      expect(run).toBeLessThan(20);
    }
    expect(keys.working().toSorted()).toEqual([...new Set(keys.working())].toSorted());
    expect(keys.working().length).toBe(30);
    expect(keys.revoked.size).toBeGreaterThan(0);
    const working = [...keys.made.values()].filter(({ id }) => !keys.revoked.has(id)).map(({ id }) => textOf(id));
    expect(
      output()
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(working.toSorted());
  });

  test('Ctrl-C ends it after what is under way; half a line at the end of the output does not matter', async ({
    expect,
  }) => {
    const keys = new Keys();
    writeFileSync(inFolder('in.csv'), csvOf(12));
    keys.hinder = (name) => {
      if (name === 'k4') terminal.interrupt();
      return undefined;
    };
    const stopped = await apply();
    expect([stopped.code, stopped.err]).toEqual([130, expect.stringMatching(/stopped; \d rows are left/)]);
    expect(stopped.out).toContain('not_tried');
    keys.hinder = () => undefined;
    const text = readFileSync(inFolder('out.csv'), 'utf8');
    writeFileSync(inFolder('out.csv'), text.slice(0, -20));
    expect((await apply()).code).toBe(0);
    expect([keys.working().length, output().length]).toEqual([12, 12]);
  });

  test('goes on with its own file only', async ({ expect }) => {
    const keys = new Keys();
    writeFileSync(inFolder('in.csv'), csvOf(2));
    keys.hinder = () => refusal(403, 'mfa_required', 'Second factor.');
    expect(await apply()).toMatchObject({ code: 5, err: expect.stringContaining('pennyworth mfa enroll') });
    writeFileSync(inFolder('in.csv'), csvOf(3));
    expect((await apply()).err).toContain('belongs to another CSV');
    writeFileSync(inFolder('in.csv'), csvOf(2));
    const later = { now: Date.parse('2027-01-21T12:00:00.000Z') };
    signInFiles(terminal.folder, gateway.url, '2028-01-01T00:00:00.000Z');
    const argv = ['keys', 'bulk', 'create', inFolder('in.csv'), '--apply', '-o', inFolder('out.csv')];
    expect((await terminal.run(argv, later)).out).toContain('whether its key was made is not known');
    writeFileSync(inFolder('out.csv.progress'), 'what\n');
    expect((await apply()).err).toContain('cannot be understood');
  });
});

describe('keys bulk revoke', () => {
  const old = { ...exampleKey, id: idOf(1), name: 'old', last_used_at: null, created_at: '2026-01-01T00:00:00.000Z' };
  const used = { ...exampleKey, id: idOf(2), name: 'used', created_at: old.created_at };
  const gone = { ...old, id: idOf(3), name: 'gone', status: 'revoked' };
  const expired = { ...used, id: idOf(4), name: 'expired', status: 'expired' };
  const revoke = (...args: string[]) => terminal.run(['keys', 'bulk', 'revoke', ...args]);
  const revoked = () => gateway.received.filter(({ method }) => method === 'DELETE').map(({ path: at }) => at);
  beforeEach(() => {
    gateway.on('GET /v1/keys', answer(200, { data: [old, used, gone, expired], next: null }));
    for (const key of [old, used, gone, expired]) {
      gateway.on(`DELETE /v1/keys/${key.id}`, answer(200, { ...key, status: 'revoked' }));
    }
  });

  test.for([
    [['--unused-for', '90d'], [old.id]],
    [['--expired'], [expired.id]],
    [
      ['--unused-for', '90d', '--expired'],
      [old.id, expired.id],
    ],
  ] as const)('%j chooses', async ([args, ids], { expect }) => {
    const told = await revoke(...args, '--all');
    expect([told.code, told.out.match(/key_\d+/g), revoked()]).toEqual([0, ids, []]);
    expect(gateway.received[0]?.path).toBe('/v1/keys?all=true&limit=1000');
    expect((await revoke(...args, '--apply', '--no-input')).code).toBe(2);
    const done = await revoke(...args, '--apply', '--yes', '--reason', 'tidy');
    expect([done.code, revoked()]).toEqual([0, ids.map((id) => `/v1/keys/${id}?reason=tidy`)]);
  });

  test('takes ids from a CSV, each looked up before the first is revoked', async ({ expect }) => {
    const input = `id,name\n${old.id},x\n${gone.id},x\n${old.id},twice\n`;
    const done = await terminal.run(['keys', 'bulk', 'revoke', '-', '--apply', '-y', '--json'], { input });
    expect(JSON.parse(done.out).data).toMatchObject([
      { line: 2, id: old.id, outcome: 'revoked' },
      { line: 3, id: gone.id, outcome: 'unchanged' },
    ]);
    gateway.received.length = 0;
    writeFileSync(inFolder('ids.csv'), `id\n${old.id}\n${idOf(9)}\n`);
    const refused = await revoke(inFolder('ids.csv'), '--apply', '--yes');
    expect([refused.code, refused.err, revoked()]).toEqual([2, expect.stringContaining(`line 3: "${idOf(9)}"`), []]);
  });

  test('reports what failed', async ({ expect }) => {
    gateway.on(`DELETE /v1/keys/${old.id}`, refusal(409, 'key_update_in_progress', 'Busy.'));
    const { code, out } = await revoke('--unused-for', '1d', '--expired', '--apply', '--yes');
    expect([code, out]).toEqual([1, expect.stringContaining(`${old.id}\told\tada@example.com\tfailed\tBusy.\n`)]);
    expect(out).toContain(`${expired.id}\texpired\tada@example.com\trevoked\t\n`);
  });

  test.for([
    [[]],
    [['--unused-for', 'ever']],
    [['--expired', '--all', '--user', 'x']],
    [['x.csv', '--expired']],
    [['gone.csv']],
  ])('%j is refused', async ([args = []], { expect }) => {
    expect([(await revoke(...args)).code, revoked()]).toEqual([2, []]);
  });
});
