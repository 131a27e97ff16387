import { expect, test } from 'vitest';
import { answerJson, startScriptedServer } from '../aws/scripted-server.ts';
import { createLogger } from '../observe/logger.ts';
import { runTask } from './tasks.ts';

const notification = { Records: [{ EventSource: 'aws:sns', Sns: { Message: 'x' } }] };

async function run(event: unknown, environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const lines: string[] = [];
  await runTask(
    event,
    environment,
    createLogger((line) => lines.push(line)),
  );
  return lines;
}

test('an alarm that Slack does not take is a line of the log, and no failed invocation, which would be an alarm', async () => {
  await using ssm = await startScriptedServer((_, response) =>
    answerJson(response, 200, { Parameter: { Value: 'hooks.slack.com/services/planted' } }),
  );
  const lines = await run(notification, {
    AWS_REGION: 'us-west-2',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL_SSM: ssm.url,
    PENNYWORTH_SLACK_WEBHOOK_PARAMETER: '/webhook',
  });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'error', event: 'slack_failed', cause: expect.stringContaining('/webhook') }),
  ]);
  expect(lines.join('')).not.toContain('planted');
});

test('nor does a variable that is missing make one', async () => {
  const [line] = await run(notification, {});
  expect(line).toContain('PENNYWORTH_SLACK_WEBHOOK_PARAMETER');
});

test('any other event is an error', async () => {
  await expect(run({ source: 'aws.events' }, {})).rejects.toThrow('API Gateway, SNS and CloudFormation only');
});
