import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { AttributeList, checkRequired, looksLikeEmail, mergeAttributes, toAttributeList } from './attributes.ts';
import { invalidParameter, userNotFound } from './faults.ts';
import { sendInvitation } from './invitation.ts';
import { toMfaMembers } from './mfa.ts';
import { type Context, getPool, type Operation, operation, toSeconds } from './operation.ts';
import { generatePassword, permanentPassword, temporaryPassword } from './passwords.ts';
import { hasEmailAlias, passwordPolicyOf } from './pool-settings.ts';
import { type Pool, type User, userKey } from './state.ts';
import {
  changeUser,
  claimAlias,
  deleteUser,
  findUser,
  foldName,
  getUser,
  revokeSessions,
  toUserSummary,
} from './users.ts';

const Username = z.string().check(z.minLength(1), z.maxLength(128), z.regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u));
const Password = z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^\S+(.*\S)?$/s));
const Target = z.object({ UserPoolId: z.string(), Username });

const CreateInput = z.extend(Target, {
  UserAttributes: z._default(AttributeList, []),
  TemporaryPassword: z.optional(Password),
  ForceAliasCreation: z._default(z.boolean(), false),
  MessageAction: z.optional(z.enum(['RESEND', 'SUPPRESS'])),
  DesiredDeliveryMediums: z._default(z.array(z.enum(['SMS', 'EMAIL'])), ['SMS']),
});

export const adminUserOperations: Readonly<Record<string, Operation>> = {
  AdminCreateUser: operation('signed', 'UserCreation', CreateInput, (context, input) => {
    const pool = getPool(context, input.UserPoolId);
    const password = input.TemporaryPassword ?? generatePassword(passwordPolicyOf(pool.settings));
    const user =
      input.MessageAction === 'RESEND'
        ? renewInvitation(context, pool, input.Username, password)
        : create(context, pool, input, password);
    if (input.MessageAction !== 'SUPPRESS') {
      sendInvitation(context, pool, user, password, input.DesiredDeliveryMediums);
    }
    return { User: toUserSummary(user) };
  }),
  AdminSetUserPassword: operation(
    'signed',
    'UserAccountRecovery',
    z.extend(Target, { Password, Permanent: z._default(z.boolean(), false) }),
    (context, input) => {
      const pool = getPool(context, input.UserPoolId);
      const user = getUser(context, pool, input.Username, 'write');
      changeUser(
        context,
        user,
        input.Permanent
          ? permanentPassword(pool, user.username, input.Password)
          : temporaryPassword(pool, user.username, input.Password, context.now()),
      );
      return {};
    },
  ),
  AdminGetUser: operation('signed', 'UserRead', Target, (context, input) => {
    const user = getUser(context, getPool(context, input.UserPoolId), input.Username, 'read');
    return {
      Username: user.username,
      UserAttributes: toAttributeList(user.attributes),
      UserCreateDate: toSeconds(user.createdAt),
      UserLastModifiedDate: toSeconds(user.modifiedAt),
      Enabled: user.enabled,
      UserStatus: user.status,
      ...toMfaMembers(user),
    };
  }),
  AdminUpdateUserAttributes: operation(
    'signed',
    'UserUpdate',
    z.extend(Target, { UserAttributes: AttributeList }),
    (context, input) => {
      const pool = getPool(context, input.UserPoolId);
      const user = getUser(context, pool, input.Username, 'write');
      const attributes = mergeAttributes(pool.schema, user.attributes, input.UserAttributes);
      claimAlias(context, pool, user.key, attributes, false);
      changeUser(context, user, { attributes });
      return {};
    },
  ),
  AdminDeleteUserAttributes: operation(
    'signed',
    'UserUpdate',
    z.extend(Target, { UserAttributeNames: z.array(z.string().check(z.minLength(1), z.maxLength(32))) }),
    (context, input) => {
      const pool = getPool(context, input.UserPoolId);
      const user = getUser(context, pool, input.Username, 'write');
      changeUser(context, user, { attributes: withoutAttributes(pool, user, input.UserAttributeNames) });
      return {};
    },
  ),
  AdminDisableUser: operation('signed', 'UserUpdate', Target, (context, input) => {
    const user = getUser(context, getPool(context, input.UserPoolId), input.Username, 'write');
    changeUser(context, user, { enabled: false });
    revokeSessions(context, user);
    return {};
  }),
  AdminEnableUser: operation('signed', 'UserUpdate', Target, (context, input) => {
    const user = getUser(context, getPool(context, input.UserPoolId), input.Username, 'write');
    changeUser(context, user, { enabled: true });
    return {};
  }),
  AdminDeleteUser: operation('signed', 'UserUpdate', Target, (context, input) => {
    deleteUser(context, getUser(context, getPool(context, input.UserPoolId), input.Username, 'write'));
    return {};
  }),
  AdminUserGlobalSignOut: operation('signed', 'UserUpdate', Target, (context, input) => {
    revokeSessions(context, getUser(context, getPool(context, input.UserPoolId), input.Username, 'write'));
    return {};
  }),
};

function create(context: Context, pool: Pool, input: z.infer<typeof CreateInput>, temporary: string): User {
  const { Username: username } = input;
  if (hasEmailAlias(pool.settings) && looksLikeEmail(username)) {
    throw invalidParameter('Username cannot be of email format, since user pool is configured for email alias.');
  }
  const key = foldName(pool, username);
  if (context.state.users.get(userKey(pool.id, key)) !== undefined) {
    throw new AwsFault('UsernameExistsException', 'User account already exists');
  }
  const attributes = mergeAttributes(pool.schema, {}, input.UserAttributes);
  checkRequired(pool.schema, { ...attributes, sub: 'given below' });
  const now = context.now();
  const password = temporaryPassword(pool, username, temporary, now);
  claimAlias(context, pool, key, attributes, input.ForceAliasCreation);
  const user: User = {
    poolId: pool.id,
    username,
    key,
    attributes: { ...attributes, sub: randomUUID() },
    enabled: true,
    ...password,
    groups: [],
    mfaSettings: [],
    createdAt: now,
    modifiedAt: now,
  };
  context.state.users.put(user);
  return user;
}

/** Also for somebody whose temporary password has expired. */
function renewInvitation(context: Context, pool: Pool, username: string, temporary: string): User {
  const user = findUser(context, pool, username);
  if (user === undefined) throw userNotFound();
  if (user.status !== 'FORCE_CHANGE_PASSWORD') {
    throw new AwsFault(
      'UnsupportedUserStateException',
      `Resend not possible. ${username} status is not FORCE_CHANGE_PASSWORD`,
    );
  }
  return changeUser(context, user, temporaryPassword(pool, user.username, temporary, context.now()));
}

function withoutAttributes(pool: Pool, user: User, names: readonly string[]): User['attributes'] {
  for (const name of names) {
    const attribute = pool.schema.find((entry) => entry.Name === name);
    if (attribute === undefined) {
      throw invalidParameter(
        `Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`,
      );
    }
    if (attribute.Required || !attribute.Mutable) throw invalidParameter(`user.${name}: Attribute cannot be deleted.`);
  }
  const isGone = (name: string) =>
    names.includes(name) || (name.endsWith('_verified') && names.includes(name.slice(0, -'_verified'.length)));
  return Object.fromEntries(Object.entries(user.attributes).filter(([name]) => !isGone(name)));
}
