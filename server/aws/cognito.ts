import { AwsError } from './aws-error.ts';
import { isRecord, textOf } from './json.ts';
import { type CallJson, createJsonCaller } from './json-protocol.ts';
import type { AwsClientOptions } from './service-client.ts';

/** A person as Cognito has them. */
export interface CognitoUser {
  readonly username: string;
  readonly enabled: boolean;
  /** e.g. `CONFIRMED`, `FORCE_CHANGE_PASSWORD`. */
  readonly status: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** With `custom:` before the name where it is a custom one. */
  readonly attributes: ReadonlyMap<string, string>;
  /** e.g. `SOFTWARE_TOKEN_MFA`. */
  readonly mfaSettings: readonly string[];
}

export interface CognitoReader {
  /** @returns undefined when the pool has no such person. @throws AwsError */
  adminGetUser(userPoolId: string, username: string): Promise<CognitoUser | undefined>;
  /** Names of all groups; undefined when the pool has no such person. @throws AwsError */
  adminListGroupsForUser(userPoolId: string, username: string): Promise<readonly string[] | undefined>;
}

/** Of one page; the service's own most. */
const mostGroups = 60;

const retries = { leastDelayMs: 50, mostDelayMs: 400, anyServerError: true };

export function createCognitoReader(options: AwsClientOptions): CognitoReader {
  const call = createJsonCaller(options, {
    service: 'cognito-idp',
    target: 'AWSCognitoIdentityProviderService',
    version: '1.1',
    retries,
  });

  return {
    adminGetUser: (userPoolId, username) =>
      unlessAbsent(async () => decodeUser(await call('AdminGetUser', { UserPoolId: userPoolId, Username: username }))),

    adminListGroupsForUser: (userPoolId, username) =>
      unlessAbsent(() => allGroups(call, { UserPoolId: userPoolId, Username: username, Limit: mostGroups })),
  };
}

async function allGroups(call: CallJson, who: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await call('AdminListGroupsForUser', { ...who, NextToken: token });
    const { Groups, NextToken } = isRecord(page) ? page : {};
    if (!Array.isArray(Groups)) throw unreadable('AdminListGroupsForUser was answered without Groups');
    for (const group of Groups) {
      const name = isRecord(group) ? textOf(group['GroupName']) : undefined;
      if (name !== undefined) names.push(name);
    }
    token = textOf(NextToken);
  } while (token !== undefined);
  return names;
}

async function unlessAbsent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AwsError && error.name === 'UserNotFoundException') return undefined;
    throw error;
  }
}

function unreadable(message: string): AwsError {
  return new AwsError({ name: 'UnreadableAnswerError', message, service: 'cognito-idp', status: 200 });
}

function decodeUser(output: unknown): CognitoUser {
  const { Username, Enabled, UserStatus, UserAttributes, UserCreateDate, UserMFASettingList } = isRecord(output)
    ? output
    : {};
  if (typeof Username !== 'string' || typeof Enabled !== 'boolean') {
    throw unreadable('AdminGetUser was answered without Username and Enabled');
  }
  return {
    username: Username,
    enabled: Enabled,
    status: textOf(UserStatus) ?? 'UNKNOWN',
    createdAt: typeof UserCreateDate === 'number' ? UserCreateDate * 1000 : 0,
    attributes: decodeAttributes(UserAttributes),
    mfaSettings: Array.isArray(UserMFASettingList) ? UserMFASettingList.filter((name) => typeof name === 'string') : [],
  };
}

function decodeAttributes(list: unknown): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const entry of Array.isArray(list) ? list : []) {
    if (isRecord(entry) && typeof entry['Name'] === 'string')
      attributes.set(entry['Name'], textOf(entry['Value']) ?? '');
  }
  return attributes;
}
