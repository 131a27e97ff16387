import { createHmac } from 'node:crypto';
import {
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  CreateUserPoolClientCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  completeNewPassword,
  createUser,
  goodPassword,
  required,
  signIn,
  signInForTokens,
  startPool,
  type TestPool,
} from './testing.ts';

const wrong = { code: 'NotAuthorizedException', message: 'Incorrect username or password.' };

let pool: TestPool;
let offsetMs = 0;

beforeAll(async () => {
  pool = await startPool({ emulator: { now: () => Date.now() + offsetMs } });
  await createUser(pool, 'anna');
});
afterEach(() => {
  offsetMs = 0;
  vi.restoreAllMocks();
});
afterAll(() => pool.close());

/** The bodies that the genuine client sends, on their way to the emulator. */
function recordRequests(): { readonly target: string; readonly body: string }[] {
  const requests: { target: string; body: string }[] = [];
  const send = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const target = new Headers(init?.headers).get('x-amz-target') ?? '';
    requests.push({ target: required(target.split('.')[1]), body: String(init?.body) });
    return send(input, init);
  });
  return requests;
}

async function post(target: string, body: string): Promise<{ readonly status: number; readonly answer: unknown }> {
  const response = await fetch(pool.url, {
    method: 'POST',
    headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${target}` },
    body,
  });
  return { status: response.status, answer: await response.json() };
}

describe('the password', () => {
  test('signs in by username and by verified e-mail', async () => {
    for (const name of ['anna', 'anna@example.com']) {
      expect(await signIn(pool, name, goodPassword)).toMatchObject({ kind: 'tokens' });
    }
  });

  test('is refused when it is wrong, and the same for somebody who does not exist', async () => {
    await expect(signIn(pool, 'anna', 'Wrong horse 1!')).rejects.toMatchObject(wrong);
    await expect(signIn(pool, 'nobody@example.com', goodPassword)).rejects.toMatchObject(wrong);
  });

  test.for(['Pässwörd 1! – 日本語 🔑', '  Inner  blanks 1!x', 'A1!a'.repeat(64), 'Quote"\\back 1!'])(
    'may be %s',
    async (password, { expect }) => {
      const target = { UserPoolId: pool.userPoolId, Username: 'odd' };
      if (!(await exists('odd'))) await createUser(pool, 'odd');
      const Password = password.trim();
      await pool.sdk.send(new AdminSetUserPasswordCommand({ ...target, Password, Permanent: true }));
      expect(await signIn(pool, 'odd', Password)).toMatchObject({ kind: 'tokens' });
      await expect(signIn(pool, 'odd', `${Password}x`)).rejects.toMatchObject(wrong);
    },
  );

  test('of a person unknown to the pool has a stable salt and id that look like anybody else’s', async () => {
    const ask = async (USERNAME: string): Promise<Record<string, string | undefined>> => {
      const { ChallengeName, ChallengeParameters } = await pool.sdk.send(
        new InitiateAuthCommand({
          ClientId: pool.clientId,
          AuthFlow: 'USER_SRP_AUTH',
          AuthParameters: { USERNAME, SRP_A: 'a1b2c3' },
        }),
      );
      return { ChallengeName, ...ChallengeParameters };
    };
    const [first, second, other, real] = [
      await ask('nobody'),
      await ask('nobody'),
      await ask('somebody'),
      await ask('anna'),
    ];
    expect({ ...first, SRP_B: '', SECRET_BLOCK: '' }).toEqual({ ...second, SRP_B: '', SECRET_BLOCK: '' });
    expect(first['SALT']).not.toBe(other['SALT']);
    expect(first['SRP_B']).not.toBe(second['SRP_B']);
    expect(Object.keys(first).sort()).toEqual(Object.keys(real).sort());
    expect(first['USER_ID_FOR_SRP']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('of a person unknown to the pool is told apart where the app client asks for it', async () => {
    const legacy = await otherClient({});
    await expect(signIn({ ...pool, clientId: legacy.clientId }, 'nobody', goodPassword)).rejects.toMatchObject({
      code: 'UserNotFoundException',
      message: 'User does not exist.',
    });
  });

  test('can be changed by its owner, who must know the old one and keep to the policy', async () => {
    await createUser(pool, 'changer');
    const { access } = await signInForTokens(pool, 'changer');
    const change = (PreviousPassword: string, ProposedPassword: string) =>
      pool.sdk.send(new ChangePasswordCommand({ AccessToken: access, PreviousPassword, ProposedPassword }));
    await expect(change('Wrong horse 1!', 'Another horse 2!')).rejects.toMatchObject({ name: wrong.code });
    await expect(change(goodPassword, 'short')).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    await change(goodPassword, 'Another horse 2!');
    await expect(signIn(pool, 'changer', goodPassword)).rejects.toMatchObject(wrong);
    expect(await signIn(pool, 'changer', 'Another horse 2!')).toMatchObject({ kind: 'tokens' });
  });
});

describe('the proof', () => {
  test('is refused when it is sent again', async () => {
    const requests = recordRequests();
    await signIn(pool, 'anna', goodPassword);
    const proof = required(requests.find((request) => request.target === 'RespondToAuthChallenge'));
    const { status, answer } = await post(proof.target, proof.body);
    expect({ status, answer }).toEqual({
      status: 400,
      answer: { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' },
    });
  });

  test.for([
    ['another person', { USERNAME: 'berta' }],
    ['another signature', { PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64') }],
    ['another time', { TIMESTAMP: 'Sat Jan 1 00:00:00 UTC 2000' }],
    ['an invented block', { PASSWORD_CLAIM_SECRET_BLOCK: Buffer.alloc(48).toString('base64') }],
  ] as const)('is refused with %s, and used up by it', async ([, change], { expect }) => {
    const send = globalThis.fetch;
    let body = '';
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      if (!String(init?.body).includes('PASSWORD_VERIFIER')) return send(input, init);
      body = String(init?.body);
      const parsed = JSON.parse(body);
      const changed = { ...parsed, ChallengeResponses: { ...parsed.ChallengeResponses, ...change } };
      return send(input, { ...init, body: JSON.stringify(changed) });
    });
    await expect(signIn(pool, 'anna', goodPassword)).rejects.toMatchObject(wrong);
    vi.restoreAllMocks();
    const isUsedUp = !('PASSWORD_CLAIM_SECRET_BLOCK' in change);
    expect((await post('RespondToAuthChallenge', body)).status).toBe(isUsedUp ? 400 : 200);
  });

  test('is refused when the clocks differ by more than five minutes', async () => {
    offsetMs = 4 * 60_000;
    expect(await signIn(pool, 'anna', goodPassword)).toMatchObject({ kind: 'tokens' });
    offsetMs = 6 * 60_000;
    await expect(signIn(pool, 'anna', goodPassword)).rejects.toMatchObject(wrong);
  });

  test('is refused when the challenge is older than three minutes', async () => {
    const send = globalThis.fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      if (String(init?.body).includes('PASSWORD_VERIFIER')) offsetMs = 3 * 60_000 + 1;
      return send(input, init);
    });
    await expect(signIn(pool, 'anna', goodPassword)).rejects.toMatchObject(wrong);
  });

  test.for(['0', '', 'xyz'])('needs a public value that is one, not “%s”', async (SRP_A, { expect }) => {
    const answer = pool.sdk.send(
      new InitiateAuthCommand({
        ClientId: pool.clientId,
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters: { USERNAME: 'anna', SRP_A },
      }),
    );
    await expect(answer).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('a temporary password', () => {
  const temporaryPassword = 'Temporary horse 1!';

  test('must be replaced by one that fits the policy', async () => {
    await createUser(pool, 'carl', { temporaryPassword });
    const result = await signIn(pool, 'carl@example.com', temporaryPassword);
    if (result.kind !== 'new-password') throw new Error('no new password was asked for');
    expect(result.attributes).toEqual({ email: 'carl@example.com', email_verified: 'true' });
    for (const [password, reason] of [
      ['Short1!', 'Password not long enough'],
      ['no capitals 1!', 'Password must have uppercase characters'],
      ['NO SMALL ONES 1!', 'Password must have lowercase characters'],
      ['No digits at all!', 'Password must have numeric characters'],
      ['NoSymbols1', 'Password must have symbol characters'],
    ] as const) {
      await expect(completeNewPassword(result.user, password)).rejects.toMatchObject({
        code: 'InvalidPasswordException',
        message: `Password did not conform with policy: ${reason}`,
      });
    }
    const session = await completeNewPassword(result.user, 'Lasting horse 2!');
    expect(session.getAccessToken().payload).toMatchObject({ username: 'carl', token_use: 'access' });
    await expect(completeNewPassword(result.user, 'Lasting horse 3!')).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Invalid session for the user, session can only be used once.',
    });
    await expect(signIn(pool, 'carl', temporaryPassword)).rejects.toMatchObject(wrong);
    expect(await signIn(pool, 'carl', 'Lasting horse 2!')).toMatchObject({ kind: 'tokens' });
    expect(await status('carl')).toBe('CONFIRMED');
  });

  test('gives a session that is one person’s own and ends after three minutes', async () => {
    await createUser(pool, 'dora', { temporaryPassword });
    const requests = recordRequests();
    const result = await signIn(pool, 'dora', temporaryPassword);
    if (result.kind !== 'new-password') throw new Error('no new password was asked for');
    await expect(completeNewPassword(result.user, 'short')).rejects.toThrow('not long enough');
    const { Session } = JSON.parse(required(requests.at(-1)).body);
    const answer = (USERNAME: string, session: string) =>
      pool.sdk.send(
        new RespondToAuthChallengeCommand({
          ClientId: pool.clientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session: session,
          ChallengeResponses: { USERNAME, NEW_PASSWORD: 'Lasting horse 2!' },
        }),
      );
    await expect(answer('anna', Session)).rejects.toThrow('Invalid session for the user.');
    await expect(answer('dora', 'x'.repeat(64))).rejects.toThrow('Invalid session for the user.');
    offsetMs = 3 * 60_000 + 1;
    await expect(answer('dora', Session)).rejects.toThrow('Invalid session for the user, session is expired.');
  });

  test('expires after the days that the policy names', async () => {
    offsetMs = -7 * 86_400_000 - 1000;
    pool.sdk.config.systemClockOffset = offsetMs;
    await createUser(pool, 'emil', { temporaryPassword });
    pool.sdk.config.systemClockOffset = 0;
    offsetMs = 0;
    await expect(signIn(pool, 'emil', temporaryPassword)).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Temporary password has expired and must be reset by an administrator.',
    });
  });
});

test('a disabled person is refused until enabled again', async () => {
  await createUser(pool, 'frida');
  const target = { UserPoolId: pool.userPoolId, Username: 'frida' };
  await pool.sdk.send(new AdminDisableUserCommand(target));
  await expect(signIn(pool, 'frida', goodPassword)).rejects.toMatchObject({
    code: 'NotAuthorizedException',
    message: 'User is disabled.',
  });
  await expect(signIn(pool, 'frida', 'Wrong horse 1!')).rejects.toMatchObject(wrong);
  await pool.sdk.send(new AdminEnableUserCommand(target));
  expect(await signIn(pool, 'frida', goodPassword)).toMatchObject({ kind: 'tokens' });
});

describe('an app client', () => {
  test('allows only the flows listed for it', async () => {
    const { clientId } = await otherClient({ ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] });
    await expect(signIn({ ...pool, clientId }, 'anna', goodPassword)).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'USER_SRP_AUTH is not enabled for the client.',
    });
    for (const AuthFlow of ['USER_PASSWORD_AUTH', 'ADMIN_USER_PASSWORD_AUTH'] as const) {
      const answer = pool.sdk.send(
        new InitiateAuthCommand({
          ClientId: pool.clientId,
          AuthFlow,
          AuthParameters: { USERNAME: 'anna', PASSWORD: goodPassword },
        }),
      );
      await expect(answer).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });

  test('with a secret needs its hash', async () => {
    const { clientId, secret } = await otherClient({ GenerateSecret: true });
    await expect(signIn({ ...pool, clientId }, 'anna', goodPassword)).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: `Client ${clientId} is configured with secret but SECRET_HASH was not received`,
    });
    const ask = (SECRET_HASH: string) =>
      pool.sdk.send(
        new InitiateAuthCommand({
          ClientId: clientId,
          AuthFlow: 'USER_SRP_AUTH',
          AuthParameters: { USERNAME: 'anna', SRP_A: 'a1b2', SECRET_HASH },
        }),
      );
    const hash = createHmac('sha256', required(secret)).update(`anna${clientId}`).digest('base64');
    expect(await ask(hash)).toMatchObject({ ChallengeName: 'PASSWORD_VERIFIER' });
    await expect(ask(hash.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')))).rejects.toThrow(
      `Unable to verify secret hash for client ${clientId}`,
    );
  });

  test('cannot rotate refresh tokens and allow the old flow at once', async () => {
    const answer = pool.sdk.send(
      new UpdateUserPoolClientCommand({
        UserPoolId: pool.userPoolId,
        ClientId: pool.clientId,
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        RefreshTokenRotation: { Feature: 'ENABLED' },
      }),
    );
    await expect(answer).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

async function otherClient(
  settings: Partial<ConstructorParameters<typeof CreateUserPoolClientCommand>[0]>,
): Promise<{ readonly clientId: string; readonly secret: string | undefined }> {
  const { UserPoolClient } = await pool.sdk.send(
    new CreateUserPoolClientCommand({ UserPoolId: pool.userPoolId, ClientName: 'other', ...settings }),
  );
  return { clientId: required(UserPoolClient?.ClientId), secret: UserPoolClient?.ClientSecret };
}

async function status(username: string): Promise<string | undefined> {
  const user = await pool.sdk.send(new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username: username }));
  return user.UserStatus;
}

async function exists(username: string): Promise<boolean> {
  return status(username).then(
    () => true,
    () => false,
  );
}
