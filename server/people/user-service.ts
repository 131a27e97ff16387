import type {
  CreateUser,
  DeletedUser,
  InviteUser,
  ListUsersQuery,
  UpdateUser,
  User,
  UserList,
} from '../../shared/api/users.ts';
import type { AuditChange, Caller } from '../audit/audit-trail.ts';
import type { CognitoUser } from '../aws/cognito.ts';
import { conflict, invalidRequest } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import { nameOf, policyAttribute, policyOf } from './assemble-person.ts';
import { listUsers } from './list-users.ts';
import {
  confirmAdmin,
  type FoundUser,
  isService,
  orUnavailable,
  type PeopleChangeOptions,
  putInForce,
  readUser,
  withoutLastAdmin,
} from './people-change.ts';
import { planPolicy, showPolicy } from './policy.ts';
import { checkTeam, createUser, newPassword } from './user-creation.ts';
import { statusOf, toUser } from './user-view.ts';

/** People and service accounts, for administrators; auditors list and show. Every method throws GatewayError. */
export interface UserService {
  create(caller: Caller, input: CreateUser): Promise<User>;
  list(query: ListUsersQuery): Promise<UserList>;
  show(id: string): Promise<User>;
  update(caller: Caller, id: string, input: UpdateUser): Promise<User>;
  /** Says how many keys work no more. */
  disable(caller: Caller, id: string): Promise<User>;
  enable(caller: Caller, id: string): Promise<User>;
  /** Keys go with the person; their rows in ledger and trail stay. */
  remove(caller: Caller, id: string): Promise<DeletedUser>;
  /** For who has lost their authenticator app: every session ends, and another app can be enrolled. */
  resetMfa(caller: Caller, id: string): Promise<User>;
  /** Again, with a new temporary password. */
  invite(caller: Caller, id: string, input: InviteUser): Promise<User>;
}

export function createUserService(options: PeopleChangeOptions): UserService {
  const { admin, audit, clock, logger } = options;

  const view = (found: FoundUser) => toUser(options, found, clock.now());

  type Change = Omit<AuditChange, 'target' | 'username'>;
  const record = (caller: Caller, { user: { username } }: FoundUser, change: Change) =>
    audit.record(caller, { ...change, target: username, username });
  const finish = async (caller: Caller, changed: FoundUser, change: Change) => {
    await putInForce(options, changed.user.username);
    await record(caller, changed, change);
  };

  /** What takes an administrator away waits its turn; anything else is done at once. */
  const guarded = (caller: Caller, { user, groups }: FoundUser, change: () => Promise<void>) =>
    groups.includes('admin') ? withoutLastAdmin(options, caller, user.username, change) : change();

  const found = async (caller: Caller, id: string): Promise<FoundUser> => {
    await confirmAdmin(options, caller);
    return readUser(options, id);
  };

  return {
    create: (caller, input) => orUnavailable(() => createUser(options, caller, input)),
    list: (query) => orUnavailable(() => listUsers(options, query)),
    show: (id) => orUnavailable(async () => view(await readUser(options, id))),

    update: (caller, id, input) =>
      orUnavailable(async () => {
        const policy = input.policy ? planPolicy(input.policy) : undefined;
        const before = await found(caller, id);
        checkTeam(policy, before.groups);
        const attributes = changedAttributes(before, input, policy && JSON.stringify(policy));
        await admin.setAttributes(id, attributes);
        const user = {
          ...before.user,
          attributes: new Map([...before.user.attributes, ...Object.entries(attributes)]),
        };
        const after = { ...before, user };
        const emailChange = input.email !== undefined && { email_changed: true };
        const states = { before: stateOf(before, logger), after: { ...stateOf(after, logger), ...emailChange } };
        await finish(caller, after, { action: 'user.update', ...states });
        return view(after);
      }),

    disable: (caller, id) =>
      orUnavailable(async () => {
        const before = await found(caller, id);
        await guarded(caller, before, () => admin.setEnabled(id, false));
        const user = { ...before.user, enabled: false };
        await finish(caller, before, { action: 'user.disable', ...statesOf(before.user, user) });
        const shown = await view({ ...before, user });
        return { ...shown, suspended_keys: shown.active_keys };
      }),

    enable: (caller, id) =>
      orUnavailable(async () => {
        const before = await found(caller, id);
        const user = { ...before.user, enabled: true };
        // What gives somebody rights is written down before it is done: nobody has them without a row.
        await record(caller, before, { action: 'user.enable', ...statesOf(before.user, user) });
        await admin.setEnabled(id, true);
        await putInForce(options, id);
        return view({ ...before, user });
      }),

    remove: (caller, id) =>
      orUnavailable(async () => {
        const before = await found(caller, id);
        const { active_keys: keys } = await view(before);
        // Disabled and told to everybody first: whatever stops this half-way leaves somebody who can do nothing, and the
        // same request goes on. The trail is written before the last step, after which nobody could ask for it again.
        // Only what takes an administrator away is done in turn: the turn is too short for more.
        await guarded(caller, before, () => admin.setEnabled(id, false));
        await admin.signOut(id);
        await finish(caller, before, {
          action: 'user.delete',
          before: { ...stateOf(before, logger), active_keys: keys },
        });
        await admin.deleteUser(id);
        options.people.forget(id);
        return { user_id: id, deleted: true, deleted_keys: keys };
      }),

    resetMfa: (caller, id) =>
      orUnavailable(async () => {
        const before = await found(caller, id);
        if (isService(before.user)) throw noSignIn();
        await admin.forgetSecondFactor(id);
        await admin.signOut(id);
        const mfa = before.user.mfaSettings.includes('SOFTWARE_TOKEN_MFA');
        await finish(caller, before, { action: 'user.reset_mfa', before: { mfa }, after: { mfa: false } });
        return view({ ...before, user: { ...before.user, mfaSettings: [] } });
      }),

    invite: (caller, id, { invite = true }) =>
      orUnavailable(async () => {
        const before = await found(caller, id);
        if (isService(before.user)) throw noSignIn();
        if (before.user.status !== 'FORCE_CHANGE_PASSWORD') {
          throw conflict('not_invited', 'The person has signed in already: there is nothing to invite them to.');
        }
        const password = invite ? undefined : newPassword();
        if (password === undefined) await admin.sendInvitation(id);
        else await admin.setTemporaryPassword(id, password);
        await finish(caller, before, { action: 'user.invite', after: { by_email: invite } });
        const shown = await view(before);
        return password === undefined ? shown : { ...shown, temporary_password: password };
      }),
  };
}

function noSignIn() {
  return conflict('not_invited', 'Nobody signs in to a service account.');
}

/** Where nothing was to be done, both are the same. */
function statesOf(before: CognitoUser, after: CognitoUser) {
  return { before: { status: statusOf(before) }, after: { status: statusOf(after) } };
}

/** What the trail keeps of somebody. It is never deleted from, so e-mail addresses do not stand in it. */
function stateOf({ user, groups }: FoundUser, logger: Logger) {
  return { name: nameOf(user), groups: [...groups], policy: showPolicy(policyOf(user, logger)) };
}

/** An empty text takes an attribute away. @throws GatewayError 400 */
function changedAttributes(
  { user }: FoundUser,
  { name, email, policy }: UpdateUser,
  storedPolicy: string | undefined,
): Readonly<Record<string, string>> {
  if (name === undefined && email === undefined && policy === undefined) {
    throw invalidRequest('The request changes nothing: name, email or policy.');
  }
  if (email !== undefined && isService(user)) {
    throw invalidRequest('email: a service account has none; leave it out.', 'email');
  }
  if (name === null && isService(user)) {
    throw invalidRequest('name: a service account has no other name; give one.', 'name');
  }
  return {
    ...(name !== undefined && { name: name ?? '' }),
    ...(email !== undefined && { email, email_verified: 'true' }),
    ...(policy !== undefined && { [policyAttribute]: storedPolicy ?? '' }),
  };
}
