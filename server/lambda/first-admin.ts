import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  type CognitoIdentityProviderClient,
  ListUsersCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { type Logger, reasonOf } from '../observe/logger.ts';

/** What CloudFormation hands a function for a custom resource of the stack. */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Where the outcome is put; signed, and valid for an hour or so. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
}

/** Where the admin is made. */
export interface AdminPool {
  readonly cognito: CognitoIdentityProviderClient;
  readonly userPoolId: string;
  /** Between two tries. */
  readonly pauseMs?: number;
}

const words = ['RequestType', 'ResponseURL', 'StackId', 'RequestId', 'LogicalResourceId', 'ResourceProperties'];

export function isCustomResourceEvent(event: unknown): event is CustomResourceEvent {
  return typeof event === 'object' && event !== null && words.every((word) => word in event);
}

const physicalId = 'first-admin';

/**
 * Makes the person of the template's `AdminEmail` an admin: invited by e-mail unless they are there. A changed address adds
 * a person; nobody is ever removed, also not with the stack's resource. A roll-back to an older address comes as a change
 * too, and may invite that person again (doc/decisions/0014). Always tells CloudFormation how it went: without
 * that the stack would wait for its whole time limit.
 */
export async function makeFirstAdmin(event: CustomResourceEvent, pool: AdminPool, logger: Logger): Promise<void> {
  let outcome: Readonly<Record<string, string>> = { Status: 'SUCCESS' };
  try {
    if (event.RequestType !== 'Delete') {
      const email = emailOf(event);
      await onceAllowed(() => admit(email, pool), pool.pauseMs ?? 5_000);
    }
  } catch (error) {
    logger.error('first_admin_failed', { cause: reasonOf(error) });
    outcome = { Status: 'FAILED', Reason: `The first admin was not made: ${reasonOf(error)}` };
  }
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = JSON.stringify({ ...outcome, PhysicalResourceId: physicalId, StackId, RequestId, LogicalResourceId });
  // An empty content type: CloudFormation's address is signed without one.
  const response = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation refused the outcome with status ${response.status}`);
}

/** No quotes or backslashes either: the address stands in a filter of Cognito's. */
const address = /^[^\s"\\@]+@[^\s"\\@]+$/;

function emailOf({ ResourceProperties }: CustomResourceEvent): string {
  const { Email: email } = ResourceProperties;
  // A pool that knows no difference between capitals keeps the spelling it was given: only one of ours is looked for.
  if (typeof email === 'string' && address.test(email)) return email.toLowerCase();
  throw new Error('AdminEmail is no e-mail address');
}

const mostTries = 12;

/** With a stack's first deployment the function's role is seconds old, and IAM may not know its rights everywhere yet. */
async function onceAllowed(work: () => Promise<void>, pauseMs: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isDenied = error instanceof Error && error.name === 'AccessDeniedException';
      if (!isDenied || attempt === mostTries) throw error;
      await delay(pauseMs);
    }
  }
}

async function admit(email: string, pool: AdminPool): Promise<void> {
  const { cognito, userPoolId: UserPoolId } = pool;
  const { Users } = await cognito.send(new ListUsersCommand({ UserPoolId, Filter: `email = "${email}"` }));
  // Several may have an address, one of them verified; only that one is known to be theirs.
  const isVerified = ({ Attributes = [] }: UserType) =>
    Attributes.some(({ Name, Value }) => Name === 'email_verified' && Value === 'true');
  const found = Users?.find(isVerified) ?? Users?.[0];
  const Username = found?.Username ?? (await invite(email, pool));
  await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: 'admin' }));
}

/** Under a username of ours (DESIGN §5), with a password that Cognito makes and sends. */
async function invite(email: string, { cognito, userPoolId: UserPoolId }: AdminPool): Promise<string> {
  const Username = randomUUID();
  const UserAttributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ];
  const delivery = { DesiredDeliveryMediums: ['EMAIL' as const] };
  await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, ...delivery }));
  return Username;
}
