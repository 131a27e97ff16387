import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminSetUserMFAPreferenceCommand,
  type ChallengeNameType,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { CognitoUser } from 'amazon-cognito-identity-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { totpCode, totpStep } from '../../../shared/totp.ts';
import { createUserWithApp, goodPassword, sendCode, signIn, startPool, type TestPool } from './testing.ts';

let dataDir: string;
let own: TestPool;
let offsetMs = 0;
const now = () => Date.now() + offsetMs;
beforeEach(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  dataDir = mkdtempSync(path.join(tmpdir(), 'cognito-mfa-'));
  own = await startPool({ emulator: { now, dataDir } });
  await own.sdk.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: own.userPoolId,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
      EmailMfaConfiguration: { Message: 'Say {####} now', Subject: 'Code' },
    }),
  );
});
afterEach(async () => {
  await own.close();
  rmSync(dataDir, { recursive: true });
  vi.restoreAllMocks();
});

const preferEmail = (PreferredMfa: boolean) =>
  own.sdk.send(
    new AdminSetUserMFAPreferenceCommand({
      UserPoolId: own.userPoolId,
      Username: 'anna',
      EmailMfaSettings: { Enabled: true, PreferredMfa },
    }),
  );
const answer = (user: CognitoUser, ChallengeName: ChallengeNameType, responses: Record<string, string>) =>
  own.sdk.send(
    new RespondToAuthChallengeCommand({
      ClientId: own.clientId,
      ChallengeName,
      Session: String(Reflect.get(user, 'Session')),
      ChallengeResponses: { USERNAME: 'anna', ...responses },
    }),
  );
const mailedCode = () =>
  /Say (\d{8}) now/.exec(readFileSync(path.join(dataDir, 'mail.jsonl'), 'utf8').trim().split('\n').at(-1) ?? '')?.[1];

test('somebody with two second factors chooses between them unless one is preferred; a mailed code is good once', async () => {
  const secret = await createUserWithApp(own, 'anna', (made) => totpCode(made, totpStep(now())), false);
  offsetMs = 30_000;
  await preferEmail(false);
  const { user, ...asked } = await signIn(own, 'anna', goodPassword);
  expect(asked).toMatchObject({
    kind: 'select-mfa',
    parameters: { MFAS_CAN_CHOOSE: '["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]' },
  });
  await expect(answer(user, 'SELECT_MFA_TYPE', { ANSWER: 'SMS_MFA' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await new Promise<void>((resolve, reject) => {
    user.sendMFASelectionAnswer('SOFTWARE_TOKEN_MFA', {
      onSuccess: () => reject(new Error('no code was asked for')),
      onFailure: reject,
      totpRequired: () => resolve(),
    });
  });
  await sendCode(user, totpCode(secret, totpStep(now())));

  const again = await signIn(own, 'anna', goodPassword);
  const mailed = await answer(again.user, 'SELECT_MFA_TYPE', { ANSWER: 'EMAIL_OTP' });
  expect(mailed).toMatchObject({
    ChallengeName: 'EMAIL_OTP',
    ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL', CODE_DELIVERY_DESTINATION: 'a***@e***' },
  });
  Reflect.set(again.user, 'Session', mailed.Session);
  await expect(answer(again.user, 'EMAIL_OTP', { EMAIL_OTP_CODE: '1' })).rejects.toMatchObject({
    name: 'CodeMismatchException',
    message: 'Invalid code or auth state for the user.',
  });
  const EMAIL_OTP_CODE = mailedCode() ?? '';
  expect(await answer(again.user, 'EMAIL_OTP', { EMAIL_OTP_CODE })).toMatchObject({
    AuthenticationResult: { TokenType: 'Bearer' },
  });
  await expect(answer(again.user, 'EMAIL_OTP', { EMAIL_OTP_CODE })).rejects.toThrow('can only be used once');
  await own.sdk.send(
    new AdminSetUserMFAPreferenceCommand({
      UserPoolId: own.userPoolId,
      Username: 'anna',
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    }),
  );
  expect(await signIn(own, 'anna', goodPassword)).toMatchObject({ kind: 'totp' });
});
