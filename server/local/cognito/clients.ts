import { randomBytes, randomInt } from 'node:crypto';
import * as z from 'zod/mini';
import { checkPermissions } from './attributes.ts';
import { ClientSettings, checkClientSettings } from './client-settings.ts';
import { checkOAuthSettings } from './oauth-settings.ts';
import { getClient, getPool, type Operation, operation, toSeconds } from './operation.ts';
import { pageOf } from './page.ts';
import type { AppClient } from './state.ts';

const ClientId = z.object({ UserPoolId: z.string(), ClientId: z.string() });

export const clientOperations: Readonly<Record<string, Operation>> = {
  CreateUserPoolClient: operation(
    'signed',
    'UserPoolClientUpdate',
    z.extend(ClientSettings, { UserPoolId: z.string(), GenerateSecret: z.optional(z.boolean()) }),
    (context, { UserPoolId, GenerateSecret, ...settings }) => {
      const pool = getPool(context, UserPoolId);
      checkClientSettings(settings);
      checkOAuthSettings(context, pool.id, settings);
      checkPermissions(pool.schema, settings, 'creating');
      const now = context.now();
      const client: AppClient = {
        id: Array.from({ length: 26 }, () => characters.charAt(randomInt(characters.length))).join(''),
        poolId: pool.id,
        secret: GenerateSecret ? randomBytes(32).toString('hex').slice(0, 52) : undefined,
        settings,
        createdAt: now,
        modifiedAt: now,
      };
      context.state.clients.put(client);
      return { UserPoolClient: toDescription(client) };
    },
  ),
  DescribeUserPoolClient: operation('signed', 'UserPoolClientRead', ClientId, (context, input) => ({
    UserPoolClient: toDescription(getClient(context, input.ClientId, getPool(context, input.UserPoolId).id)),
  })),
  UpdateUserPoolClient: operation(
    'signed',
    'UserPoolClientUpdate',
    z.extend(ClientSettings, { ...ClientId.shape, ClientName: z.optional(ClientSettings.shape.ClientName) }),
    (context, { UserPoolId, ClientId: id, ClientName, ...update }) => {
      const pool = getPool(context, UserPoolId);
      const client = getClient(context, id, pool.id);
      // What is not sent goes back to its default; only the name stays.
      const settings = { ...update, ClientName: ClientName ?? client.settings.ClientName };
      checkClientSettings(settings);
      checkOAuthSettings(context, pool.id, settings);
      checkPermissions(pool.schema, settings, 'updating');
      const next = { ...client, settings, modifiedAt: context.now() };
      context.state.clients.put(next);
      return { UserPoolClient: toDescription(next) };
    },
  ),
  ListUserPoolClients: operation(
    'signed',
    'UserPoolClientRead',
    z.object({
      UserPoolId: z.string(),
      MaxResults: z._default(z.int().check(z.gte(1), z.lte(60)), 60),
      NextToken: z.optional(z.string()),
    }),
    (context, { UserPoolId, MaxResults, NextToken }) => {
      const pool = getPool(context, UserPoolId);
      const clients = [...context.state.clients.values()].filter((client) => client.poolId === pool.id);
      const page = pageOf(clients, (client) => client.id, MaxResults, NextToken);
      return {
        UserPoolClients: page.rows.map((client) => ({
          ClientId: client.id,
          UserPoolId: pool.id,
          ClientName: client.settings.ClientName,
        })),
        NextToken: page.next,
      };
    },
  ),
};

const characters = 'abcdefghijklmnopqrstuvwxyz0123456789';

function toDescription(client: AppClient): Record<string, unknown> {
  return {
    ...client.settings,
    UserPoolId: client.poolId,
    ClientId: client.id,
    ClientSecret: client.secret,
    CreationDate: toSeconds(client.createdAt),
    LastModifiedDate: toSeconds(client.modifiedAt),
  };
}
