import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const program = path.join(import.meta.dirname, 'deploy-parameters.ts');

function run(STACK_PARAMETERS: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
    env: { PATH: process.env['PATH'], STACK_PARAMETERS },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('each line is one argument for SAM, spaces and emptiness included', () => {
  const text = [
    '# who is told',
    'NotificationEmail=alarms@example.com',
    '',
    'SlackWebhookParameter=/pennyworth/slack-webhook',
    'CorsOrigins=https://a.example.com, https://b.example.com',
    'ConfigParameter=/pennyworth/config',
    'PermissionsBoundaryArn=arn:aws:iam::123456789012:policy/boundary',
    'BaseDomain=\r',
  ];
  expect(run(text.join('\n'))).toEqual({
    status: 0,
    stderr: '',
    stdout: [
      'NotificationEmail="alarms@example.com"',
      'SlackWebhookParameter="/pennyworth/slack-webhook"',
      'CorsOrigins="https://a.example.com, https://b.example.com"',
      'ConfigParameter="/pennyworth/config"',
      'PermissionsBoundaryArn="arn:aws:iam::123456789012:policy/boundary"',
      'BaseDomain=""',
      '',
    ].join('\n'),
  });
});

test('nothing is nothing', () => {
  expect(run('')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test.each([
  ['NotificationMail=a@b.c', 'template.yaml has no parameter NotificationMail'],
  ['AWS=1', 'no parameter AWS'],
  ['GitSha=abc', 'set by the workflow'],
  ['planted', 'must be Name=value'],
  ['$(planted)=1', 'must be Name=value'],
  ['Config={"planted":1}', 'Config: quotes'],
  ['CorsOrigins=planted" ReservedConcurrency="1', 'CorsOrigins: quotes'],
  ['AdminEmail=planted\\', 'AdminEmail: quotes'],
])('%s is refused, without its value', (line, reason) => {
  const { status, stdout, stderr } = run(`\n${line}`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`line 2: `);
  expect(stderr).toContain(reason);
  expect(stderr).not.toContain('planted');
});
