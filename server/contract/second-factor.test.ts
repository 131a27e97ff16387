import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  CognitoIdentityProviderClient,
  GetUserPoolMfaConfigCommand,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, expect, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { Me } from '../../shared/api/me.ts';
import { signIn } from './sign-in.ts';

// The admin of dev.json has an authenticator app, whatever became of the starts before.

const dataDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-factor-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const secretOf = (stack: LocalStack) => stack.dev.admin.totp_secret;

async function expectWorkingAdmin(stack: LocalStack): Promise<void> {
  expect(secretOf(stack)).toMatch(/^[A-Z2-7]{52}$/);
  const token = await signIn(stack.dev, stack.dev.admin);
  const response = await fetch(`${stack.dev.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(Me.parse(await response.json())).toMatchObject({ user_id: stack.dev.admin.username, mfa: true });
}

async function withCognito<T>({ dev }: LocalStack, ask: (cognito: CognitoIdentityProviderClient) => Promise<T>) {
  const endpoint = dev.endpoints['cognito_identity_provider'] ?? '';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const cognito = new CognitoIdentityProviderClient({ endpoint, region: dev.region, credentials });
  try {
    return await ask(cognito);
  } finally {
    cognito.destroy();
  }
}

/** A start that is killed with its emulators after so many ms. */
async function startAndKill(afterMs: number): Promise<void> {
  const command = path.join(import.meta.dirname, '..', '..', 'bin', 'pennyworth.js');
  const child = spawn(process.execPath, [command, 'dev', '--json', '--port', '0', '--data', dataDir], {
    stdio: 'ignore',
    detached: true,
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await sleep(afterMs);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  await exited;
}

test('starts that are killed at any moment leave nothing that the next one cannot heal', async () => {
  for (let afterMs = 250; afterMs < 1000; afterMs += 75) await startAndKill(afterMs);
  const stack = await startStack({ dataDir });
  try {
    await expectWorkingAdmin(stack);
  } finally {
    await stack.stop();
  }
});

test('a second start changes neither secret nor password, and signs nobody in', async () => {
  const first = await startStack({ dataDir });
  const modified = (stack: LocalStack) =>
    withCognito(stack, async (cognito) => {
      const target = { UserPoolId: stack.dev.user_pool_id, Username: stack.dev.admin.username };
      return (await cognito.send(new AdminGetUserCommand(target))).UserLastModifiedDate;
    });
  const before = await modified(first);
  await first.stop('SIGKILL');
  const second = await startStack({ dataDir });
  try {
    expect(second.dev.admin).toEqual(first.dev.admin);
    expect(await modified(second)).toEqual(before);
  } finally {
    await second.stop();
  }
});

test('a secret that was lost before it was written down, and a factor that was turned off, are made anew', async () => {
  const first = await startStack({ dataDir });
  await first.stop('SIGKILL');
  const file = path.join(dataDir, 'dev.json');
  const written = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...written, admin: { ...written.admin, totp_secret: null } }));
  const second = await startStack({ dataDir });
  try {
    expect(secretOf(second)).not.toBe(secretOf(first));
    expect({ ...second.dev.admin, totp_secret: '' }).toEqual({ ...first.dev.admin, totp_secret: '' });
    await expectWorkingAdmin(second);
    await withCognito(second, async (cognito) => {
      const UserPoolId = second.dev.user_pool_id;
      const SoftwareTokenMfaSettings = { Enabled: false, PreferredMfa: false };
      const { username: Username } = second.dev.admin;
      await cognito.send(new AdminSetUserMFAPreferenceCommand({ UserPoolId, Username, SoftwareTokenMfaSettings }));
      // As a pool of an older version was made.
      await cognito.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'OFF' }));
    });
  } finally {
    await second.stop('SIGKILL');
  }
  const third = await startStack({ dataDir });
  try {
    await expectWorkingAdmin(third);
    const UserPoolId = third.dev.user_pool_id;
    const shown = await withCognito(third, (cognito) => cognito.send(new GetUserPoolMfaConfigCommand({ UserPoolId })));
    expect(shown).toMatchObject({
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
  } finally {
    await third.stop();
  }
});

test('an endpoint that is set gets it too', async () => {
  const other = await startStack();
  const AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = other.dev.endpoints['cognito_identity_provider'] ?? '';
  const stack = await startStack({ env: { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER } });
  try {
    expect(stack.dev.user_pool_id).toBe(other.dev.user_pool_id);
    await expectWorkingAdmin(stack);
  } finally {
    await stack.stop();
    await other.stop();
  }
});
