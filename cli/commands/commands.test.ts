import { describe, test } from 'vitest';
import { exampleCall, exampleKey, exampleKeyText, exampleMe, exampleUsage } from '../testing/examples.ts';
import { answer } from '../testing/gateway.ts';
import { setUpTerminal } from '../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();

const list = (...data: unknown[]) => answer(200, { data, next: null });

describe('whoami', () => {
  test('prints what the gateway and the session say', async ({ expect }) => {
    gateway.on('GET /v1/me', answer(200, exampleMe));
    const { code, out, err } = await terminal.run(['whoami', '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({
      profile: 'work',
      url: gateway.url,
      ...exampleMe,
      session: { expires_at: '2026-11-21T13:00:00.000Z', store: 'file' },
    });
    expect(gateway.received).toEqual([
      { method: 'GET', path: '/v1/me', authorization: 'Bearer access-token-of-ada', body: undefined },
    ]);
  });

  test('is a table for people and tab-separated for programs', async ({ expect }) => {
    gateway.on('GET /v1/me', answer(200, exampleMe));
    const piped = await terminal.run(['whoami']);
    expect(piped.out.split('\n').map((line) => line.split('\t'))).toContainEqual(['Team', '']);
    const shown = await terminal.run(['whoami'], { outIsTty: true });
    expect(shown.out).toMatch(/^Profile +work\nGateway +http/);
    expect(shown.out).toMatch(/^Team +–$/m);
    expect(shown.out).toMatch(/^Second factor +none$/m);
  });
});

describe('keys create', () => {
  test('prints the key alone on stdout and everything else on stderr', async ({ expect }) => {
    gateway.on('POST /v1/keys', answer(201, { ...exampleKey, key: exampleKeyText }));
    const { code, out, err } = await terminal.run([
      'keys',
      'create',
      ' laptop ',
      '--expires',
      '30d',
      '--models',
      'claude-*, nova-lite',
      '--mcp-tools',
      'list_models,github__*',
      '--scope',
      'usage,inference',
    ]);
    expect([code, out]).toEqual([0, `${exampleKeyText}\n`]);
    expect(err).toContain('Created the key "laptop" (key_5hT2mWq81RzC)');
    expect(err).not.toContain('pnw_');
    expect(gateway.received[0]?.body).toEqual({
      name: 'laptop',
      expires_in: '30d',
      models: ['claude-*', 'nova-lite'],
      mcp_tools: ['list_models', 'github__*'],
      scopes: ['inference', 'usage'],
    });
  });

  test('sends no default of its own, and is silent with --quiet', async ({ expect }) => {
    gateway.on('POST /v1/keys', answer(201, { ...exampleKey, key: exampleKeyText }));
    expect(await terminal.run(['keys', 'create', 'ci', '-q'])).toEqual({
      code: 0,
      out: `${exampleKeyText}\n`,
      err: '',
    });
    expect(gateway.received[0]?.body).toEqual({ name: 'ci' });
  });

  test('prints the whole object with --json', async ({ expect }) => {
    gateway.on('POST /v1/keys', answer(201, { ...exampleKey, key: exampleKeyText }));
    const { out, err } = await terminal.run(['keys', 'create', 'ci', '--json', '--expires', '2027-01-31']);
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual({ ...exampleKey, key: exampleKeyText });
    expect(gateway.received[0]?.body).toEqual({ name: 'ci', expires_at: '2027-01-31T23:59:59.000Z' });
  });

  test.for([
    ['a name of spaces', ['  '], 'the name must have 1 to 64 characters, none of them invisible'],
    ['a name that reverses', ['a\u202eb'], 'the name must have 1 to 64 characters, none of them invisible'],
    ['a span without unit', ['a', '--expires', '90'], '--expires "90" is neither a span nor a day'],
    ['a day that is none', ['a', '--expires', '2027-02-30'], '--expires "2027-02-30" is neither a span nor a day'],
    ['an unknown scope', ['a', '--scope', 'admin'], 'there is no scope "admin"'],
    ['no scope', ['a', '--scope', ','], '--scope names no scope'],
    ['no model', ['a', '--models', ','], '--models names no model'],
    ['no tool', ['a', '--mcp-tools', ','], '--mcp-tools names no tool'],
  ] as const)('refuses %s before it asks the gateway', async ([, args, message], { expect }) => {
    const { code, err } = await terminal.run(['keys', 'create', ...args]);
    expect([code, err.split('\n')[0]]).toEqual([2, `Error: ${message}`]);
    expect(gateway.received).toEqual([]);
  });
});

describe('keys list', () => {
  const evil = {
    ...exampleKey,
    id: 'key_000000000002',
    name: 'x\u001b]0;owned\u0007y\tz',
    status: 'revoked',
    expires_at: null,
  };

  test('is tab-separated when piped, without header, with ISO times', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(exampleKey, evil));
    const { code, out, err } = await terminal.run(['keys', 'list']);
    expect({ code, err, rows: out.split('\n').map((line) => line.split('\t')) }).toEqual({
      code: 0,
      err: '',
      rows: [
        [
          'key_5hT2mWq81RzC',
          'laptop',
          'q7Rz',
          'active',
          'inference mcp',
          '2026-11-21T11:58:00.000Z',
          '2026-11-01T08:00:00.000Z',
          '2027-02-18T12:00:00.000Z',
        ],
        [
          'key_000000000002',
          'xyz',
          'q7Rz',
          'revoked',
          'inference mcp',
          '2026-11-21T11:58:00.000Z',
          '2026-11-01T08:00:00.000Z',
          '',
        ],
        [''],
      ],
    });
  });

  test('is a table with relative times on a terminal', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(exampleKey, evil));
    const { out } = await terminal.run(['keys', 'list'], { outIsTty: true, env: { NO_COLOR: '1' } });
    expect(out).toBe(
      [
        'ID                 NAME     KEY         STATUS    SCOPES          LAST USED   CREATED       EXPIRES',
        'key_5hT2mWq81RzC   laptop   pnw_…q7Rz   active    inference mcp   2 min ago   20 days ago   in 89 days',
        'key_000000000002   xyz      pnw_…q7Rz   revoked   inference mcp   2 min ago   20 days ago   never',
        '',
      ].join('\n'),
    );
    const coloured = await terminal.run(['keys', 'list'], { outIsTty: true });
    expect(coloured.out).toContain('\u001b[31mrevoked\u001b[39m');
  });

  test('reads all pages, or as many as were asked for', async ({ expect }) => {
    const page = (request: { path: string }) => {
      const isSecond = request.path.includes('cursor=c1');
      return { data: [isSecond ? evil : exampleKey], next: isSecond ? null : 'c1' };
    };
    gateway.on('GET /v1/keys', (request, response) => answer(200, page(request))(request, response));
    const all = await terminal.run(['keys', 'list', '--json', '--fields', 'id', '--status', 'active']);
    expect(JSON.parse(all.out)).toEqual({ data: [{ id: exampleKey.id }, { id: evil.id }], next: null });
    expect(gateway.received.map((request) => request.path)).toEqual([
      '/v1/keys?status=active&limit=1000',
      '/v1/keys?status=active&limit=1000&cursor=c1',
    ]);
    const first = await terminal.run(['keys', 'list', '--json', '--limit', '1']);
    expect(JSON.parse(first.out)).toEqual({ data: [exampleKey], next: 'c1' });
  });

  test('is RFC 4180 with --csv, and empty is no error', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(exampleKey));
    const { out } = await terminal.run(['keys', 'list', '--csv', '--fields', 'name,scopes,expires_at']);
    expect(out).toBe('name,scopes,expires_at\r\nlaptop,inference mcp,2027-02-18T12:00:00.000Z\r\n');
    gateway.on('GET /v1/keys', list());
    expect(await terminal.run(['keys', 'list'])).toEqual({ code: 0, out: '', err: '' });
    expect((await terminal.run(['keys', 'list'], { outIsTty: true })).err).toContain('You have no keys');
  });

  test('names the fields there are when one is misspelt', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(exampleKey));
    const { code, err } = await terminal.run(['keys', 'list', '--csv', '--fields', 'id,nam']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^Error: there is no field "nam"\n.*fields: id, name, last4/),
    ]);
  });
});

describe('keys show and keys revoke', () => {
  const revokedTwin = { ...exampleKey, id: 'key_000000000003', status: 'revoked' as const };

  test('find a key by its id with one call', async ({ expect }) => {
    gateway.on(`GET /v1/keys/${exampleKey.id}`, answer(200, exampleKey));
    const { out } = await terminal.run(['keys', 'show', exampleKey.id, '--json']);
    expect(JSON.parse(out)).toEqual(exampleKey);
    expect(gateway.received.length).toBe(1);
  });

  test('find the one active key of a name', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(revokedTwin, exampleKey));
    expect(JSON.parse((await terminal.run(['keys', 'show', 'laptop', '--json'])).out)).toEqual(exampleKey);
  });

  test('refuse a name of several, naming them, and one of none', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(exampleKey, { ...revokedTwin, status: 'active' }));
    expect(await terminal.run(['keys', 'show', 'laptop'])).toEqual({
      code: 2,
      out: '',
      err: 'Error: 2 keys are named "laptop"\n  → name one by its id: key_5hT2mWq81RzC, key_000000000003\n',
    });
    expect((await terminal.run(['keys', 'revoke', 'desktop', '--yes'])).code).toBe(6);
  });

  test('revoke asks first, and changes nothing where nobody can answer', async ({ expect }) => {
    gateway.on('GET /v1/keys', list(exampleKey));
    const { code, err } = await terminal.run(['keys', 'revoke', 'laptop']);
    expect([code, err]).toEqual([2, expect.stringContaining('→ add --yes')]);
    expect(gateway.received.map((request) => request.method)).toEqual(['GET']);
  });

  test('revoke prints what became of each', async ({ expect }) => {
    const path = `/v1/keys/${exampleKey.id}`;
    gateway.on(`GET ${path}`, answer(200, exampleKey));
    gateway.on(`DELETE ${path}`, answer(200, { ...exampleKey, status: 'revoked' }));
    const piped = await terminal.run(['keys', 'revoke', exampleKey.id, exampleKey.id, '-y', '-q']);
    expect(piped).toEqual({ code: 0, out: 'key_5hT2mWq81RzC\tlaptop\trevoked\n', err: '' });
    const json = await terminal.run(['keys', 'revoke', exampleKey.id, '--yes', '--json']);
    expect(JSON.parse(json.out)).toEqual({ ...exampleKey, status: 'revoked' });
  });
});

describe('usage', () => {
  const asked = () => gateway.received.map((request) => request.path);

  test('alone and with --month is the current month by model', async ({ expect }) => {
    gateway.on('GET /v1/usage', answer(200, exampleUsage));
    const alone = await terminal.run(['usage', '--json']);
    const month = await terminal.run(['usage', '--month', '--json']);
    expect(JSON.parse(alone.out)).toEqual(exampleUsage);
    expect(month).toEqual(alone);
    const path = '/v1/usage?from=2026-11-01&to=2026-11-21&group_by=model';
    expect(asked()).toEqual([path, path]);
  });

  test.for([
    [['--month', '2026-02'], 'from=2026-02-01&to=2026-02-28&group_by=model'],
    [['--from', '2026-11-05'], 'from=2026-11-05&to=2026-11-21&group_by=model'],
    [['--to', '2026-10-07'], 'from=2026-10-01&to=2026-10-07&group_by=model'],
    [
      ['--by', 'day', '--key', 'key_5hT2mWq81RzC', '--model', 'm'],
      'from=2026-11-01&to=2026-11-21&group_by=day&key_id=key_5hT2mWq81RzC&model=m',
    ],
  ] as const)('%j asks for %s', async ([args, query], { expect }) => {
    gateway.on('GET /v1/usage', answer(200, exampleUsage));
    expect((await terminal.run(['usage', ...args])).code).toBe(0);
    expect(asked()).toEqual([`/v1/usage?${query}`]);
  });

  test.for([
    [['--month', '2026-13'], '--month "2026-13" is not a month'],
    [['--month', '2026-11', '--from', '2026-11-01'], '--month and --from or --to exclude each other'],
    [['--from', '2026-02-30'], '--from "2026-02-30" is not a day'],
    [['--from', '2026-11-22'], '--from 2026-11-22 is after --to 2026-11-21'],
    [['--by', 'colour'], 'usage cannot be shown by "colour"'],
  ] as const)('%j is refused', async ([args, message], { expect }) => {
    const { code, err } = await terminal.run(['usage', ...args]);
    expect([code, err.split('\n')[0], asked()]).toEqual([2, `Error: ${message}`, []]);
  });

  test('draws shares, days and totals on a terminal', async ({ expect }) => {
    gateway.on('GET /v1/usage', (request, response) => {
      const days = [
        { ...exampleUsage.rows[0], group: '2026-11-02', cost_nano_usd: 1 },
        { ...exampleUsage.rows[0], group: '2026-11-20', cost_nano_usd: 8 },
      ];
      const byDay = { ...exampleUsage, group_by: 'day', rows: days };
      answer(200, request.path.includes('group_by=day') ? byDay : exampleUsage)(request, response);
    });
    const { out, err } = await terminal.run(['usage'], { outIsTty: true, env: { NO_COLOR: '1' } });
    expect(out.split('\n')).toEqual([
      'November 2026 (1–21, UTC)   $9.81   ▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▁',
      '',
      'MODEL               REQUESTS   ERRORS   INPUT   CACHE READ   CACHE WRITE   OUTPUT    COST   SHARE',
      'claude-sonnet-4-5        412        2   1.92M        3,000             0     148k   $9.81   ████████████████████ 100%',
      '–                          1        2   1.92M        3,000             0     148k       –                        0%',
      'TOTAL                    413        2   1.92M        3,000             0     148k   $9.81',
      '',
    ]);
    expect(err).toBe('Prices as of 2026-11-18. 1 request has no price: shown as –.\n');
  });

  test('is exact for programs', async ({ expect }) => {
    gateway.on('GET /v1/usage', answer(200, exampleUsage));
    expect((await terminal.run(['usage', '--csv'])).out).toBe(
      'group,requests,errors,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_nano_usd,cost_usd\r\n' +
        'claude-sonnet-4-5,412,2,1920000,3000,0,148000,0,9810000001,9.810000001\r\n' +
        ',1,2,1920000,3000,0,148000,0,,\r\n',
    );
    expect((await terminal.run(['usage'])).out.split('\n')[0]).toBe(
      'claude-sonnet-4-5\t412\t2\t1920000\t3000\t0\t148000\t9.810000001\t1.0000',
    );
  });
});

describe('usage calls', () => {
  test('lists single calls', async ({ expect }) => {
    gateway.on('GET /v1/usage/calls', answer(200, { data: [exampleCall], next: 'more' }));
    const json = await terminal.run(['usage', 'calls', '--limit', '1', '--from', '2026-11-20', '--json']);
    expect(JSON.parse(json.out)).toEqual({ data: [exampleCall], next: 'more' });
    expect(gateway.received[0]?.path).toBe('/v1/usage/calls?from=2026-11-20&to=2026-11-21&limit=1');
    const piped = await terminal.run(['usage', 'calls', '--limit', '1']);
    expect(piped).toEqual({
      code: 0,
      out: '2026-11-21T11:59:59.000Z\treq_1\t/v1/chat/completions\tclaude-sonnet-4-5\tok\t15\t128\t0.002934000\t2140\n',
      err: 'There are more: --limit 10\n',
    });
  });

  test('knows its own options only', async ({ expect }) => {
    expect(await terminal.run(['usage', 'calls', '--by', 'day'])).toEqual({
      code: 2,
      out: '',
      err: "Error: unknown option '--by'\n  → pennyworth usage calls --help\n",
    });
  });
});
