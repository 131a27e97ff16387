import type {
  CognitoIdentityProviderClient,
  CognitoIdentityProviderClientConfig,
  GroupType,
  UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { CognitoUser } from '../aws/cognito.ts';
import { conflict, GatewayError, invalidRequest, notFound, unavailable } from '../errors.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';

/** A page of a list of Cognito's, in its own order; `next` undefined on the last. */
interface CognitoPage<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

export interface CognitoGroup {
  readonly name: string;
  readonly description: string | null;
  /** ms since the epoch. */
  readonly createdAt: number;
}

type Attributes = Readonly<Record<string, string>>;

/**
 * What only administrators ask of Cognito, by the SDK's client. Every method throws GatewayError: 404 for an unknown
 * person or group, 409 `email_taken`, 503 `auth_unavailable` when Cognito does not answer within four seconds.
 */
export interface CognitoAdmin {
  /** With a temporary password, Cognito's own unless given, and without an e-mail to anybody. @throws GatewayError 400 `email` */
  createUser(username: string, attributes: Attributes, temporaryPassword?: string): Promise<void>;
  /** By e-mail, with a new temporary password. @throws GatewayError 503 `invitation_not_sent`, 409 `not_invited` */
  sendInvitation(username: string): Promise<void>;
  setTemporaryPassword(username: string, password: string): Promise<void>;
  /** Only those that are named change. @throws GatewayError 400 `email` */
  setAttributes(username: string, attributes: Attributes): Promise<void>;
  setEnabled(username: string, isEnabled: boolean): Promise<void>;
  /** Ends every session. */
  signOut(username: string): Promise<void>;
  /** A new app can then be enrolled. */
  forgetSecondFactor(username: string): Promise<void>;
  deleteUser(username: string): Promise<void>;
  addToGroup(username: string, group: string): Promise<void>;
  removeFromGroup(username: string, group: string): Promise<void>;
  /** At most 60 people, without second factors. @throws GatewayError 400 `cursor` */
  listUsers(query: { readonly filter?: string; readonly limit?: number; readonly mark?: string }): UserPage;
  listMembers(group: string, query?: { readonly limit?: number; readonly mark?: string }): UserPage;
  findGroup(name: string): Promise<CognitoGroup | undefined>;
  listGroups(query: { readonly limit?: number; readonly mark?: string }): Promise<CognitoPage<CognitoGroup>>;
  /** false: it is there already. */
  createGroup(name: string, description: string | undefined): Promise<boolean>;
  describeGroup(name: string, description: string): Promise<void>;
  deleteGroup(name: string): Promise<void>;
}
type UserPage = Promise<CognitoPage<CognitoUser>>;

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

const timeoutMs = 4_000;
/** Cognito's own most. */
const longestPage = 60;

export function createCognitoAdmin(options: {
  readonly userPoolId: string;
  readonly clientConfig: CognitoIdentityProviderClientConfig;
  readonly logger: Logger;
}): CognitoAdmin {
  const { userPoolId: UserPoolId, logger } = options;
  let client: CognitoIdentityProviderClient | undefined;

  /** Loads the SDK with the first call, bounds each call, and gives Cognito's refusals our words. */
  const call = async <T>(
    work: (
      sdk: Sdk,
      send: CognitoIdentityProviderClient['send'],
      bound: () => { abortSignal: AbortSignal },
    ) => Promise<T>,
  ): Promise<T> => {
    const sdk = await import('@aws-sdk/client-cognito-identity-provider');
    client ??= new sdk.CognitoIdentityProviderClient(options.clientConfig);
    try {
      return await work(sdk, client.send.bind(client), () => ({ abortSignal: AbortSignal.timeout(timeoutMs) }));
    } catch (error) {
      throw inOurWords(error, logger);
    }
  };
  /** Of all that we set, only an e-mail has a form that Cognito judges by rules of its own. */
  const orWrongEmail = async ({ email }: Attributes, sent: Promise<unknown>): Promise<void> => {
    try {
      await sent;
    } catch (error) {
      if (!email || !(error instanceof Error) || error.name !== 'InvalidParameterException') throw error;
      throw invalidRequest('email: Cognito does not take this address; give another.', 'email');
    }
  };
  const of = (Username: string) => ({ UserPoolId, Username });
  const pageOf = ({ limit, mark }: { readonly limit?: number; readonly mark?: string }) => {
    return { Limit: Math.min(limit ?? longestPage, longestPage), mark };
  };

  return {
    createUser: (username, attributes, temporaryPassword) =>
      call(async (sdk, send, bound) => {
        const command = new sdk.AdminCreateUserCommand({
          ...of(username),
          MessageAction: 'SUPPRESS',
          TemporaryPassword: temporaryPassword,
          UserAttributes: listOf(attributes),
        });
        await orWrongEmail(attributes, send(command, bound()));
      }),
    sendInvitation: (username) =>
      call(async (sdk, send, bound) => {
        const delivery = { MessageAction: 'RESEND' as const, DesiredDeliveryMediums: ['EMAIL' as const] };
        await send(new sdk.AdminCreateUserCommand({ ...of(username), ...delivery }), bound());
      }),
    setTemporaryPassword: (username, Password) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.AdminSetUserPasswordCommand({ ...of(username), Password, Permanent: false }), bound());
      }),
    setAttributes: (username, attributes) =>
      call(async (sdk, send, bound) => {
        const UserAttributes = listOf(attributes);
        const command = new sdk.AdminUpdateUserAttributesCommand({ ...of(username), UserAttributes });
        await orWrongEmail(attributes, send(command, bound()));
      }),
    setEnabled: (username, isEnabled) =>
      call(async (sdk, send, bound) => {
        if (isEnabled) await send(new sdk.AdminEnableUserCommand(of(username)), bound());
        else await send(new sdk.AdminDisableUserCommand(of(username)), bound());
      }),
    signOut: (username) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.AdminUserGlobalSignOutCommand(of(username)), bound());
      }),
    forgetSecondFactor: (username) =>
      call(async (sdk, send, bound) => {
        const SoftwareTokenMfaSettings = { Enabled: false, PreferredMfa: false };
        await send(new sdk.AdminSetUserMFAPreferenceCommand({ ...of(username), SoftwareTokenMfaSettings }), bound());
      }),
    deleteUser: (username) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.AdminDeleteUserCommand(of(username)), bound());
      }),
    addToGroup: (username, GroupName) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.AdminAddUserToGroupCommand({ ...of(username), GroupName }), bound());
      }),
    removeFromGroup: (username, GroupName) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.AdminRemoveUserFromGroupCommand({ ...of(username), GroupName }), bound());
      }),
    listUsers: ({ filter, ...query }) =>
      call(async (sdk, send, bound) => {
        const { Limit, mark } = pageOf(query);
        const command = new sdk.ListUsersCommand({ UserPoolId, Filter: filter, Limit, PaginationToken: mark });
        const output = await orCursor(sdk, mark, send(command, bound()));
        return { items: (output.Users ?? []).map(toUser), next: output.PaginationToken };
      }),
    listMembers: (GroupName, query = {}) =>
      call(async (sdk, send, bound) => {
        const { Limit, mark } = pageOf(query);
        const command = new sdk.ListUsersInGroupCommand({ UserPoolId, GroupName, Limit, NextToken: mark });
        const output = await orCursor(sdk, mark, send(command, bound()));
        return { items: (output.Users ?? []).map(toUser), next: output.NextToken };
      }),
    findGroup: (GroupName) =>
      call(async (sdk, send, bound) => {
        try {
          const { Group } = await send(new sdk.GetGroupCommand({ UserPoolId, GroupName }), bound());
          return Group && toGroup(Group);
        } catch (error) {
          if (error instanceof sdk.ResourceNotFoundException) return undefined;
          throw error;
        }
      }),
    listGroups: (query) =>
      call(async (sdk, send, bound) => {
        const { Limit, mark } = pageOf(query);
        const command = new sdk.ListGroupsCommand({ UserPoolId, Limit, NextToken: mark });
        const output = await orCursor(sdk, mark, send(command, bound()));
        return { items: (output.Groups ?? []).map(toGroup), next: output.NextToken };
      }),
    createGroup: (GroupName, Description) =>
      call(async (sdk, send, bound) => {
        try {
          await send(new sdk.CreateGroupCommand({ UserPoolId, GroupName, Description }), bound());
          return true;
        } catch (error) {
          if (error instanceof sdk.GroupExistsException) return false;
          throw error;
        }
      }),
    describeGroup: (GroupName, Description) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.UpdateGroupCommand({ UserPoolId, GroupName, Description }), bound());
      }),
    deleteGroup: (GroupName) =>
      call(async (sdk, send, bound) => {
        await send(new sdk.DeleteGroupCommand({ UserPoolId, GroupName }), bound());
      }),
  };
}

function listOf(attributes: Attributes): { Name: string; Value: string }[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

/** What Cognito tells in lists lacks second factors. */
function toUser({ Username = '', Enabled = false, UserStatus = 'UNKNOWN', Attributes = [], UserCreateDate }: UserType) {
  return {
    username: Username,
    enabled: Enabled,
    status: UserStatus,
    createdAt: UserCreateDate?.getTime() ?? 0,
    attributes: new Map(Attributes.map(({ Name = '', Value = '' }) => [Name, Value])),
    mfaSettings: [],
  };
}

function toGroup({ GroupName = '', Description, CreationDate }: GroupType): CognitoGroup {
  return { name: GroupName, description: Description || null, createdAt: CreationDate?.getTime() ?? 0 };
}

/** A mark that Cognito does not know can only be one that a caller made up or kept too long. */
async function orCursor<T>(sdk: Sdk, mark: string | undefined, page: Promise<T>): Promise<T> {
  try {
    return await page;
  } catch (error) {
    if (mark === undefined || !(error instanceof sdk.InvalidParameterException)) throw error;
    throw invalidRequest('cursor: is not one that this list gave; start again without it.', 'cursor');
  }
}

function inOurWords(error: unknown, logger: Logger): GatewayError {
  if (error instanceof GatewayError) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'UserNotFoundException') return unknownUser();
  if (name === 'ResourceNotFoundException') return unknownGroup();
  if (name === 'AliasExistsException' || name === 'UsernameExistsException') {
    return conflict('email_taken', 'email: another person has this address. GET /v1/users?email= shows who.');
  }
  if (name === 'UnsupportedUserStateException') {
    return conflict('not_invited', 'Only who has not signed in yet can be invited again.');
  }
  logger.error('people_change_failed', { cause: reasonOf(error) });
  if (name === 'CodeDeliveryFailureException' || name === 'LimitExceededException') {
    const message = 'No e-mail could be sent: there may have been too many today. Use "invite": false, or try later.';
    return unavailable('invitation_not_sent', message, 60, error);
  }
  return unavailable('auth_unavailable', 'The sign-in service did not take the request. Try again.', 2, error);
}

export function unknownUser(): GatewayError {
  return notFound('person with this id');
}

export function unknownGroup(): GatewayError {
  return notFound('group of this name');
}
