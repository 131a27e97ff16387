import {
  AssociateSoftwareTokenCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { type Caller, createAuditTrail } from '../audit/audit-trail.ts';
import type { TokenIdentity } from '../auth/identity.ts';
import { payingTeamOf } from '../auth/teams.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import { GatewayError, unavailable } from '../errors.ts';
import { auditTable, type Deployment, type Instance, region, table } from '../keys/test-deployment.ts';
import { createLogger } from '../observe/logger.ts';
import { type CognitoAdmin, createCognitoAdmin } from './cognito-admin.ts';
import { createGroupService, type GroupService } from './group-service.ts';
import type { PeopleChangeOptions } from './people-change.ts';
import { createUserService, type UserService } from './user-service.ts';

/** What administrators use, over the services of a deployment, beside one instance of the gateway. */
export interface PeopleInstance {
  readonly users: UserService;
  readonly groups: GroupService;
  readonly options: PeopleChangeOptions;
  readonly logLines: readonly string[];
}

/** @param fault Told of each call of Cognito's admin client and of the trail before it is made; may throw or wait. */
export function startPeople(
  deployment: Deployment,
  instance: Instance,
  fault: (call: string) => Promise<void> = async () => undefined,
): PeopleInstance {
  const logLines: string[] = [];
  const logger = createLogger((line) => logLines.push(line));
  const { cognito, dynamo } = deployment.clients();
  const { people, balances, teamPolicies, clock } = instance;
  const clientConfig = {
    region,
    endpoint: deployment.cognito.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const { userPoolId } = deployment;
  const admin = faulty(createCognitoAdmin({ userPoolId, clientConfig, logger }), fault);
  const trail: Pick<DynamoClient, 'putItem'> = faulty(dynamo, (call) => fault(`audit.${call}`));
  const audit = createAuditTrail({ dynamo: { ...dynamo, ...trail }, table: auditTable, clock });
  const sources = { userPoolId, cognito, admin, people, balances, teamPolicies, defaults: {} };
  const options: PeopleChangeOptions = { ...sources, dynamo, table, audit, clock, logger };
  return { users: createUserService(options), groups: createGroupService(options), options, logLines };
}

/** A fault that a caller is told of. */
export const down = () => unavailable('auth_unavailable', 'down', 2);

/** How a promise of ours ended: `ok`, or status, code and field of its GatewayError. */
export async function faultOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return error instanceof GatewayError ? [error.status, error.code, error.param] : String(error);
  }
}

function faulty<T extends CognitoAdmin | DynamoClient>(client: T, fault: (call: string) => Promise<void>): T {
  return new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await fault(String(name));
        return Reflect.apply(member, target, args);
      };
    },
  });
}

/** Somebody signed in, with an authenticator app if they are an administrator. */
export async function signedIn(
  deployment: Deployment,
  instance: Instance,
  groups: readonly string[] = [],
): Promise<Caller & { readonly username: string }> {
  const username = await deployment.createPerson(groups);
  if (groups.includes('admin')) await enrol(deployment, username);
  const person = await instance.people.find(username);
  if (!person) throw new Error(`the pool has no ${username}`);
  const identity: TokenIdentity = {
    kind: 'token',
    client: 'cli',
    person,
    groups: person.groups,
    team: payingTeamOf(person),
  };
  return { identity, requestId: 'req_1', sourceIp: '192.0.2.7', username };
}

/** An authenticator app, set up as the person would do it. */
async function enrol(deployment: Deployment, username: string): Promise<void> {
  const { admin, userPoolId } = deployment;
  const SoftwareTokenMfaConfiguration = { Enabled: true };
  const MfaConfiguration = 'OPTIONAL' as const;
  await admin.send(
    new SetUserPoolMfaConfigCommand({ UserPoolId: userPoolId, MfaConfiguration, SoftwareTokenMfaConfiguration }),
  );
  const { accessToken: AccessToken } = await deployment.signIn(username);
  const { SecretCode = '' } = await admin.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  const UserCode = totpCode(SecretCode, totpStep(Date.now()));
  await admin.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode }));
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
  await admin.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));
}
