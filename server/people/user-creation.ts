import { randomInt, randomUUID } from 'node:crypto';
import type { CreateUser, User } from '../../shared/api/users.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { isRole } from '../auth/teams.ts';
import { GatewayError, invalidRequest, unavailable } from '../errors.ts';
import { policyAttribute } from './assemble-person.ts';
import { confirmAdmin, type PeopleChangeOptions, readUser } from './people-change.ts';
import { type Policy, planPolicy, showPolicy } from './policy.ts';
import { toUser } from './user-view.ts';

/**
 * Makes a person, or a service account, in all or not at all: whoever could not be written into the trail, put into
 * each group and invited is removed again. Nobody has a role without a row; the e-mail goes out last, because it cannot be
 * taken back.
 * @throws GatewayError 400 naming the field, 409 `email_taken`, 503 saying what stands if even the removal failed
 */
export async function createUser(options: PeopleChangeOptions, caller: Caller, input: CreateUser): Promise<User> {
  const { admin, audit, clock } = options;
  checkKind(input);
  const groups = [...new Set(input.groups ?? [])];
  const policy = input.policy && planPolicy(input.policy);
  checkTeam(policy, groups);
  await confirmAdmin(options, caller);
  await checkGroups(options, groups);
  const username = randomUUID();
  const isInvited = input.email !== undefined && input.invite !== false;
  const password = input.email !== undefined && !isInvited ? newPassword() : undefined;
  let isRecorded = false;
  try {
    await make(options, username, attributesOf(input, policy), password);
    const after = { name: input.service_name ?? null, groups, policy: showPolicy(policy) };
    await audit.record(caller, { action: 'user.create', target: username, username, after });
    isRecorded = true;
    for (const group of groups) await admin.addToGroup(username, group);
    if (isInvited) await admin.sendInvitation(username);
  } catch (error) {
    await undo(options, username, error);
    const reason = error instanceof GatewayError ? error.code : 'failed';
    if (isRecorded) await audit.record(caller, { action: 'user.delete', target: username, username, reason });
    throw error;
  }
  const made = await toUser(options, await readUser(options, username), clock.now());
  return password === undefined ? made : { ...made, temporary_password: password };
}

function checkKind({ email, service_name: serviceName, groups = [], invite }: CreateUser): void {
  if (email === undefined && serviceName === undefined) {
    throw invalidRequest('email: is missing; give it for a person, or service_name for a service account.', 'email');
  }
  if (serviceName === undefined) return;
  if (email !== undefined) {
    throw invalidRequest('service_name: a service account has no e-mail; give one of the two.', 'service_name');
  }
  if (invite === true) {
    throw invalidRequest('invite: nobody signs in to a service account; leave it out.', 'invite');
  }
  const at = groups.findIndex(isRole);
  if (at >= 0) throw roleOfService(`groups[${at}]`);
}

/** Roles are of people who sign in. */
export function roleOfService(param?: string): GatewayError {
  const field = param === undefined ? '' : `${param}: `;
  return invalidRequest(`${field}a service account has no role; choose a team.`, param);
}

/** @throws GatewayError 400 when the policy names a team to pay that the person is not in */
export function checkTeam(policy: Policy | undefined, groups: readonly string[]): void {
  if (policy?.team === undefined || (groups.includes(policy.team) && !isRole(policy.team))) return;
  const message = 'policy.team: the person is not in this team; add them to it first, or leave it out.';
  throw invalidRequest(message, 'policy.team');
}

async function checkGroups({ admin }: PeopleChangeOptions, groups: readonly string[]): Promise<void> {
  const found = await Promise.all(groups.map((group) => admin.findGroup(group)));
  const at = found.indexOf(undefined);
  if (at < 0) return;
  const param = `groups[${at}]`;
  throw invalidRequest(`${param}: there is no group ${groups[at]}; PUT /v1/groups/${groups[at]} makes it.`, param);
}

function attributesOf({ email, service_name: serviceName }: CreateUser, policy: Policy | undefined) {
  return {
    ...(email !== undefined && { email, email_verified: 'true' }),
    ...(serviceName !== undefined && { name: serviceName }),
    ...(policy && { [policyAttribute]: JSON.stringify(policy) }),
  };
}

/** A try whose answer was lost makes the next one say that somebody is there: if they have our new id, it is them. */
async function make(
  { admin, cognito, userPoolId }: PeopleChangeOptions,
  username: string,
  attributes: Readonly<Record<string, string>>,
  password: string | undefined,
): Promise<void> {
  try {
    await admin.createUser(username, attributes, password);
  } catch (error) {
    const isTaken = error instanceof GatewayError && error.code === 'email_taken';
    if (!isTaken || !(await cognito.adminGetUser(userPoolId, username))) throw error;
  }
}

/** Nobody else has this id, so whatever stands under it is what was begun here. */
async function undo({ admin, logger }: PeopleChangeOptions, username: string, cause: unknown): Promise<void> {
  try {
    await admin.deleteUser(username);
  } catch (error) {
    if (error instanceof GatewayError && error.status === 404) return;
    logger.error('user_left_behind', { username, cause: String(cause) });
    throw unavailable(
      'auth_unavailable',
      `The person ${username} was begun and could not be finished or removed. DELETE /v1/users/${username}, then try again.`,
      2,
      cause,
    );
  }
}

const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Four parts of five letters and digits, about 116 bits; small and capital letters, digits and a symbol in each case. */
export function newPassword(): string {
  for (;;) {
    const part = () => Array.from({ length: 5 }, () => letters.charAt(randomInt(letters.length))).join('');
    const password = [part(), part(), part(), part()].join('-');
    if ([/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(password))) return password;
  }
}
