import * as z from 'zod/mini';
import { Day } from '../../shared/api/shapes.ts';
import { GroupBy, UsageReport } from '../../shared/api/usage.ts';
import { readUsage } from '../money/read-usage.ts';
import { defineTool, type McpTool, readOnly } from './surface.ts';

const range = {
  from: z.optional(Day.check(z.describe('First UTC day, YYYY-MM-DD; the first of this month if you do not say'))),
  to: z.optional(Day.check(z.describe('Last UTC day, itself included'))),
  model: z.optional(z.string().check(z.describe('Only calls of this model, by its short name'))),
  tag: z.optional(z.string().check(z.describe('Only calls that their caller named so, by x-pennyworth-tag'))),
};

/** What was used: of the caller's own calls, or of everybody's. */
export const usageTools: readonly McpTool[] = [
  defineTool({
    name: 'usage_by',
    title: 'Usage by day, model or key',
    description:
      'What was used and what it cost, in groups: a key sees the calls made with itself, a person all of theirs. Free.',
    access: 'mcp',
    input: z.strictObject({
      group_by: z._default(z.enum(['day', 'month', 'model', 'key', 'endpoint', 'tag']), 'day'),
      ...range,
      all: z.optional(z.boolean().check(z.describe('Everybody’s calls; for administrators and auditors only'))),
    }),
    output: UsageReport,
    annotations: readOnly,
    run: ({ all, ...query }, { call: { context, identity } }) =>
      readUsage(context, identity, { ...query, all: all ? 'true' : undefined }),
  }),
  defineTool({
    name: 'spending_by',
    title: 'Everybody’s spending',
    description: 'What everybody used and what it cost, in groups, the dearest first. For administrators and auditors.',
    access: 'auditor',
    input: z.strictObject({
      group_by: z._default(GroupBy, 'user'),
      ...range,
      user_id: z.optional(z.string().check(z.describe('Only calls of this person; list_people has the ids'))),
      key_id: z.optional(z.string().check(z.describe('Only calls with this key; list_keys has the ids'))),
    }),
    output: UsageReport,
    annotations: readOnly,
    run: (query, { call: { context, identity } }) => readUsage(context, identity, { ...query, all: 'true' }),
  }),
];
