import * as z from 'zod/mini';
import { invalidParameter, resourceNotFound } from './faults.ts';
import { getPool, type Operation, operation } from './operation.ts';

const Prefix = z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/));
const Named = z.object({ UserPoolId: z.string(), Domain: Prefix });

/** The domain of a pool's managed login: a prefix, one a pool, each taken once. */
export const domainOperations: Readonly<Record<string, Operation>> = {
  CreateUserPoolDomain: operation(
    'signed',
    'UserPoolUpdate',
    z.extend(Named, { ManagedLoginVersion: z._default(z.int().check(z.gte(1), z.lte(2)), 1) }),
    (context, { UserPoolId, Domain: domain, ManagedLoginVersion: managedLoginVersion }) => {
      const pool = getPool(context, UserPoolId);
      const reserved = ['aws', 'amazon', 'cognito'].find((word) => domain.includes(word));
      if (reserved !== undefined) throw invalidParameter(`Domain cannot contain reserved word: ${reserved}`);
      const { domains } = context.state;
      if (domains.get(domain)) throw invalidParameter('Domain already associated with another user pool.');
      if ([...domains.values()].some(({ poolId }) => poolId === pool.id)) {
        throw invalidParameter('User pool already has a domain configured.');
      }
      domains.put({ domain, poolId: pool.id, managedLoginVersion });
      return { ManagedLoginVersion: managedLoginVersion };
    },
  ),
  DescribeUserPoolDomain: operation('signed', 'UserPoolRead', z.object({ Domain: Prefix }), (context, input) => {
    const found = context.state.domains.get(input.Domain);
    if (found === undefined) return { DomainDescription: {} };
    const { domain: Domain, poolId: UserPoolId, managedLoginVersion: ManagedLoginVersion } = found;
    return { DomainDescription: { Domain, UserPoolId, ManagedLoginVersion, Status: 'ACTIVE', CustomDomainConfig: {} } };
  }),
  DeleteUserPoolDomain: operation('signed', 'UserPoolUpdate', Named, (context, { UserPoolId, Domain }) => {
    const found = context.state.domains.get(Domain);
    if (found?.poolId !== UserPoolId) throw resourceNotFound('No such domain or user pool exists.');
    context.state.domains.delete(found);
    return {};
  }),
};
