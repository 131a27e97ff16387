import { randomBytes, randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  GetUserPoolMfaConfigCommand,
  GroupExistsException,
  ListUserPoolClientsCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  type SchemaAttributeType,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { BucketAlreadyOwnedByYou, BucketLocationConstraint, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

// What template.yaml makes on AWS, made here through the same public APIs and found again by name, so that a second
// start changes nothing and an endpoint that is set to something else is provisioned just the same.

const poolName = 'pennyworth';
const clientName = 'pennyworth-cli';

export interface Pool {
  readonly userPoolId: string;
  readonly clientId: string;
}

/** The pool and client that variables name already. */
export function namedPool(environment: Readonly<Record<string, string | undefined>>): Partial<Pool> {
  const { PENNYWORTH_USER_POOL_ID: userPoolId, PENNYWORTH_CLIENT_ID: clientId } = environment;
  return { ...(userPoolId !== undefined && { userPoolId }), ...(clientId !== undefined && { clientId }) };
}

export interface LocalPerson {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** 40 slots for keys and the person's policy (CONTRACTS §6). Every entry names its type: without it, later updates fail. */
function schema(): SchemaAttributeType[] {
  const slots = Array.from({ length: 40 }, (_, index) => `k${String(index + 1).padStart(2, '0')}`);
  return [...slots, 'policy'].map((name) => ({
    Name: name,
    AttributeDataType: 'String',
    Mutable: true,
    StringAttributeConstraints: { MinLength: '0', MaxLength: '2048' },
  }));
}

/** The user pool with its app client and the groups `admin` and `auditor`. What the environment names is taken as it is. */
export async function provisionPool(named: Partial<Pool>): Promise<Pool> {
  const cognito = new CognitoIdentityProviderClient({});
  try {
    const userPoolId = named.userPoolId ?? (await findPool(cognito)) ?? (await createPool(cognito));
    if (named.userPoolId === undefined) await offerSecondFactor(cognito, userPoolId);
    const clientId =
      named.clientId ??
      (await findClient(cognito, userPoolId, clientName)) ??
      (await createClient(cognito, userPoolId));
    await Promise.all(['admin', 'auditor'].map((group) => createGroup(cognito, userPoolId, group)));
    return { userPoolId, clientId };
  } finally {
    cognito.destroy();
  }
}

async function findPool(cognito: CognitoIdentityProviderClient): Promise<string | undefined> {
  let token: string | undefined;
  do {
    const page = await cognito.send(new ListUserPoolsCommand({ MaxResults: 60, NextToken: token }));
    const found = page.UserPools?.find((pool) => pool.Name === poolName);
    if (found?.Id !== undefined) return found.Id;
    token = page.NextToken;
  } while (token !== undefined);
  return undefined;
}

async function createPool(cognito: CognitoIdentityProviderClient): Promise<string> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: poolName,
      AliasAttributes: ['email'],
      // Cannot be changed later: anna@ and Anna@ are one person.
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ['email'],
      AdminCreateUserConfig: {
        AllowAdminCreateUserOnly: true,
        InviteMessageTemplate: {
          EmailSubject: 'Your sign-in to the LLM gateway',
          EmailMessage:
            'You can now sign in to the LLM gateway with this e-mail address. Run pennyworth login with the gateway’s ' +
            'address, and give this temporary password within 7 days: {####} (your user id is {username})',
        },
      },
      Schema: schema(),
    }),
  );
  return required(UserPool?.Id, 'CreateUserPool');
}

/** Cognito takes this only for a pool that exists; one that a killed run or an older version left without gets it now. */
async function offerSecondFactor(cognito: CognitoIdentityProviderClient, userPoolId: string): Promise<void> {
  const pool = await cognito.send(new GetUserPoolMfaConfigCommand({ UserPoolId: userPoolId }));
  if (pool.MfaConfiguration === 'OPTIONAL' && pool.SoftwareTokenMfaConfiguration?.Enabled) return;
  await cognito.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: userPoolId,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    }),
  );
}

export async function findClient(
  cognito: CognitoIdentityProviderClient,
  userPoolId: string,
  name: string,
): Promise<string | undefined> {
  const page = await cognito.send(new ListUserPoolClientsCommand({ UserPoolId: userPoolId, MaxResults: 60 }));
  return page.UserPoolClients?.find((client) => client.ClientName === name)?.ClientId;
}

/** Of both app clients. Attributes are listed one by one: what is absent from the lists, every key slot above all, no person's token can touch. */
export const clientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
  EnableTokenRevocation: true,
  PreventUserExistenceErrors: 'ENABLED',
  AccessTokenValidity: 60,
  IdTokenValidity: 60,
  RefreshTokenValidity: 30,
  TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'days' },
  ReadAttributes: ['email', 'email_verified', 'name', 'locale'],
  WriteAttributes: ['name', 'locale'],
} satisfies Partial<CreateUserPoolClientCommandInput>;

async function createClient(cognito: CognitoIdentityProviderClient, userPoolId: string): Promise<string> {
  const names = { UserPoolId: userPoolId, ClientName: clientName, GenerateSecret: false };
  const { UserPoolClient } = await cognito.send(new CreateUserPoolClientCommand({ ...names, ...clientSettings }));
  return required(UserPoolClient?.ClientId, 'CreateUserPoolClient');
}

async function createGroup(cognito: CognitoIdentityProviderClient, userPoolId: string, name: string): Promise<void> {
  try {
    await cognito.send(new CreateGroupCommand({ UserPoolId: userPoolId, GroupName: name }));
  } catch (error) {
    if (!(error instanceof GroupExistsException)) throw error;
  }
}

/** The person with that e-mail and a final password; `known` is what an earlier run wrote down about them. */
export async function provisionPerson(
  pool: Pool,
  email: string,
  groups: readonly string[],
  known: LocalPerson | undefined,
): Promise<LocalPerson> {
  const cognito = new CognitoIdentityProviderClient({});
  try {
    const { userPoolId } = pool;
    const found = await cognito.send(new ListUsersCommand({ UserPoolId: userPoolId, Filter: `email = "${email}"` }));
    const existing = found.Users?.[0]?.Username;
    if (existing !== undefined && known?.username === existing) return known;
    const username = existing ?? (await createPerson(cognito, userPoolId, email));
    const password = `Pw1!${randomBytes(12).toString('base64url')}`;
    await cognito.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: userPoolId,
        Username: username,
        Password: password,
        Permanent: true,
      }),
    );
    for (const group of groups) {
      await cognito.send(
        new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: username, GroupName: group }),
      );
    }
    return { username, email, password };
  } finally {
    cognito.destroy();
  }
}

async function createPerson(
  cognito: CognitoIdentityProviderClient,
  userPoolId: string,
  email: string,
): Promise<string> {
  const username = randomUUID();
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: userPoolId,
      Username: username,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  return username;
}

export async function provisionBucket(bucket: string, region: string): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true });
  try {
    // us-east-1 is no constraint; a region newer than this SDK gets S3's own default.
    const LocationConstraint = Object.values(BucketLocationConstraint).find((name) => name === region);
    const place = LocationConstraint && { CreateBucketConfiguration: { LocationConstraint } };
    await s3.send(new CreateBucketCommand({ Bucket: bucket, ...place }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  } finally {
    s3.destroy();
  }
}

export function required(value: string | undefined, call: string): string {
  if (value === undefined) throw new Error(`${call} answered without an id`);
  return value;
}
