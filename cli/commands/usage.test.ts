import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, test } from 'vitest';
import { exampleCall, exampleUsage } from '../testing/examples.ts';
import { answer, refusal } from '../testing/gateway.ts';
import { setUpTerminal } from '../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();

const asked = () => gateway.received.map((request) => request.path);

describe('usage of others', () => {
  test.for([
    [['--all', '--by', 'user'], '&group_by=user&all=true'],
    [['--user', '6d0f3f0e', '--by', 'team'], '&group_by=team&user_id=6d0f3f0e'],
    [['--by', 'tag', '--tag', 'ci:nightly'], '&group_by=tag&tag=ci%3Anightly'],
  ] as const)('%j asks for %s', async ([args, query], { expect }) => {
    gateway.on('GET /v1/usage', answer(200, exampleUsage));
    expect((await terminal.run(['usage', ...args])).code).toBe(0);
    expect(asked()).toEqual([`/v1/usage?from=2026-11-01&to=2026-11-21${query}`]);
  });

  test.for([[['--all', '--user', 'x'], '--user and --all exclude each other']] as const)(
    '%j is refused',
    async ([args, message], { expect }) => {
      const { code, err } = await terminal.run(['usage', ...args]);
      expect([code, err.split('\n')[0], asked()]).toEqual([2, `Error: ${message}`, []]);
    },
  );

  test('finds a person by their e-mail address', async ({ expect }) => {
    gateway.on('GET /v1/usage', answer(200, exampleUsage));
    const user = {
      ...{ user_id: 'u1', type: 'person', email: 'ada@example.com', name: null, status: 'active' },
      ...{ groups: [], policy: null, active_keys: 0, created_at: '2026-11-01T00:00:00.000Z' },
    };
    gateway.on('GET /v1/users', answer(200, { data: [user], next: null }));
    expect(await terminal.run(['usage', '--user', 'ada@example.com'])).toMatchObject({ code: 0 });
    expect(asked()).toEqual([
      '/v1/users?email=ada%40example.com&limit=1000',
      '/v1/usage?from=2026-11-01&to=2026-11-21&group_by=model&user_id=u1',
    ]);
    gateway.on('GET /v1/users', answer(200, { data: [], next: null }));
    expect((await terminal.run(['usage', '--user', 'eve@example.com'])).code).toBe(6);
  });

  test('waits while days are closed, and tells how far it is', async ({ expect }) => {
    let turns = 0;
    const open = refusal(503, 'days_open', '3 days are left.', { 'retry-after': '0' });
    gateway.on('GET /v1/usage', (...request) => (turns++ < 4 ? open : answer(200, exampleUsage))(...request));
    const { code, err } = await terminal.run(['usage', '--json']);
    expect([code, err]).toEqual([0, '3 days are left.\n']);
  });

  test('tells the forecast as one', async ({ expect }) => {
    const forecast = { to: '2026-11-30', cost_nano_usd: 14_000_000_000, cost_usd: '14.000000000' };
    gateway.on('GET /v1/usage', answer(200, { ...exampleUsage, forecast }));
    expect((await terminal.run(['usage'])).err).toMatch(
      /^Forecast to 2026-11-30, if it goes on as so far: \$14\.00\. No/,
    );
    expect(JSON.parse((await terminal.run(['usage', '--json'])).out)).toMatchObject({ forecast });
  });
});

const call = (request_id: string) => ({ ...exampleCall, request_id });

describe('usage export', () => {
  beforeEach(() => {
    gateway.on('GET /v1/usage/calls', (request, response) => {
      const isLast = request.path.includes('cursor=more');
      answer(200, { data: [call(isLast ? 'req_2' : 'req_1')], next: isLast ? null : 'more' })(request, response);
    });
  });

  test('writes every page, one object a line', async ({ expect }) => {
    const { code, out, err } = await terminal.run(['usage', 'export', '--month', '2026-10', '--all']);
    expect([code, err]).toEqual([0, '2 calls.\n']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([call('req_1'), call('req_2')]);
    expect(asked().at(-1)).toBe('/v1/usage/calls?from=2026-10-01&to=2026-10-31&all=true&limit=1000&cursor=more');
  });

  test('writes one header with --csv, and only the fields asked for', async ({ expect }) => {
    const { out } = await terminal.run(['usage', 'export', '--csv', '--fields', 'request_id,cost_nano_usd']);
    expect(out).toBe('request_id,cost_nano_usd\r\nreq_1,2934000\r\nreq_2,2934000\r\n');
  });
});

describe('usage verify', () => {
  const part = { from: '2026-11-01', to: '2026-11-21', days: 2, rows: 30, finding: null, next: null };

  test('goes on until the end, and sums up', async ({ expect }) => {
    gateway.on('GET /v1/usage/verify', (request, response) => {
      const next = request.path.includes('from=2026-11-01') ? '2026-11-09' : null;
      answer(200, { ...part, next })(request, response);
    });
    const { code, out, err } = await terminal.run(['usage', 'verify', '--json']);
    expect([code, JSON.parse(out)]).toEqual([0, { ...part, days: 4, rows: 60 }]);
    expect(err).toContain('30 rows verified; 2026-11-09 is next.');
  });

  test('ends with 1 and names what it found', async ({ expect }) => {
    const row = { kind: 'missing', what: 'row', day: '2026-11-10', user_id: 'ada', request_id: 'req_7', time: 'T' };
    gateway.on('GET /v1/usage/verify', answer(200, { ...part, finding: row }));
    const { code, err } = await terminal.run(['usage', 'verify']);
    expect(code).toBe(1);
    expect(err).toContain('the ledger is not as it was written: missing row req_7 of ada, T');
  });
});

describe('usage recompute', () => {
  const amount = (nano_usd: number) => ({ nano_usd, usd: (nano_usd / 1e9).toFixed(9) });
  const model = {
    model: 'm',
    requests: 2,
    ledger: amount(100),
    repriced: amount(70),
    difference: amount(-30),
    unpriced_requests: 0,
    unpriced_requests_repriced: 0,
  };
  const part = { from: '2026-11-01', to: '2026-11-02', applied: false, data: [model], corrections: 0 };
  const args = ['usage', 'recompute', '--from', '2026-11-01', '--to', '2026-11-02'];

  test('adds up the parts of a long time', async ({ expect }) => {
    gateway.on('POST /v1/usage/recompute', (request, response) => {
      const next = JSON.stringify(request.body).includes('2026-11-01') ? '2026-11-02' : null;
      answer(200, { ...part, prices_as_of: '2026-11-18', next })(request, response);
    });
    const { out, err } = await terminal.run(args);
    expect(out).toBe('m\t4\t0.000000200\t0.000000140\t-0.000000060\t0\n');
    expect(err).toContain('nothing was changed; --apply books the difference');
    expect(gateway.received.map(({ body }) => body)).toEqual([
      { from: '2026-11-01', to: '2026-11-02', apply: false },
      { from: '2026-11-02', to: '2026-11-02', apply: false },
    ]);
  });

  test('books nothing without a yes, and needs both ends', async ({ expect }) => {
    const unasked = await terminal.run([...args, '--apply']);
    expect([unasked.code, asked()]).toEqual([2, []]);
    expect((await terminal.run(['usage', 'recompute', '--from', '2026-11-01'])).code).toBe(2);
    gateway.on(
      'POST /v1/usage/recompute',
      answer(200, { ...part, corrections: 3, prices_as_of: '2026-11-18', next: null }),
    );
    const { code, err } = await terminal.run([...args, '--apply', '--yes']);
    expect([code, err.includes('3 corrections booked.')]).toEqual([0, true]);
  });
});

describe('usage replay', () => {
  const line = (row: string) => JSON.stringify({ time: 't', level: 'error', event: 'ledger_pending', row });
  const told = (request_id: string, result: string) => ({ request_id, result, reason: null });

  test('sends the rows of a log, whatever stands beside them', async ({ expect }) => {
    gateway.on('POST /v1/usage/replay', answer(200, { data: [told('req_1', 'imported'), told('req_2', 'known')] }));
    const log = path.join(terminal.folder, 'log');
    const cut = line('{"c":1}').slice(0, 60);
    writeFileSync(
      log,
      `noise\n${line('{"a":1}')}\n2026-11-21T00:00:00Z ${line('{"b":1}')}\n{"event":"call"}\n${cut}\n`,
    );
    const { code, out, err } = await terminal.run(['usage', 'replay', log]);
    expect([code, err]).toEqual([0, '1 imported, 0 corrected, 1 known already, 0 refused.\n']);
    expect(out).toBe('req_1\timported\t\nreq_2\tknown\t\n');
    expect(gateway.received[0]?.body).toEqual({ rows: ['{"a":1}', '{"b":1}', cut] });
  });

  test('ends with 1 where a row was refused, with 2 where there is none', async ({ expect }) => {
    const refused = { request_id: null, result: 'refused', reason: 'it is not JSON' };
    gateway.on('POST /v1/usage/replay', answer(200, { data: [refused] }));
    const log = path.join(terminal.folder, 'log');
    writeFileSync(log, line('x'));
    expect((await terminal.run(['usage', 'replay', log])).code).toBe(1);
    writeFileSync(log, 'nothing');
    expect((await terminal.run(['usage', 'replay', log])).code).toBe(2);
    expect((await terminal.run(['usage', 'replay', path.join(terminal.folder, 'none')])).code).toBe(2);
  });
});

test('usage reconcile shows each model’s drift', async ({ expect }) => {
  const model = {
    model_id: 'us.amazon.nova-lite-v1:0',
    ledger: { input_tokens: 990, output_tokens: 50, cache_read_tokens: 0, cache_write_tokens: 0 },
    cloudwatch: { input_tokens: 1_000, output_tokens: 0 },
    input_drift: -0.01,
    output_drift: null,
  };
  gateway.on('GET /v1/usage/reconcile', answer(200, { from: '2026-11-01', to: '2026-11-21', data: [model] }));
  const { out, err } = await terminal.run(['usage', 'reconcile']);
  expect(out).toBe('us.amazon.nova-lite-v1:0\t990\t1000\t-0.010000\t50\t0\t\n');
  expect(err).toContain('1 of 1 models differ by more than 1 %');
});
