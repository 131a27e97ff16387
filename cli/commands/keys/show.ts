import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printRecord } from '../../output/print.ts';
import { formatMoment } from '../../output/time.ts';
import { getKey } from './find-key.ts';
import { showLimits } from './limits.ts';

export async function run({ arguments: [idOrName = ''] }: CommandInput, context: Context): Promise<void> {
  const key = await getKey(await context.sessionApi(), idOrName);
  const time = (iso: string | null) => (context.io.isOutTty ? formatMoment(iso, context.now()) : iso);
  printRecord(context, key, [
    ['Id', key.id],
    ['Name', key.name],
    ['Key', `pnw_…${key.last4}`],
    ['Status', key.status],
    ['Owner', key.email ?? key.user_id],
    ['Team', key.team],
    ['Scopes', key.scopes.join(' ')],
    ['Models', key.models.join(' ')],
    ['MCP tools', key.mcp_tools.join(' ')],
    ['Limits', showLimits(key)],
    ['Spent', key.budgets.map(({ period, spent_usd }) => `$${spent_usd}/${period}`).join(', ') || null],
    ['Created', time(key.created_at)],
    ['Expires', time(key.expires_at)],
    ['Last used', time(key.last_used_at)],
  ]);
}
