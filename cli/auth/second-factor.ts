import * as z from 'zod/mini';
import { obeyProxyVariables } from '../api/proxy.ts';
import type { Context } from '../context.ts';
import { UpstreamError } from '../errors.ts';
import { type CognitoClient, callCognito } from './cognito.ts';
import { clientOf } from './session.ts';

/** Cognito as the person who is signed in: for what they do with their own account. */
export interface OwnAccount {
  readonly client: CognitoClient;
  readonly accessToken: string;
}

/** AWS API reference, GetUser: both MFA members are absent where nothing is set up. */
const UserAnswer = z.object({
  Username: z.string(),
  UserAttributes: z._default(z.array(z.object({ Name: z.string(), Value: z.optional(z.string()) })), []),
  UserMFASettingList: z._default(z.array(z.string()), []),
  PreferredMfaSetting: z.optional(z.string()),
});

const SecretAnswer = z.object({ SecretCode: z.string().check(z.regex(/^[A-Z2-7]{16,}=*$/)) });

export interface SecondFactor {
  /** E-mail, or the username of who has none: what an authenticator app shows. */
  readonly account: string;
  /** Cognito's names: SOFTWARE_TOKEN_MFA is an authenticator app. */
  readonly methods: readonly string[];
  readonly preferred: string | null;
}

/** @throws AuthError when nobody is signed in */
export async function ownAccount(context: Context): Promise<OwnAccount> {
  await obeyProxyVariables(context.env);
  const session = await context.session(await context.profile());
  const accessToken = await session.bearer();
  return { client: clientOf(await session.getStored(), context), accessToken };
}

export async function findSecondFactor({ client, accessToken }: OwnAccount): Promise<SecondFactor> {
  const user = understood(UserAnswer, await callCognito(client, 'GetUser', { AccessToken: accessToken }));
  const email = user.UserAttributes.find((attribute) => attribute.Name === 'email')?.Value;
  return {
    account: email ?? user.Username,
    methods: user.UserMFASettingList,
    preferred: user.PreferredMfaSetting ?? null,
  };
}

/** A new secret (base32) for an app. One that is in use holds until a code of the new one was verified. */
export async function newSecret({ client, accessToken }: OwnAccount): Promise<string> {
  const answer = await callCognito(client, 'AssociateSoftwareToken', { AccessToken: accessToken });
  return understood(SecretAnswer, answer).SecretCode;
}

/** @throws AuthError with the code `wrong_code` */
export async function verifyCode({ client, accessToken }: OwnAccount, code: string): Promise<void> {
  const body = { AccessToken: accessToken, UserCode: code, FriendlyDeviceName: 'pennyworth' };
  await callCognito(client, 'VerifySoftwareToken', body);
}

/** Whether sign-ins ask for a code of the app. Verifying a code alone does not make them. */
export async function setPreference({ client, accessToken }: OwnAccount, enabled: boolean): Promise<void> {
  const settings = { Enabled: enabled, PreferredMfa: enabled };
  await callCognito(client, 'SetUserMFAPreference', {
    AccessToken: accessToken,
    SoftwareTokenMfaSettings: settings,
  });
}

function understood<T extends z.ZodMiniType>(schema: T, answer: unknown): z.infer<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UpstreamError('Amazon Cognito gave an answer that was not understood', {
    hint: 'update pennyworth, then try again',
    code: 'bad_answer',
  });
}

/**
 * What authenticator apps read from a QR code.
 * Source: "Key Uri Format" of Google Authenticator's wiki; the issuer stands in the label and again as a parameter.
 */
export function otpauthUri(account: string, secret: string): string {
  const query = new URLSearchParams({ secret: secret.replace(/=+$/, ''), issuer: 'Pennyworth' });
  return `otpauth://totp/Pennyworth:${encodeURIComponent(account)}?${query}`;
}
