import { expect, test } from 'vitest';
import { type ScriptedServer, startScriptedServer } from '../aws/scripted-server.ts';
import type { Crossing } from '../money/balance.ts';
import { testPerson } from '../people/test-person.ts';
import { budgetNotice, tellCrossings } from './budget-notice.ts';
import { noticeSpike } from './cost-spike.ts';
import { createLogger } from './logger.ts';
import { createNotices } from './notices.ts';

const username = '6d0f3f0e-5f0d-4b53-9a3c-0f3f6d6b7c11';
const keyId = 'key_abcdefghijkl';
const topicArn = 'arn:aws:sns:us-west-2:123456789012:pennyworth-alarms';

const stored = {
  v: 1,
  id: keyId,
  p: 'p1',
  n: 'laptop',
  l: 'wxyz',
  c: 0,
  e: 0,
  s: 'a',
  sc: [],
  m: ['*'],
  g: 1,
} as const;
const person = {
  ...testPerson,
  username,
  email: 'planted@example.com',
  name: 'Planted Name',
  keys: new Map([[1, { ...stored, sc: [], m: ['*'] }]]),
};

const crossing: Crossing = {
  whose: 'key',
  id: keyId,
  period: 'month',
  percent: 80,
  spentNanoUsd: 16_020_000_000,
  limitNanoUsd: 20_000_000_000,
};

function notifierOf(url: string, arn: string | null = topicArn) {
  const lines: string[] = [];
  const logger = createLogger((line) => lines.push(line));
  const credentials = { accessKeyId: 'AKIA1', secretAccessKey: 'secret' };
  const clientConfig = { region: 'us-west-2', endpoint: url, credentials };
  const notices = createNotices({ topicArn: arn, clientConfig, logger });
  return { notices, logger, events: () => lines.map((line) => JSON.parse(line)) };
}

const startSns = () =>
  startScriptedServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end('<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>');
  });

const sentTo = ({ requests }: ScriptedServer) =>
  requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

test.each<[string, Partial<Crossing>, string, string]>([
  [
    'a key',
    {},
    'Budget of key laptop: 80 % of $20.00 this month',
    `The key laptop (${keyId}) of the person ${username} spent $16.02 of the budget of $20.00 this month.`,
  ],
  [
    'a key that is gone by now',
    { id: 'key_other', percent: 50, period: 'day' },
    'Budget of key key_other: 50 % of $20.00 today',
    `The key key_other (key_other) of the person ${username} spent $16.02 of the budget of $20.00 today.`,
  ],
  [
    'a person, all of it',
    { whose: 'person', id: username, percent: 100, spentNanoUsd: 1_500_001, limitNanoUsd: 1_500_000, period: 'total' },
    `Budget of person ${username}: 100 % of $0.0015 in all`,
    `The person ${username} spent $0.001500001 of the budget of $0.0015 in all. Further calls are answered with 402 until it is raised.`,
  ],
  [
    'a team',
    { whose: 'team', id: 'research', percent: 100, spentNanoUsd: 100_000_000_000, limitNanoUsd: 100_000_000_000 },
    'Budget of team research: 100 % of $100.00 this month',
    'The team research spent $100.00 of the budget of $100.00 this month. Further calls are answered with 402 until the month (UTC) ends or until it is raised.',
  ],
])('the budget of %s', (_, change, subject, text) => {
  expect(budgetNotice({ ...crossing, ...change }, person)).toMatchObject({ subject, text });
});

test('a threshold goes to the topic: a subject and JSON that people read too, and no word of who it is', async () => {
  await using sns = await startSns();
  const { notices, logger, events } = notifierOf(sns.url);
  await tellCrossings(
    [crossing, { ...crossing, whose: 'person', id: username }],
    { person, requestId: 'req_1' },
    { notices, logger },
  );
  const sent = sentTo(sns).toSorted((a, b) => String(a['Subject']).localeCompare(String(b['Subject'])));
  expect(sent).toMatchObject([
    { Action: 'Publish', TopicArn: topicArn, Subject: 'Budget of key laptop: 80 % of $20.00 this month' },
    { Action: 'Publish', TopicArn: topicArn, Subject: `Budget of person ${username}: 80 % of $20.00 this month` },
  ]);
  expect(JSON.parse(sent[0]?.['Message'] ?? '')).toEqual({
    event: 'budget_threshold',
    subject: 'Budget of key laptop: 80 % of $20.00 this month',
    text: expect.stringContaining('$16.02'),
    budget_of: 'key',
    key_id: keyId,
    key_name: 'laptop',
    username,
    period: 'month',
    percent: 80,
    spent_usd: '16.020000000',
    limit_usd: '20.000000000',
    request_id: 'req_1',
  });
  expect(JSON.stringify(sent).toLowerCase()).not.toContain('planted');
  expect(events()).toMatchObject([
    { event: 'budget_threshold', kind: 'key', id: keyId, username, reason: '80 % of $20.00 this month' },
    { event: 'budget_threshold', kind: 'person', id: username, username },
  ]);
  expect(JSON.stringify(events())).not.toMatch(/planted|laptop/i);
});

test('without a topic the log alone has it', async () => {
  await using sns = await startSns();
  const { notices, logger, events } = notifierOf(sns.url, null);
  await tellCrossings([crossing], { person, requestId: 'req_1' }, { notices, logger });
  expect(sns.requests).toEqual([]);
  expect(events()).toMatchObject([{ event: 'budget_threshold' }]);
});

test.each<[string, Parameters<typeof startScriptedServer>[0]]>([
  [
    'refuses',
    (_, response) => {
      response.writeHead(403, { 'content-type': 'text/xml' });
      response.end(
        '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no right</Message></Error></ErrorResponse>',
      );
    },
  ],
  ['does not answer', () => undefined],
])('a topic that %s costs a line and at most some two seconds', async (_, answer) => {
  await using sns = await startScriptedServer(answer);
  const { notices, events } = notifierOf(sns.url);
  const startedAt = performance.now();
  await notices.publish(budgetNotice(crossing, person));
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(sns.requests.length).toBeGreaterThan(0);
  expect(events()).toMatchObject([{ level: 'error', event: 'notice_failed', kind: 'budget_threshold' }]);
});

test('a subject is one line of at most 99 characters, whatever a key is called', async () => {
  await using sns = await startSns();
  const { notices } = notifierOf(sns.url);
  await notices.publish({ event: 'budget_threshold', subject: `a\nb\u0000${'ü'.repeat(200)}`, text: '', facts: {} });
  expect(sentTo(sns)[0]?.['Subject']).toBe(`a b ${'ü'.repeat(95)}`);
});

const usd = 1_000_000_000;
test.each([
  ['three times the mean', 30 * usd, 10 * usd, 1],
  ['less than that', 30 * usd - 1, 10 * usd, 0],
  ['three times, but little money', 9 * usd, usd, 0],
  ['the first calls of a week', 10 * usd, 0, 1],
  ['a day without calls', 0, 0, 0],
])('a day that costs %s', async (_, costNanoUsd, meanOf7NanoUsd, told) => {
  await using sns = await startSns();
  const { notices, logger, events } = notifierOf(sns.url);
  await noticeSpike({ day: '2026-11-20', costNanoUsd, meanOf7NanoUsd }, { notices, logger });
  expect(sns.requests).toHaveLength(told);
  expect(events()).toHaveLength(told);
  if (told === 0) return;
  const [sent] = sentTo(sns);
  expect(sent?.['Subject']).toMatch(/^Cost of 2026-11-20: \$\d+\.\d\d, three times/);
  expect(JSON.parse(sent?.['Message'] ?? '')).toMatchObject({ event: 'cost_spike', day: '2026-11-20' });
});
