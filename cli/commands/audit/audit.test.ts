import { describe, test } from 'vitest';
import { AuditEvent, AuditList } from '../../../shared/api/audit.ts';
import { exampleBob, exampleBobInList, exampleEvent, exampleKey } from '../../testing/examples.ts';
import { answer, refusal } from '../../testing/gateway.ts';
import { setUpTerminal } from '../../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();

const refused: AuditEvent = {
  ...exampleEvent,
  id: 'evt-2',
  action: 'key.refuse',
  actor_key: exampleKey.id,
  source_ip: null,
  reason: 'key_revoked',
  before: null,
  after: { name: 'x\u001b]0;owned\u0007' },
};
const asked = () => gateway.received.map(({ path }) => path);

test('is lines for programs, a table for people, and its schema with --json', async ({ expect }) => {
  gateway.on('GET /v1/audit', answer(200, { data: [exampleEvent, refused], next: 'more' }));
  const piped = await terminal.run(['audit', '--limit', '2']);
  expect(piped).toEqual({
    code: 0,
    out:
      `2026-11-21T11:58:00.000Z\tkey.update\t${exampleEvent.actor}\t${exampleKey.id}\t192.0.2.7\tname="old-laptop"\n` +
      `2026-11-21T11:58:00.000Z\tkey.refuse\t${exampleEvent.actor} (${exampleKey.id})\t${exampleKey.id}\t\tkey_revoked\n`,
    err: 'There are more: --limit 20\n',
  });
  const shown = await terminal.run(['audit'], { outIsTty: true, columns: 200 });
  expect(shown.out).toContain('\u001b[31mkey.refuse\u001b[39m');
  const json = await terminal.run(['audit', '--json', '--limit', '2']);
  expect(AuditList.parse(JSON.parse(json.out))).toEqual({ data: [exampleEvent, refused], next: 'more' });
  const csv = await terminal.run(['audit', '--csv', '--limit', '1', '--fields', 'action,before']);
  expect(csv.out.split('\r\n').slice(0, 2)).toEqual([
    'action,before',
    'key.update,"{""name"":""laptop"",""models"":[""*""]}"',
  ]);
});

test.for([
  [['audit', '--since', '7d'], 'from=2026-11-14T12%3A00%3A00.000Z'],
  [
    ['audit', '--from', '2026-11-01', '--to', '2026-11-02T09:00:00Z'],
    'from=2026-11-01&to=2026-11-02T09%3A00%3A00.000Z',
  ],
  [['audit', '--action', 'user.reset-mfa', '--target', 'research'], 'action=user.reset_mfa&target=research'],
  [['audit', '--actor', 'bob@example.com'], `actor=${exampleBob.user_id}`],
  [['keys', 'audit'], 'action=key'],
  [['keys', 'audit', '--key', exampleKey.id, '--action', 'rotate'], `action=key.rotate&target=${exampleKey.id}`],
  [['keys', 'audit', '--action', 'key.revoke'], 'action=key.revoke'],
] as const)('%j asks for %s', async ([argv, query], { expect }) => {
  gateway.on('GET /v1/users', answer(200, { data: [exampleBobInList], next: null }));
  gateway.on('GET /v1/audit', answer(200, { data: [], next: null }));
  expect((await terminal.run(argv)).code).toBe(0);
  expect(asked().at(-1)).toBe(`/v1/audit?${query}&limit=50`);
});

test.for([
  [['audit', '--since', 'yesterday'], '--since "yesterday" is not a span'],
  [['audit', '--since', '7d', '--from', '2026-11-01'], '--since and --from exclude each other'],
  [['audit', '--from', '2026-02-31'], '--from "2026-02-31" is not a day or moment in UTC'],
  [['audit', '--action', 'Key Create'], '--action "Key Create" is not an action here'],
  [['keys', 'audit', '--action', 'user.create'], '--action "user.create" is not an action here'],
  [['audit', '--follow', '--to', '2026-11-21'], 'what is followed has no end'],
  [['audit', '--follow', '--limit', '3'], 'what is followed has no end'],
] as const)('%j is refused before anything is asked', async ([argv, message], { expect }) => {
  const { code, err } = await terminal.run(argv);
  expect([code, err.split('\n')[0], asked()]).toEqual([2, `Error: ${message}`, []]);
});

describe('--follow', () => {
  /** Answers with one event a page, survives a gateway that is away, and is stopped at the end. */
  function script(): void {
    const pages = [
      answer(200, { data: [exampleEvent], next: 'c1' }),
      refusal(503, 'budget_unavailable', 'Wait.', { 'retry-after': '60' }),
      answer(200, { data: [refused], next: 'c2' }),
    ];
    gateway.on('GET /v1/audit', (request, response) => {
      const page = pages.shift();
      if (!page) terminal.interrupt();
      (page ?? answer(200, { data: [], next: 'c2' }))(request, response);
    });
  }

  test('prints each event as a line of JSON, goes on where it was, and ends with 130', async ({ expect }) => {
    script();
    const { code, out, err } = await terminal.run(['audit', '--follow', '--json']);
    expect([code, JSON.parse(err).error.message]).toEqual([130, 'stopped']);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => AuditEvent.parse(JSON.parse(line)))).toEqual([exampleEvent, refused]);
    expect(asked()).toEqual([
      '/v1/audit?from=2026-11-21T12%3A00%3A00.000Z&follow=true',
      '/v1/audit?cursor=c1&follow=true',
      '/v1/audit?cursor=c1&follow=true',
      '/v1/audit?cursor=c2&follow=true',
    ]);
  });

  test.for([
    ['piped', [], {}, /^2026-11-21T11:58:00.000Z\tkey.update\t.*\n.*key_revoked\n$/],
    ['csv', ['--csv', '--fields', 'id,action'], {}, /^id,action\r\nevt-1,key.update\r\nevt-2,key.refuse\r\n$/],
    [
      'a terminal',
      [],
      { outIsTty: true, env: { NO_COLOR: '1' } },
      /^2026-11-21T11:58:00Z {2}key.update {10}key_.* by /,
    ],
  ] as const)('is lines for %s', async ([, args, options, text], { expect }) => {
    script();
    const { out } = await terminal.run(['keys', 'audit', '--follow', '--since', '1h', ...args], options);
    expect(out).toMatch(text);
    expect(out).not.toContain('\u001b');
  });

  test('ends with what cannot be mended by asking again', async ({ expect }) => {
    gateway.on('GET /v1/audit', refusal(403, 'mfa_required', 'Second factor.'));
    expect(await terminal.run(['audit', '--follow'])).toMatchObject({
      code: 5,
      err: expect.stringContaining('pennyworth mfa enroll'),
    });
  });
});
