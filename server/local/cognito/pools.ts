import { randomBytes, randomInt } from 'node:crypto';
import * as z from 'zod/mini';
import { addCustomAttributes, createSchema, SchemaInput } from './attributes.ts';
import { invalidParameter } from './faults.ts';
import { type Context, getPool, type Operation, operation, toSeconds } from './operation.ts';
import { pageOf } from './page.ts';
import { checkDemand } from './pool-mfa.ts';
import {
  checkEmulated,
  isCaseSensitive,
  PoolSettings,
  PoolUpdate,
  passwordPolicyOf,
  temporaryDaysOf,
} from './pool-settings.ts';
import type { Pool } from './state.ts';
import { generatePrivateKey } from './tokens.ts';
import { deleteUser, usersOf } from './users.ts';

const PoolId = z.object({ UserPoolId: z.string() });
const accountId = '123456789012';

export const poolOperations: Readonly<Record<string, Operation>> = {
  CreateUserPool: operation(
    'signed',
    'UserPoolUpdate',
    z.extend(z.omit(PoolSettings, { Name: true }), {
      PoolName: PoolSettings.shape.Name,
      Schema: z._default(z.array(SchemaInput).check(z.minLength(1), z.maxLength(50)), []),
    }),
    async (context, { PoolName, Schema, ...settings }) => {
      checkEmulated(settings);
      checkDemand(settings.MfaConfiguration, undefined);
      const schema = createSchema(Schema);
      const privateKey = await generatePrivateKey();
      const now = context.now();
      const pool: Pool = {
        id: `${context.region}_${Array.from({ length: 9 }, () => letters.charAt(randomInt(letters.length))).join('')}`,
        settings: { ...settings, Name: PoolName },
        schema,
        keyId: randomBytes(32).toString('base64'),
        privateKey,
        decoySecret: randomBytes(32).toString('hex'),
        createdAt: now,
        modifiedAt: now,
      };
      context.state.pools.put(pool);
      return { UserPool: toDescription(context, pool) };
    },
  ),
  DescribeUserPool: operation('signed', 'UserPoolRead', PoolId, (context, { UserPoolId }) => ({
    UserPool: toDescription(context, getPool(context, UserPoolId)),
  })),
  ListUserPools: operation(
    'signed',
    'UserPoolRead',
    z.object({ MaxResults: z.int().check(z.gte(1), z.lte(60)), NextToken: z.optional(z.string()) }),
    (context, { MaxResults, NextToken }) => {
      const page = pageOf(context.state.pools.values(), (pool) => pool.id, MaxResults, NextToken);
      const pools = page.rows.map((pool) => ({ Id: pool.id, Name: pool.settings.Name, ...toDates(pool) }));
      return { UserPools: pools, NextToken: page.next };
    },
  ),
  UpdateUserPool: operation(
    'signed',
    'UserPoolUpdate',
    z.extend(PoolUpdate, { UserPoolId: z.string(), PoolName: z.optional(z.string().check(z.minLength(1))) }),
    (context, { UserPoolId, PoolName, ...update }) => {
      const pool = getPool(context, UserPoolId);
      checkEmulated(update);
      checkDemand(update.MfaConfiguration, pool.mfa);
      // What can be chosen only once stays; everything else that is not sent goes back to its default.
      const { Name, AliasAttributes, UsernameConfiguration } = pool.settings;
      const settings = { ...update, Name: PoolName ?? Name, AliasAttributes, UsernameConfiguration };
      context.state.pools.put({ ...pool, settings, modifiedAt: context.now() });
      return {};
    },
  ),
  AddCustomAttributes: operation(
    'signed',
    'UserPoolResourceUpdate',
    z.extend(PoolId, { CustomAttributes: z.array(SchemaInput).check(z.minLength(1), z.maxLength(25)) }),
    (context, { UserPoolId, CustomAttributes }) => {
      const pool = getPool(context, UserPoolId);
      const schema = addCustomAttributes(pool.schema, CustomAttributes);
      context.state.pools.put({ ...pool, schema, modifiedAt: context.now() });
      return {};
    },
  ),
  DeleteUserPool: operation('signed', 'UserPoolUpdate', PoolId, (context, { UserPoolId }) => {
    const pool = getPool(context, UserPoolId);
    if (pool.settings.DeletionProtection === 'ACTIVE') {
      throw invalidParameter(
        'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
      );
    }
    const { groups, clients, pools, domains, resourceServers } = context.state;
    if ([...domains.values()].some((domain) => domain.poolId === pool.id)) {
      throw invalidParameter('User pool cannot be deleted. It has a domain configured that should be deleted first.');
    }
    for (const server of [...resourceServers.values()]) if (server.poolId === pool.id) resourceServers.delete(server);
    for (const user of usersOf(context, pool.id)) deleteUser(context, user);
    for (const group of [...groups.values()]) if (group.poolId === pool.id) groups.delete(group);
    for (const client of [...clients.values()]) if (client.poolId === pool.id) clients.delete(client);
    pools.delete(pool);
    return {};
  }),
};

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function toDescription(context: Context, pool: Pool): Record<string, unknown> {
  const { settings } = pool;
  return {
    ...settings,
    Id: pool.id,
    Arn: `arn:aws:cognito-idp:${context.region}:${accountId}:userpool/${pool.id}`,
    Policies: {
      ...settings.Policies,
      PasswordPolicy: { ...passwordPolicyOf(settings), TemporaryPasswordValidityDays: temporaryDaysOf(settings) },
    },
    DeletionProtection: settings.DeletionProtection ?? 'INACTIVE',
    UsernameConfiguration: { CaseSensitive: isCaseSensitive(settings) },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, ...settings.AdminCreateUserConfig },
    SchemaAttributes: pool.schema,
    EstimatedNumberOfUsers: usersOf(context, pool.id).length,
    ...toDates(pool),
  };
}

function toDates(pool: Pool): Record<string, number> {
  return { CreationDate: toSeconds(pool.createdAt), LastModifiedDate: toSeconds(pool.modifiedAt) };
}
