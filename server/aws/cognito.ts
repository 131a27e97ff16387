import { AwsError } from './aws-error.ts';
import { isRecord, textOf } from './json.ts';
import { createJsonCaller } from './json-protocol.ts';
import type { AwsClientOptions } from './service-client.ts';

/** A person as Cognito has them. */
export interface CognitoUser {
  readonly username: string;
  readonly enabled: boolean;
  /** e.g. `CONFIRMED`, `FORCE_CHANGE_PASSWORD`. */
  readonly status: string;
  /** With `custom:` before the name where it is a custom one. */
  readonly attributes: ReadonlyMap<string, string>;
  /** e.g. `SOFTWARE_TOKEN_MFA`. */
  readonly mfaSettings: readonly string[];
}

export interface CognitoReader {
  /** @returns undefined when the pool has no such person. @throws AwsError */
  adminGetUser(userPoolId: string, username: string): Promise<CognitoUser | undefined>;
}

const retries = { leastDelayMs: 50, mostDelayMs: 400, anyServerError: true };

export function createCognitoReader(options: AwsClientOptions): CognitoReader {
  const call = createJsonCaller(options, {
    service: 'cognito-idp',
    target: 'AWSCognitoIdentityProviderService',
    version: '1.1',
    retries,
  });

  return {
    async adminGetUser(userPoolId, username) {
      try {
        return decodeUser(await call('AdminGetUser', { UserPoolId: userPoolId, Username: username }));
      } catch (error) {
        if (error instanceof AwsError && error.name === 'UserNotFoundException') return undefined;
        throw error;
      }
    },
  };
}

function decodeUser(output: unknown): CognitoUser {
  const { Username, Enabled, UserStatus, UserAttributes, UserMFASettingList } = isRecord(output) ? output : {};
  if (typeof Username !== 'string' || typeof Enabled !== 'boolean') {
    const message = 'AdminGetUser was answered without Username and Enabled';
    throw new AwsError({ name: 'UnreadableAnswerError', message, service: 'cognito-idp', status: 200 });
  }
  return {
    username: Username,
    enabled: Enabled,
    status: textOf(UserStatus) ?? 'UNKNOWN',
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
