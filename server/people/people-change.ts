import { setTimeout as delay } from 'node:timers/promises';
import type { AuditTrail, Caller } from '../audit/audit-trail.ts';
import { authorize } from '../auth/authorize.ts';
import { currentIdentity } from '../auth/current-identity.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { CognitoReader, CognitoUser } from '../aws/cognito.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { conflict, unavailable } from '../errors.ts';
import { type Lease, takeLease } from '../keys/lease.ts';
import type { Balances } from '../money/balance.ts';
import type { PersonSources } from './assemble-person.ts';
import { type CognitoAdmin, unknownUser } from './cognito-admin.ts';
import type { People } from './person.ts';

/** What every change of a person or group is made with. */
export interface PeopleChangeOptions extends PersonSources {
  readonly userPoolId: string;
  readonly cognito: CognitoReader;
  readonly admin: CognitoAdmin;
  readonly people: People;
  readonly balances: Balances;
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** Somebody as Cognito has them at this moment. */
export interface FoundUser {
  readonly user: CognitoUser;
  readonly groups: readonly string[];
}

/** Which names Cognito is asked for: it would also take an e-mail for a username, and another spelling of either. */
const usernames = /^[\w.+-]{1,128}$/;

/** Past every cache. @throws GatewayError 404 for nobody; AwsError */
export async function readUser({ cognito, userPoolId }: PeopleChangeOptions, id: string): Promise<FoundUser> {
  if (!usernames.test(id)) throw unknownUser();
  const [user, groups] = await Promise.all([
    cognito.adminGetUser(userPoolId, id),
    cognito.adminListGroupsForUser(userPoolId, id),
  ]);
  if (user?.username !== id || !groups) throw unknownUser();
  return { user, groups };
}

/** Whether this is an account of a machine: nobody signs in to it. */
export function isService(user: CognitoUser): boolean {
  return !user.attributes.get('email');
}

/** Whether the caller still is an administrator. @throws GatewayError 401, 403 */
export async function confirmAdmin({ people }: PeopleChangeOptions, { identity }: Caller): Promise<void> {
  authorize(await currentIdentity(people, identity), 'admin');
}

/** From here on every process sees the change with the person's next call that spends. @throws GatewayError 503 */
export async function putInForce({ balances, people }: PeopleChangeOptions, username: string): Promise<void> {
  try {
    await balances.bumpGeneration(username);
  } finally {
    people.forget(username);
  }
}

const atOnce = 10;

/** The same for every member of a group, page by page. Done again, it does no harm. @throws GatewayError 404, 503 */
export async function putInForceForMembers(options: PeopleChangeOptions, group: string): Promise<void> {
  let mark: string | undefined;
  do {
    const page = await options.admin.listMembers(group, mark === undefined ? {} : { mark });
    await forEach(page.items, ({ username }) => putInForce(options, username));
    mark = page.next;
  } while (mark !== undefined);
}

/** A few at once, so that Cognito's and DynamoDB's rates are not used up by one request. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    await Promise.all(items.slice(start, start + atOnce).map(work));
  }
}

const adminsLease = 'group:admin';
/** One change (4 s at most) and its confirmation must fit into what is left of the lease. */
const neededMs = 5_000;
const confirmPauseMs = 100;

/**
 * Takes somebody from among the administrators, unless nobody would be left who can sign in as one. Such changes take
 * turns, and the next begins only when Cognito's list shows what this one has done: of two administrators who remove
 * each other at the same moment, one stays.
 * @throws GatewayError 409 `last_admin`, `update_in_progress`
 */
export async function withoutLastAdmin(
  options: PeopleChangeOptions,
  caller: Caller,
  username: string,
  change: () => Promise<void>,
): Promise<void> {
  const lease = await takeLease(options, adminsLease, updateInProgress);
  // Whether Cognito's list can be trusted by the next one; a lease that is not given back ends by itself.
  let isSettled = true;
  try {
    await confirmAdmin(options, caller);
    const others = (await signInAdmins(options)).filter((name) => name !== username);
    if (others.length === 0) throw lastAdmin();
    if (lease.remainingMs() < neededMs) throw updateInProgress();
    isSettled = false;
    await change();
    isSettled = await isTaken(options, lease, username);
  } finally {
    if (isSettled) await lease.release().catch(() => undefined);
    else options.logger.warn('admins_not_confirmed', { username });
  }
}

async function isTaken(options: PeopleChangeOptions, lease: Lease, username: string): Promise<boolean> {
  while (lease.remainingMs() > 0) {
    if (!(await signInAdmins(options)).includes(username)) return true;
    await delay(confirmPauseMs);
  }
  return false;
}

/** Usernames of administrators with whom somebody can sign in now; an invitation may never be followed. */
async function signInAdmins({ admin }: PeopleChangeOptions): Promise<string[]> {
  const names: string[] = [];
  let mark: string | undefined;
  do {
    const page = await admin.listMembers('admin', mark === undefined ? {} : { mark });
    for (const { username, enabled, status } of page.items) {
      if (enabled && status === 'CONFIRMED') names.push(username);
    }
    mark = page.next;
  } while (mark !== undefined);
  return names;
}

function lastAdmin() {
  return conflict(
    'last_admin',
    'Nobody would be left who can sign in as an administrator. Make another person one first, and let them sign in.',
  );
}

function updateInProgress() {
  return conflict('update_in_progress', 'Another change of the administrators is running. Try again in a second.', 1);
}

/** A table or pool that does not answer is told as such; everything else has its words already. @throws GatewayError */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.service === 'cognito-idp') {
      throw unavailable('auth_unavailable', 'The sign-in service does not answer at the moment. Try again.', 2, error);
    }
    const message = 'The table of the gateway does not answer at the moment. Try again.';
    throw unavailable('budget_unavailable', message, 2, error);
  }
}
