import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Key } from '../../../shared/api/keys.ts';
import { type ScriptedServer, startScriptedServer } from '../../aws/scripted-server.ts';
import { signIn } from '../../contract/sign-in.ts';
import { slackText } from '../notify-slack.ts';
import { type Cloud, type Deployment, deploy, startCloud } from './function.ts';

// What the function publishes of budgets. SNS is a stand-in here: the local stack has none.

const topicArn = 'arn:aws:sns:us-west-2:123456789012:pennyworth-alarms';
let cloud: Cloud;
let sns: ScriptedServer;
let deployment: Deployment;
let token: string;
let answer = accept;
beforeAll(async () => {
  cloud = await startCloud();
  sns = await startScriptedServer((_, response) => answer(response));
  const env = { PENNYWORTH_TOPIC_ARN: topicArn, AWS_ENDPOINT_URL_SNS: sns.url };
  deployment = await deploy(cloud, { env });
  token = await signIn(cloud.stack.dev, cloud.stack.dev.user);
});
afterAll(async () => {
  await deployment?.stop();
  await sns?.[Symbol.asyncDispose]();
  await cloud?.stack.stop();
});

function accept(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end('<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>');
}

function post(path: string, credential: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  return fetch(`${deployment.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** 1,000 tokens of answer: $0.0165 by the catalogue's prices. */
const planted = 'planted-words-of-a-prompt';
const body = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: `${planted} [[sim:{"bytes":4000,"chunks":4}]]` }],
};

async function keyWith(name: string, limit_usd: string): Promise<{ readonly id: string; readonly key: string }> {
  const made = await post('/v1/keys', token, { name, budgets: [{ period: 'month', limit_usd }] });
  const { id, key = '' } = Key.parse(await made.json());
  return { id, key: key ?? '' };
}

const published = () => sns.requests.map(({ body: sent }) => Object.fromEntries(new URLSearchParams(sent)));

test('each part of a budget is told once, with the next call’s answer at the latest', async () => {
  const { id, key } = await keyWith('laptop', '0.06');
  for (const stream of [true, false, true]) {
    const answered = await post('/v1/chat/completions', key, { ...body, stream });
    expect(answered.status).toBe(200);
    await answered.text();
  }
  // The function takes the next request only when everything of the one before is done.
  await (await post('/v1/chat/completions', 'nobody', body)).text();
  const sent = published();
  expect(sent.map(({ TopicArn, Subject }) => [TopicArn, Subject])).toEqual([
    [topicArn, 'Budget of key laptop: 50 % of $0.06 this month'],
    [topicArn, 'Budget of key laptop: 80 % of $0.06 this month'],
  ]);
  const message = sent[0]?.['Message'] ?? '';
  const { username } = cloud.stack.dev.user;
  expect(JSON.parse(message)).toMatchObject({ key_id: id, key_name: 'laptop', percent: 50, limit_usd: '0.060000000' });
  expect(slackText({ Message: message })).toMatch(
    /^\*Budget of key laptop: 50 % of \$0\.06 this month\*\nThe key laptop/,
  );
  for (const secret of [planted, key, key.slice(-43), cloud.stack.dev.user.email]) {
    expect(JSON.stringify(sent), username).not.toContain(secret);
  }
  expect(sns.requests[0]?.headers.authorization).toContain('/us-west-2/sns/aws4_request');
});

test('a topic that does not answer keeps nobody waiting for their answer', async () => {
  const { key } = await keyWith('phone', '0.02');
  answer = () => undefined;
  const startedAt = performance.now();
  await (await post('/v1/chat/completions', key, { ...body, stream: true })).text();
  const answeredMs = performance.now() - startedAt;
  await (await post('/v1/chat/completions', 'nobody', body)).text();
  expect(deployment.lambda.log()).toMatch(/"event":"notice_failed".+"kind":"budget_threshold"/);
  expect(answeredMs).toBeLessThan(1_900);
  expect(performance.now() - startedAt).toBeLessThan(6_000);
});
