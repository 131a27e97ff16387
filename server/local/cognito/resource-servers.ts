import * as z from 'zod/mini';
import { invalidParameter, resourceNotFound } from './faults.ts';
import { type Context, getPool, type Operation, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { type ResourceServer, resourceServerKey } from './state.ts';

const Named = z.object({
  UserPoolId: z.string(),
  Identifier: z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/)),
});

/** Resource servers of a pool and their scopes, which access tokens name as `<identifier>/<scope>`. */
export const resourceServerOperations: Readonly<Record<string, Operation>> = {
  CreateResourceServer: operation(
    'signed',
    'UserPoolResourceUpdate',
    z.extend(Named, {
      Name: z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[\w\s+=,.@-]+$/)),
      Scopes: z._default(
        z
          .array(
            z.object({
              ScopeName: z.string().check(z.maxLength(256), z.regex(/^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+$/)),
              ScopeDescription: z.string().check(z.minLength(1), z.maxLength(256)),
            }),
          )
          .check(z.maxLength(100)),
        [],
      ),
    }),
    (context, { UserPoolId, Identifier: identifier, Name: name, Scopes: scopes }) => {
      const { id: poolId } = getPool(context, UserPoolId);
      if (context.state.resourceServers.get(resourceServerKey(poolId, identifier))) {
        throw invalidParameter(`${identifier} already exists in user pool ${poolId}.`);
      }
      const server = { poolId, identifier, name, scopes };
      context.state.resourceServers.put(server);
      return { ResourceServer: toDescription(server) };
    },
  ),
  DescribeResourceServer: operation('signed', 'UserPoolResourceRead', Named, (context, input) => ({
    ResourceServer: toDescription(getResourceServer(context, input)),
  })),
  ListResourceServers: operation(
    'signed',
    'UserPoolResourceRead',
    z.object({
      UserPoolId: z.string(),
      MaxResults: z._default(z.int().check(z.gte(1), z.lte(50)), 50),
      NextToken: z.optional(z.string()),
    }),
    (context, { UserPoolId, MaxResults, NextToken }) => {
      const pool = getPool(context, UserPoolId);
      const servers = [...context.state.resourceServers.values()].filter(({ poolId }) => poolId === pool.id);
      const page = pageOf(servers, (server) => server.identifier, MaxResults, NextToken);
      return { ResourceServers: page.rows.map(toDescription), NextToken: page.next };
    },
  ),
  DeleteResourceServer: operation('signed', 'UserPoolResourceUpdate', Named, (context, input) => {
    context.state.resourceServers.delete(getResourceServer(context, input));
    return {};
  }),
};

function getResourceServer(context: Context, { UserPoolId, Identifier }: z.infer<typeof Named>): ResourceServer {
  const pool = getPool(context, UserPoolId);
  const server = context.state.resourceServers.get(resourceServerKey(pool.id, Identifier));
  if (server === undefined) throw resourceNotFound('Resource server does not exist.');
  return server;
}

function toDescription({ poolId, identifier, name, scopes }: ResourceServer): Record<string, unknown> {
  return { UserPoolId: poolId, Identifier: identifier, Name: name, Scopes: scopes };
}
