import { Key, type UpdateKey } from '../../../shared/api/keys.ts';
import { parseUsd } from '../../../shared/money.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { printChanged } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { findKeyId } from './find-key.ts';
import { parseKeyName, parseKeySettings } from './settings.ts';

/** What is not named stays as it is. */
export async function run({ arguments: [idOrName = ''], options }: CommandInput, context: Context): Promise<void> {
  const name = options.find('name');
  const { team, ...settings } = parseKeySettings(options);
  const change: UpdateKey = {
    ...(name === undefined ? {} : { name: parseKeyName(name) }),
    ...settings,
    ...(team === undefined ? {} : { team: team === 'none' ? null : team }),
  };
  if (Object.keys(change).length === 0) {
    throw new UsageError('there is nothing to change', {
      hint: 'name one of --name, --scope, --models, --mcp-tools, --expires, --team, --budget, --rpm, --tpm, --concurrency',
    });
  }
  const api = await context.sessionApi();
  const key = await api.patch(`/v1/keys/${await findKeyId(api, idOrName)}`, Key, change);
  context.io.success(stripControl(`Changed "${key.name}" (${key.id}); in force with its next call that spends`));
  for (const { period, limit_usd, spent_usd } of change.budgets ? key.budgets : []) {
    if ((parseUsd(spent_usd) ?? 0) < (parseUsd(limit_usd) ?? 0)) continue;
    const left = `the budget of $${limit_usd}/${period} leaves nothing: $${spent_usd} are spent already`;
    context.io.warn(
      `${left}; calls are answered with 402 until it is raised${period === 'total' ? '' : ` or the ${period} (UTC) ends`}`,
    );
  }
  printChanged(context, [key], ({ id, name, status }) => [id, name, status]);
}
