import { UsageCallList, UsageCallsQuery, UsageQuery, UsageReport } from '../../shared/api/usage.ts';
import { UsageRangeQuery, UsageVerification } from '../../shared/api/usage-books.ts';
import type { Identity } from '../auth/identity.ts';
import { asksForOthers } from '../auth/others.ts';
import { forbidden } from '../errors.ts';
import type { Scope } from '../money/condensed.ts';
import { json, managementRoute } from '../route.ts';

interface Asked {
  readonly user_id?: string | undefined;
  readonly key_id?: string | undefined;
  readonly all?: string | undefined;
}

/** A person sees their own calls; a key with scope `usage` sees the calls made with itself, and no others. */
function narrow<Q extends Asked>(identity: Identity, query: Q): readonly [Scope, Q] {
  const others = asksForOthers(identity, 'auditor', query);
  const username = query.user_id ?? identity.person.username;
  if (identity.kind === 'token')
    return [others === 'all' && query.user_id === undefined ? 'everyone' : { username }, query];
  if (query.key_id !== undefined && query.key_id !== identity.keyId) {
    throw forbidden('insufficient_scope', 'A key reads its own usage only. Leave key_id out, or sign in.');
  }
  return [{ username }, { ...query, key_id: identity.keyId }];
}

const errors = ['insufficient_scope', 'forbidden', 'mfa_required', 'budget_unavailable', 'days_open'] as const;

export const usageRoutes = [
  managementRoute({
    method: 'GET',
    path: '/v1/usage',
    summary: 'What was used and what it cost, in groups',
    access: 'usage',
    query: UsageQuery,
    body: null,
    response: { status: 200, schema: UsageReport, streams: false },
    errors,
    handle: async ({ context, identity, query }) =>
      json(200, await (await context.reports()).usage(...narrow(identity, query))),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/usage/calls',
    summary: 'Single calls, newest first',
    access: 'usage',
    query: UsageCallsQuery,
    body: null,
    response: { status: 200, schema: UsageCallList, streams: false },
    errors,
    handle: async ({ context, identity, query }) =>
      json(200, await (await context.reports()).calls(...narrow(identity, query))),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/usage/verify',
    summary: 'Whether the ledger is as it was written; names the first row that is not',
    access: 'auditor',
    query: UsageRangeQuery,
    body: null,
    response: { status: 200, schema: UsageVerification, streams: false },
    errors,
    handle: async ({ context, query }) => json(200, await (await context.reports()).verify(query)),
  }),
];
