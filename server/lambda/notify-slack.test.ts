import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { startScriptedServer } from '../aws/scripted-server.ts';
import { isNotificationEvent, notifySlack, slackText } from './notify-slack.ts';

const alarm = {
  AlarmName: 'pennyworth-ledger-pending',
  AlarmDescription: 'A ledger row could not be written.',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold Crossed: 1 >= 1 <!channel>',
};
const event = (Message: string, Subject?: string) => ({
  Records: [{ EventSource: 'aws:sns', Sns: { Message, ...(Subject !== undefined && { Subject }) } }],
});
const parameters = (webhook: string | undefined) => ({
  find: async () => webhook,
  create: async () => 'exists' as const,
});

test.each([
  [
    'an alarm',
    { Message: JSON.stringify(alarm) },
    '*ALARM* pennyworth-ledger-pending\nA ledger row could not be written.\nThreshold Crossed: 1 &gt;= 1 &lt;!channel&gt;',
  ],
  ['a text', { Message: 'Budget & more', Subject: 'Hi' }, '*Hi*\nBudget &amp; more'],
  [
    'a notice of ours',
    {
      Message: JSON.stringify({ event: 'budget_threshold', subject: 'Budget of key <a>: 50 %', text: 'Spent.', id: 1 }),
    },
    '*Budget of key &lt;a&gt;: 50 %*\nSpent.',
  ],
  ['other JSON', { Message: '{"a":1}' }, '{"a":1}'],
  ['JSON that is no object', { Message: '7', Subject: null }, '7'],
])('%s', (_, sns, text) => {
  expect(slackText(sns)).toBe(text);
});

test('a long text is cut to what Slack takes', () => {
  expect(slackText({ Message: 'x'.repeat(10_000) })).toHaveLength(3_000);
});

test('each notification goes to the webhook of the parameter', async () => {
  const bodies: string[] = [];
  await using server = await startScriptedServer((request, response) => {
    bodies.push(request.body.toString());
    response.end('ok');
  });
  await notifySlack(event(JSON.stringify(alarm)), parameters(server.url), '/webhook');
  expect(bodies.map((body) => JSON.parse(body).text)).toEqual([expect.stringMatching(/^\*ALARM\* pennyworth-ledger/)]);
});

test('a webhook that fails once is tried again', async () => {
  await using server = await startScriptedServer((_, response, index) => {
    response.statusCode = index === 0 ? 503 : 200;
    response.end();
  });
  await notifySlack(event('x'), parameters(server.url), '/webhook', 1);
  expect(server.requests).toHaveLength(2);
});

test('one that is gone is an error, after three tries', async () => {
  await using server = await startScriptedServer((_, response) => {
    response.statusCode = 404;
    response.end('no_service');
  });
  await expect(notifySlack(event('x'), parameters(server.url), '/webhook', 1)).rejects.toThrow('404');
  expect(server.requests).toHaveLength(3);
});

test.each([
  [undefined, 'there is no parameter /webhook'],
  ['hooks.slack.com/services/T0/B0/planted', '/webhook does not hold an address'],
  ['hooks.slack.com:443/services/T0/B0/planted', '/webhook does not hold an address'],
  ['http://hooks.slack.com/services/T0/B0/planted', '/webhook does not hold an address'],
  ['https://user:planted@hooks.slack.com/services', "Slack's webhook cannot be reached"],
  ['http://127.0.0.1:9/planted', "Slack's webhook cannot be reached"],
])('%s: the error says so, and never the address', async (webhook, message) => {
  const error: unknown = await notifySlack(event('x'), parameters(webhook), '/webhook', 1).catch(
    (thrown: unknown) => thrown,
  );
  expect(String(error)).toContain(message);
  expect(inspect(error, { depth: 9 })).not.toContain('planted');
});

test('only SNS’s events are notifications', () => {
  expect(isNotificationEvent(event('x'))).toBe(true);
  for (const other of [null, {}, { Records: [] }, { Records: [{ s3: {} }] }, { Records: [{ Sns: { Message: 1 } }] }]) {
    expect(isNotificationEvent(other)).toBe(false);
  }
});
