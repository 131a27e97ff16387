import { UsageCallList, UsageCallsQuery, UsageQuery, UsageReport } from '../../shared/api/usage.ts';
import {
  Recomputation,
  RecomputeBody,
  Reconciliation,
  ReplayBody,
  ReplayResult,
  UsageRangeQuery,
  UsageVerification,
} from '../../shared/api/usage-books.ts';
import { narrowUsage, readUsage } from '../money/read-usage.ts';
import { json, managementRoute } from '../route.ts';
import { callerOf } from './caller.ts';

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
    handle: async ({ context, identity, query }) => json(200, await readUsage(context, identity, query)),
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
      json(200, await (await context.reports()).calls(...narrowUsage(identity, query))),
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
  managementRoute({
    method: 'GET',
    path: '/v1/usage/reconcile',
    summary: 'The ledger’s tokens beside those Bedrock counted in CloudWatch, by model id',
    access: 'auditor',
    query: UsageRangeQuery,
    body: null,
    response: { status: 200, schema: Reconciliation, streams: false },
    errors: [...errors, 'no_cloudwatch', 'upstream_error'],
    handle: async ({ context, query }) => json(200, await (await context.reports()).reconcile(query)),
  }),
  managementRoute({
    method: 'POST',
    path: '/v1/usage/recompute',
    summary: 'What calls of closed days cost at the prices in force; with `apply` the difference is booked',
    access: 'admin',
    query: null,
    body: RecomputeBody,
    response: { status: 200, schema: Recomputation, streams: false },
    errors,
    handle: async (call) => {
      const { context, body } = call;
      const result = await (await context.reports()).recompute(body);
      if (result.corrections > 0) {
        const after = { from: body.from, to: result.next ?? body.to, corrections: result.corrections };
        await context.audit.record(callerOf(call), {
          action: 'usage.recompute',
          target: 'ledger',
          username: null,
          after,
        });
      }
      return json(200, result);
    },
  }),
  managementRoute({
    method: 'POST',
    path: '/v1/usage/replay',
    summary: 'Import ledger rows that could only be logged (`ledger_pending`), each once',
    access: 'admin',
    query: null,
    body: ReplayBody,
    response: { status: 200, schema: ReplayResult, streams: false },
    errors: ['insufficient_scope', 'forbidden', 'mfa_required', 'budget_unavailable'],
    handle: async (call) => {
      const { context, body } = call;
      const data = await (await context.reports()).replay(body.rows);
      const imported = data.filter(({ result }) => result === 'imported').flatMap(({ request_id }) => request_id ?? []);
      if (imported.length > 0) {
        const change = { action: 'usage.replay', target: 'ledger', username: null, after: { imported } } as const;
        await context.audit.record(callerOf(call), change);
      }
      return json(200, { data });
    },
  }),
];
