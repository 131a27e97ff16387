import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  SetUserMFAPreferenceCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { inject } from 'vitest';
import * as z from 'zod/mini';
import { Key } from '../../shared/api/keys.ts';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');

export interface Answered {
  readonly status: number;
  readonly body: unknown;
  /** `error.code` and `error.message` of the body, where it is an error; Anthropic's errors have no code; MCP's is a number, and ours beside it. */
  readonly code: string | null;
  readonly message: string | null;
}

const Refusal = z.object({
  error: z.object({
    code: z.nullish(z.union([z.string(), z.number()])),
    message: z.string(),
    data: z.optional(z.object({ code: z.string() })),
  }),
});

/** One call of a gateway; `credential` undefined: none is sent. */
export async function request(
  [method, path]: readonly [method: string, path: string],
  credential: string | undefined,
  body?: object,
  base = dev.url,
): Promise<Answered> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer: unknown = JSON.parse(await response.text());
  const refusal = Refusal.safeParse(answer);
  const { code, message = null, data } = refusal.success ? refusal.data.error : {};
  const word = data?.code ?? code;
  return { status: response.status, body: answer, code: typeof word === 'string' ? word : null, message };
}

/** Of the deployment's operator, as AWS's console has it. */
const cognito = new CognitoIdentityProviderClient({
  endpoint: dev.endpoints['cognito_identity_provider'] ?? '',
  region: dev.region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

export interface SignedIn {
  readonly username: string;
  readonly token: string;
}

/** Somebody with a final password, signed in. `email` false: a machine's account. */
export async function createPerson(
  groups: readonly string[] = [],
  { email = true, secondFactor = false } = {},
): Promise<SignedIn> {
  const username = crypto.randomUUID();
  const password = 'Correct horse 1!';
  const pool = { UserPoolId: dev.user_pool_id };
  const target = { ...pool, Username: username };
  const address = [
    { Name: 'email', Value: `${username}@example.com` },
    { Name: 'email_verified', Value: 'true' },
  ];
  const UserAttributes = email ? address : [{ Name: 'name', Value: 'a machine' }];
  await cognito.send(new AdminCreateUserCommand({ ...target, MessageAction: 'SUPPRESS', UserAttributes }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...target, Password: password, Permanent: true }));
  for (const GroupName of groups) {
    await cognito.send(new CreateGroupCommand({ ...pool, GroupName })).catch(() => undefined); // it is there already
    await cognito.send(new AdminAddUserToGroupCommand({ ...target, GroupName }));
  }
  const token = await signIn(dev, { username, password });
  if (secondFactor) await enrol(token);
  return { username, token };
}

async function enrol(AccessToken: string): Promise<void> {
  const { SecretCode = '' } = await cognito.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  const UserCode = totpCode(SecretCode, totpStep(Date.now()));
  await cognito.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode }));
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
  await cognito.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));
}

/** A key of theirs: its id and plaintext. */
export async function createKey(
  { token }: SignedIn,
  input: object = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const made = await request(['POST', '/v1/keys'], token, { name: 'test', ...input });
  const { id, key } = Key.parse(made.body);
  if (key === undefined) throw new Error('the plaintext is missing');
  return { id, key };
}
