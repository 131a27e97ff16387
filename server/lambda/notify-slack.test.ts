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

test('what cannot be delivered is an error, so that SNS tries again', async () => {
  await expect(notifySlack(event('x'), parameters(undefined), '/webhook')).rejects.toThrow('/webhook');
  await using server = await startScriptedServer((_, response) => {
    response.statusCode = 404;
    response.end('no_service');
  });
  await expect(notifySlack(event('x'), parameters(server.url), '/webhook')).rejects.toThrow('404');
});

test('only SNS’s events are notifications', () => {
  expect(isNotificationEvent(event('x'))).toBe(true);
  for (const other of [null, {}, { Records: [] }, { Records: [{ s3: {} }] }, { Records: [{ Sns: { Message: 1 } }] }]) {
    expect(isNotificationEvent(other)).toBe(false);
  }
});
