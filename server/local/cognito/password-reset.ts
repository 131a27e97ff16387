import { hash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { checkSecretHash } from './client-secret.ts';
import { invalidParameter, notAuthorized, userNotFound } from './faults.ts';
import { createCode, maskAddress } from './mailed-code.ts';
import { type Context, getClient, getPool, type Operation, operation } from './operation.ts';
import { permanentPassword } from './passwords.ts';
import { type AppClient, type Pool, type User, userKey } from './state.ts';
import { changeUser, findUser, getUser } from './users.ts';

const Username = z.string().check(z.minLength(1), z.maxLength(128));
const FromClient = z.object({ ClientId: z.string(), Username, SecretHash: z.optional(z.string()) });
/** "Recovering user accounts" in the developer guide. */
const codeLifetimeMs = 3_600_000;

/** A new password for somebody whose old one is lost, or was withdrawn by an administrator. */
export const passwordResetOperations: Readonly<Record<string, Operation>> = {
  AdminResetUserPassword: operation(
    'signed',
    'UserAccountRecovery',
    z.object({ UserPoolId: z.string(), Username }),
    (context, input) => {
      const pool = getPool(context, input.UserPoolId);
      const user = getUser(context, pool, input.Username, 'write');
      checkResettable(user);
      sendCode(context, changeUser(context, user, { status: 'RESET_REQUIRED' }));
      return {};
    },
  ),
  ForgotPassword: operation('open', 'UserAccountRecovery', FromClient, (context, input) => {
    const { client, user } = findPerson(context, input);
    const decoy = { AttributeName: 'email', DeliveryMedium: 'EMAIL' };
    if (user === undefined) return { CodeDeliveryDetails: { ...decoy, Destination: hide(input.Username, client.id) } };
    if (!user.enabled) throw notAuthorized('User is disabled.');
    checkResettable(user);
    sendCode(context, user);
    return { CodeDeliveryDetails: { ...decoy, Destination: maskAddress(user.attributes['email'] ?? '') } };
  }),
  ConfirmForgotPassword: operation(
    'open',
    'UserAccountRecovery',
    z.extend(FromClient, {
      ConfirmationCode: z.string().check(z.minLength(1), z.maxLength(2048), z.regex(/^\S+$/)),
      Password: z.string().check(z.minLength(1), z.maxLength(256)),
    }),
    (context, input) => {
      const { pool, user } = findPerson(context, input);
      const code = user?.resetCode;
      if (user === undefined || code === undefined || code.until <= context.now()) {
        throw new AwsFault('ExpiredCodeException', 'Invalid code provided, please request a code again.');
      }
      if (!timingSafeEqual(Buffer.from(code.digest), Buffer.from(digestOf(input.ConfirmationCode)))) {
        throw new AwsFault('CodeMismatchException', 'Invalid verification code provided, please try again.');
      }
      changeUser(context, user, { ...permanentPassword(pool, user.username, input.Password), resetCode: undefined });
      return {};
    },
  ),
};

function findPerson(
  context: Context,
  input: z.infer<typeof FromClient>,
): { readonly client: AppClient; readonly pool: Pool; readonly user: User | undefined } {
  const client = getClient(context, input.ClientId);
  checkSecretHash(client, input.SecretHash, [input.Username]);
  const pool = getPool(context, client.poolId);
  const user = findUser(context, pool, input.Username);
  if (user === undefined && client.settings.PreventUserExistenceErrors === 'LEGACY') throw userNotFound();
  if (user !== undefined) context.throttle.countUser(userKey(pool.id, user.key), 'write');
  return { client, pool, user };
}

/** @throws AwsFault when the person never had a password of their own, or has no address for the code. */
function checkResettable(user: User): void {
  if (user.status === 'FORCE_CHANGE_PASSWORD') {
    throw notAuthorized('User password cannot be reset in the current state.');
  }
  if (user.attributes['email_verified'] !== 'true' || !user.attributes['email']) {
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  }
}

function sendCode(context: Context, user: User): void {
  const code = createCode(6);
  changeUser(context, user, { resetCode: { digest: digestOf(code), until: context.now() + codeLifetimeMs } });
  context.mailbox.send({
    to: user.attributes['email'] ?? '',
    subject: 'Your verification code',
    body: `Your password reset code is ${code}`,
  });
}

function digestOf(code: string): string {
  return hash('sha256', code, 'base64url');
}

/** An invented address that stays the same for a name nobody has. */
function hide(name: string, clientId: string): string {
  const letters = hash('sha256', `${clientId}:${name}`, 'hex').replace(/[^a-f]/g, '');
  return `${letters.charAt(0)}***@${letters.charAt(1)}***`;
}
