import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { getOpen, openChallenge } from './challenge-session.ts';
import { invalidParameter, notAuthorized } from './faults.ts';
import { tokenNotFound } from './mfa-challenges.ts';
import { isReady, settableFactors } from './mfa-factors.ts';
import { type Context, getClient, getPool, type Operation, operation } from './operation.ts';
import { createSecret, takeCode } from './software-token.ts';
import { type AppClient, type MfaFactor, type Pool, type User, userKey } from './state.ts';
import { authorizeCaller } from './tokens.ts';
import { changeUser, getUser } from './users.ts';

const Credential = z.object({
  AccessToken: z.optional(z.string().check(z.minLength(1))),
  Session: z.optional(z.string().check(z.minLength(20), z.maxLength(2048))),
});
const Preference = z.optional(
  z.object({ Enabled: z._default(z.boolean(), false), PreferredMfa: z._default(z.boolean(), false) }),
);
const Preferences = z.object({
  SMSMfaSettings: Preference,
  SoftwareTokenMfaSettings: Preference,
  EmailMfaSettings: Preference,
});

/** Second factors: what a person sets up and chooses, and what a pool offers. */
export const mfaOperations: Readonly<Record<string, Operation>> = {
  AssociateSoftwareToken: operation('open', 'UserResourceUpdate', Credential, (context, input) => {
    const { pool, user, setup } = getPerson(context, input);
    if (!settableFactors(pool).includes('SOFTWARE_TOKEN_MFA')) throw notEnabled();
    const secret = createSecret();
    // Until a code of the new secret is verified, an older token stays the one in force.
    changeUser(context, user, { pendingSecret: secret });
    return { SecretCode: secret, Session: setup?.next(false) };
  }),
  VerifySoftwareToken: operation(
    'open',
    'UserResourceUpdate',
    z.extend(Credential, {
      UserCode: z.string().check(z.regex(/^[0-9]+$/), z.minLength(6), z.maxLength(6)),
      FriendlyDeviceName: z.optional(z.string().check(z.maxLength(131_072))),
    }),
    (context, { UserCode: code, FriendlyDeviceName: deviceName, ...input }) => {
      const { pool, user, setup } = getPerson(context, input);
      if (!settableFactors(pool).includes('SOFTWARE_TOKEN_MFA')) throw notEnabled();
      if (user.pendingSecret === undefined) throw tokenNotFound('Software Token MFA does not exist for the user.');
      const taken = takeCode({ secret: user.pendingSecret, deviceName, usedSteps: [] }, code, context.now());
      if (typeof taken === 'string') {
        throw new AwsFault('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA');
      }
      changeUser(context, user, { softwareToken: taken, pendingSecret: undefined });
      return { Status: 'SUCCESS', Session: setup?.next(true) };
    },
  ),
  SetUserMFAPreference: operation(
    'open',
    'UserResourceUpdate',
    z.extend(Preferences, { AccessToken: z.string().check(z.minLength(1)) }),
    (context, input) => {
      const { pool, user } = authorizeCaller(context, input.AccessToken, 'write');
      prefer(context, pool, user, input);
      return {};
    },
  ),
  AdminSetUserMFAPreference: operation(
    'signed',
    'UserResourceUpdate',
    z.extend(Preferences, { UserPoolId: z.string(), Username: z.string().check(z.minLength(1), z.maxLength(128)) }),
    (context, input) => {
      const pool = getPool(context, input.UserPoolId);
      prefer(context, pool, getUser(context, pool, input.Username, 'write'), input);
      return {};
    },
  ),
};

interface Person {
  readonly pool: Pool;
  readonly user: User;
  /** Where it happens within a sign-in: uses this step's session up, and gives that of the next. */
  readonly setup?: { next(isVerified: boolean): string };
}

/** The caller with an access token, or the one whose sign-in waits for a second factor to be set up. */
function getPerson(context: Context, input: z.infer<typeof Credential>): Person {
  const { AccessToken: token, Session: session } = input;
  if (token !== undefined) return authorizeCaller(context, token, 'write');
  if (session === undefined) throw invalidParameter('Missing required parameter Session or AccessToken');
  const challenge = getOpen(context.challenges.find('MFA_SETUP', session));
  const client: AppClient = getClient(context, challenge.clientId);
  const user = context.state.users.get(userKey(client.poolId, challenge.userKey));
  if (user === undefined) throw notAuthorized('Invalid session for the user.');
  if (!user.enabled) throw notAuthorized('User is disabled.');
  const next = (isVerified: boolean) => {
    context.challenges.use(session);
    return openChallenge(context, client, { ...challenge, isVerified });
  };
  return { pool: getPool(context, client.poolId), user, setup: { next } };
}

/** A factor that is not named keeps its setting. */
function prefer(context: Context, pool: Pool, user: User, input: z.infer<typeof Preferences>): void {
  const named = [
    ['SMS_MFA', input.SMSMfaSettings],
    ['SOFTWARE_TOKEN_MFA', input.SoftwareTokenMfaSettings],
    ['EMAIL_OTP', input.EmailMfaSettings],
  ] as const;
  let settings = user.mfaSettings;
  let preferred = user.preferredMfa;
  if (named.filter(([, setting]) => setting?.Enabled && setting.PreferredMfa).length > 1) {
    throw invalidParameter('Only one MFA method can be preferred.');
  }
  for (const [factor, setting] of named) {
    if (setting === undefined) continue;
    settings = settings.filter((other) => other !== factor);
    if (preferred === factor) preferred = undefined;
    if (!setting.Enabled) continue;
    if (factor === 'SMS_MFA' || !isReady(pool, user, factor)) {
      throw invalidParameter(`User does not have delivery config set to turn on ${factor}`);
    }
    settings = [...settings, factor];
    if (setting.PreferredMfa) preferred = factor;
  }
  changeUser(context, user, { mfaSettings: settings, preferredMfa: preferred });
}

/** As GetUser and AdminGetUser show a person's second factors. */
export function toMfaMembers(user: User): {
  readonly UserMFASettingList?: readonly MfaFactor[];
  readonly PreferredMfaSetting?: MfaFactor;
} {
  return {
    ...(user.mfaSettings.length > 0 && { UserMFASettingList: user.mfaSettings }),
    ...(user.preferredMfa !== undefined && { PreferredMfaSetting: user.preferredMfa }),
  };
}

function notEnabled(): AwsFault {
  return tokenNotFound('Software Token MFA has not been enabled by the userPool');
}
