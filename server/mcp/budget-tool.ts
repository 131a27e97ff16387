import * as z from 'zod/mini';
import { BudgetRemaining } from '../../shared/api/mcp-tools.ts';
import { formatUsd } from '../../shared/money.ts';
import { limitsOf } from '../money/identity-limits.ts';
import { endOf } from '../money/limit-settings.ts';
import type { Standing } from '../money/standing.ts';
import type { AuthenticatedCall } from '../route.ts';
import { defineTool, type McpTool, readOnly } from './surface.ts';

/** How all that limits this credential's calls stands now. */
export function standingsFor({ context, identity }: AuthenticatedCall): Promise<readonly Standing[]> {
  return context.balances.standings({ username: identity.person.username, ...limitsOf(identity) });
}

/** What may still be spent. */
export const budgetTool: McpTool = defineTool({
  name: 'budget_remaining',
  title: 'Budget remaining',
  description:
    'What this credential may still spend: every budget that binds it (of its key, its person, the team that pays; by day, month and in all), when each resets, the tightest of them, and rates. Free.',
  access: 'mcp',
  input: z.strictObject({}),
  output: BudgetRemaining,
  annotations: readOnly,
  run: async (_, { call }) => {
    const standings = await standingsFor(call);
    const budgets = standings.flatMap((standing) => budgetsOf(standing, call.context.clock.now()));
    const [tightest = null] = budgets.toSorted((a, b) => a.left_nano_usd - b.left_nano_usd);
    return { unlimited: budgets.length === 0, budgets, tightest, rates: standings.flatMap(ratesOf) };
  },
});

function budgetsOf({ whose, id, budgets }: Standing, now: number): BudgetRemaining['budgets'] {
  return budgets.map(({ period, limit, spent, left }) => ({
    whose,
    id,
    period,
    limit_usd: formatUsd(limit),
    spent_usd: formatUsd(spent),
    reserved_usd: formatUsd(Math.max(limit - spent - left, 0)),
    left_usd: formatUsd(Math.max(left, 0)),
    left_nano_usd: Math.max(left, 0),
    resets_at: endOf(period, now),
  }));
}

function ratesOf({ whose, id, rates, concurrency }: Standing): BudgetRemaining['rates'] {
  const all: BudgetRemaining['rates'] = [];
  const { requests, tokens } = rates;
  if (requests) all.push({ whose, id, kind: 'requests_per_minute', limit: requests.limit, left: requests.remaining });
  if (tokens) all.push({ whose, id, kind: 'tokens_per_minute', limit: tokens.limit, left: tokens.remaining });
  if (concurrency) {
    const { limit, open } = concurrency;
    all.push({ whose, id, kind: 'open_calls', limit, left: Math.max(limit - open, 0) });
  }
  return all;
}
