import { randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import type { CreateKey, Key } from '../../shared/api/keys.ts';
import { slotCount } from '../../shared/api-key.ts';
import { monthOf } from '../../shared/period.ts';
import { type Caller, createAuditTrail } from '../audit/audit-trail.ts';
import { type Authenticate, createAuthenticator } from '../auth/authenticate.ts';
import type { Identity } from '../auth/identity.ts';
import type { RootSecret } from '../auth/root-secret.ts';
import { createRootSecret } from '../auth/secret-store.ts';
import { payingTeamOf } from '../auth/teams.ts';
import { createTokens, issuerOf } from '../auth/tokens.ts';
import { createAwsClients } from '../aws/clients.ts';
import type { CognitoReader } from '../aws/cognito.ts';
import type { Item } from '../aws/dynamodb.ts';
import { GatewayError } from '../errors.ts';
import type { CognitoLimits } from '../local/cognito/limits.ts';
import type { Emulator } from '../local/emulator.ts';
import { signsInBySrp, startCognito, startDynamo, startSsm } from '../local/services-for-tests.ts';
import { createTable } from '../local/tables.ts';
import type { Balances } from '../money/balance.ts';
import { createBalances } from '../money/dynamo-balances.ts';
import { createLedger } from '../money/dynamo-ledger.ts';
import { createLogger } from '../observe/logger.ts';
import { createCognitoAdmin } from '../people/cognito-admin.ts';
import { createPeople } from '../people/cognito-people.ts';
import type { People } from '../people/person.ts';
import type { DefaultRights } from '../people/rights.ts';
import { createTeamPolicies, type TeamPolicies } from '../people/team-policies.ts';
import type { FaultPoints } from './fault-points.ts';
import { createKeyOwners } from './key-owners.ts';
import { createKeyService, type KeyService } from './key-service.ts';
import { createKeyTransfer, type KeyTransfer } from './key-transfer.ts';
import { createSlotWriter, type SlotWriter } from './slot-writer.ts';

export const region = 'us-west-2';
export const table = 'pennyworth';
export const auditTable = 'pennyworth-audit';
export const parameterName = '/pennyworth/root-secret';
export const password = 'Correct-horse-1';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A clock that a test sets forward. */
export interface TestClock {
  now(): number;
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

/** One warm process of the gateway: caches of its own over the services that all of them share. */
export interface Instance {
  readonly people: People;
  readonly balances: Balances;
  readonly teamPolicies: TeamPolicies;
  readonly rootSecret: RootSecret;
  readonly authenticate: Authenticate;
  readonly keys: KeyService;
  readonly keyTransfer: KeyTransfer;
  readonly clock: TestClock;
  readonly logLines: readonly string[];
}

export interface InstanceOptions {
  /** Where this process dies. */
  readonly faults?: FaultPoints;
  readonly clock?: TestClock;
  readonly ssmUrl?: string;
  readonly defaults?: DefaultRights;
  /** What happens while a writer is about to change a slot. */
  readonly beforeWrite?: () => Promise<void>;
  /** What happens before Cognito is asked for a person, and before it is asked for their groups. */
  readonly beforeRead?: () => Promise<void>;
  /** What happens between Cognito's answer about a person and its arrival. */
  readonly afterRead?: () => Promise<void>;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly idToken: string;
}

export const bearer = (credential: string) => ({ authorization: [`Bearer ${credential}`] });

/** How a promise of ours ended: `ok`, or the status and code of its GatewayError. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return error instanceof GatewayError ? `${error.status} ${error.code}` : String(error);
  }
}

/** How many calls an emulator has seen of any kind. */
export function callsOf(...emulators: readonly Emulator[]): number {
  return emulators.flatMap(({ calls }) => [...calls.values()]).reduce((sum, count) => sum + count, 0);
}

/** The genuine parts over HTTP: three emulators, a pool with an app client, two tables. */
export class Deployment {
  readonly cognito: Emulator;
  readonly dynamo: Emulator;
  readonly ssm: Emulator;
  readonly admin: CognitoIdentityProviderClient;
  readonly clock = testClock();
  userPoolId = '';
  clientId = '';

  private constructor(cognito: Emulator, dynamo: Emulator, ssm: Emulator) {
    this.cognito = cognito;
    this.dynamo = dynamo;
    this.ssm = ssm;
    this.admin = new CognitoIdentityProviderClient({ region, endpoint: cognito.url, credentials });
  }

  static async start(limits: CognitoLimits = {}): Promise<Deployment> {
    const started = await Promise.all([startCognito({ limits }), startDynamo({}), startSsm({})]);
    const deployment = new Deployment(...started);
    deployment.userPoolId = await deployment.createPool();
    deployment.clientId = await deployment.createClient(deployment.userPoolId);
    await deployment.#createTables();
    return deployment;
  }

  async close(): Promise<void> {
    this.admin.destroy();
    await Promise.all([this.cognito.close(), this.dynamo.close(), this.ssm.close()]);
  }

  async createPool(): Promise<string> {
    const slots = Array.from({ length: slotCount }, (_, index) => `k${String(index + 1).padStart(2, '0')}`);
    const Schema = [...slots, 'policy'].map((Name) => ({
      Name,
      AttributeDataType: 'String' as const,
      Mutable: true,
      StringAttributeConstraints: { MinLength: '0', MaxLength: '2048' },
    }));
    const command = new CreateUserPoolCommand({ PoolName: `pool-${randomUUID()}`, AliasAttributes: ['email'], Schema });
    const { UserPool } = await this.admin.send(command);
    if (UserPool?.Id === undefined) throw new Error('the pool has no id');
    return UserPool.Id;
  }

  async createClient(userPoolId: string): Promise<string> {
    const { UserPoolClient } = await this.admin.send(
      new CreateUserPoolClientCommand({
        UserPoolId: userPoolId,
        ClientName: 'cli',
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
        ReadAttributes: ['email', 'name'],
        WriteAttributes: ['name'],
      }),
    );
    if (UserPoolClient?.ClientId === undefined) throw new Error('the client has no id');
    return UserPoolClient.ClientId;
  }

  async #createTables(): Promise<void> {
    const client = new DynamoDBClient({ region, endpoint: this.dynamo.url, credentials });
    for (const name of [table, auditTable]) await createTable(client, name, false);
    client.destroy();
  }

  /** A person with a final password; the username. */
  async createPerson(groups: readonly string[] = [], userPoolId = this.userPoolId): Promise<string> {
    const username = randomUUID();
    const who = { UserPoolId: userPoolId, Username: username };
    await this.admin.send(
      new AdminCreateUserCommand({
        ...who,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: `${username}@example.com` },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await this.admin.send(new AdminSetUserPasswordCommand({ ...who, Password: password, Permanent: true }));
    for (const group of groups) await this.addToGroup(username, group, userPoolId);
    return username;
  }

  /** As an operator does it in AWS's console: no instance is told. */
  async addToGroup(username: string, group: string, userPoolId = this.userPoolId): Promise<void> {
    const named = { UserPoolId: userPoolId, GroupName: group };
    await this.admin.send(new CreateGroupCommand(named)).catch(() => undefined); // the group is there already
    await this.admin.send(new AdminAddUserToGroupCommand({ ...named, Username: username }));
  }

  /** A sign-in by SRP with the library that the command line uses. */
  signIn(username: string, clientId = this.clientId, userPoolId = this.userPoolId): Promise<SignedIn> {
    const Pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint: this.cognito.url });
    const user = new CognitoUser({ Username: username, Pool });
    return new Promise((resolve, reject) => {
      user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), {
        onSuccess: (session) =>
          resolve({
            accessToken: session.getAccessToken().getJwtToken(),
            idToken: session.getIdToken().getJwtToken(),
          }),
        onFailure: reject,
      });
    });
  }

  /** Puts an item into the table as it is. */
  putItem(item: Item): Promise<void> {
    return this.clients().dynamo.putItem(table, item);
  }

  /** This month's rows of the trail, oldest first. */
  async trail(now = Date.now()): Promise<readonly Item[]> {
    const { items } = await this.clients().dynamo.query(auditTable, { pk: `A#${monthOf(now)}` });
    return items;
  }

  /** Its rows about one key, person or group. */
  async trailOf(target: string): Promise<readonly Item[]> {
    return (await this.trail()).filter((item) => item['target'] === target);
  }

  /** AWS's own variables, as the server reads them. */
  environment(ssmUrl = this.ssm.url) {
    return {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: this.dynamo.url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: this.cognito.url,
      AWS_ENDPOINT_URL_SSM: ssmUrl,
    };
  }

  clients(ssmUrl = this.ssm.url) {
    return createAwsClients(this.environment(ssmUrl));
  }

  startInstance({
    clock = this.clock,
    ssmUrl = this.ssm.url,
    beforeWrite,
    beforeRead,
    afterRead,
    defaults = {},
    faults,
  }: InstanceOptions = {}): Instance {
    const logLines: string[] = [];
    const logger = createLogger((line) => logLines.push(line));
    const wrap = <T extends object>(client: T) => faults?.wrap(client) ?? client;
    const clients = this.clients(ssmUrl);
    const { parameters } = clients;
    const [dynamo, reader] = [wrap(clients.dynamo), wrap(clients.cognito)];
    const cognito: CognitoReader = {
      async adminListGroupsForUser(...who) {
        await beforeRead?.();
        return reader.adminListGroupsForUser(...who);
      },
      async adminGetUser(...who) {
        await beforeRead?.();
        const user = await reader.adminGetUser(...who);
        await afterRead?.();
        return user;
      },
    };
    const { userPoolId, clientId } = this;
    const rootSecret = createRootSecret({ parameters, dynamo, table, parameterName, clock, logger });
    const ledger = createLedger({ dynamo, table, rootSecret });
    const spentBefore = async () => ({ day: 0, month: 0, total: 0 });
    const balances = createBalances({ dynamo, table, clock, ledger, spentBefore });
    const teamPolicies = createTeamPolicies({ dynamo, table, logger });
    const people = createPeople({ cognito, userPoolId, balances, teamPolicies, defaults, clock, logger });
    const audit = createAuditTrail({ dynamo, table: auditTable, clock });
    const tokens = createTokens({ issuer: issuerOf(userPoolId, region, this.cognito.url), clientId, clock });
    const clientConfig = { region, endpoint: this.cognito.url, credentials };
    const slots = wrap(createSlotWriter({ userPoolId, clientConfig, logger }));
    const writer: SlotWriter = {
      async write(...change) {
        await beforeWrite?.();
        await slots.write(...change);
      },
    };
    const directory = createCognitoAdmin({ userPoolId, clientConfig, logger });
    const owners = createKeyOwners({ dynamo, table });
    const parts = { rootSecret, people, balances, owners, writer, directory, dynamo, table, audit, clock, logger };
    return {
      people,
      balances,
      teamPolicies,
      rootSecret,
      authenticate: createAuthenticator({ rootSecret, people, tokens, findOAuth: async () => undefined, clock }),
      keys: createKeyService(parts),
      keyTransfer: createKeyTransfer(parts),
      clock,
      logLines,
    };
  }

  /** Signs a person in and makes them a key. */
  async createKey(
    instance: Instance,
    username: string,
    input: Partial<CreateKey> = {},
  ): Promise<Key & { key: string }> {
    const caller = await this.callerOf(instance, username);
    const key = await instance.keys.create(caller, { name: 'test', ...input });
    if (key.key === undefined) throw new Error('create gave no plaintext');
    return { ...key, key: key.key };
  }

  async callerOf(instance: Instance, username: string): Promise<Caller> {
    const identity = await this.#identityOf(instance, username);
    return { identity, requestId: `req_${randomUUID()}`, sourceIp: '192.0.2.7' };
  }

  /** By a sign-in; where the service has none, what one would have told. */
  async #identityOf(instance: Instance, username: string): Promise<Identity> {
    if (signsInBySrp) return instance.authenticate(bearer((await this.signIn(username)).accessToken));
    const person = await instance.people.find(username);
    if (!person) throw new Error(`the pool has no ${username}`);
    return { kind: 'token', client: 'cli', person, groups: person.groups, team: payingTeamOf(person) };
  }
}
