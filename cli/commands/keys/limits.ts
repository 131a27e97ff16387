import type { LimitSettings } from '../../../shared/api/limits.ts';
import type { SetPolicy, ShownPolicy } from '../../../shared/api/policy.ts';
import { Period } from '../../../shared/api/shapes.ts';
import type { OptionValues } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { parseModels } from './models.ts';

// Limits of a key, person or team, as command lines say them and as people read them.

export const limitOptions = [
  { flags: '--budget <amounts>', about: 'USD a day, month or in total (20/month,100/total), or none' },
  { flags: '--rpm <n>', about: 'requests a minute, or none' },
  { flags: '--tpm <n>', about: 'tokens a minute, or none' },
  { flags: '--concurrency <n>', about: 'calls open at once, or none' },
];

/** What is not named is absent: it stays as it is. @throws UsageError naming the flag */
export function parseLimits(options: OptionValues): LimitSettings {
  const amounts = options.findList('budget');
  const limits: LimitSettings = amounts ? { budgets: parseBudgets(amounts) } : {};
  for (const name of ['rpm', 'tpm', 'concurrency'] as const) {
    const text = options.find(name);
    if (text === undefined) continue;
    if (text !== 'none' && !/^[1-9]\d{0,11}$/.test(text)) {
      throw new UsageError(`--${name} "${text}" is not a whole number from 1 up`, { hint: `--${name} 60, or none` });
    }
    limits[name] = text === 'none' ? null : Number(text);
  }
  return limits;
}

function parseBudgets(amounts: readonly string[]): NonNullable<LimitSettings['budgets']> {
  if (amounts.length === 1 && amounts[0] === 'none') return [];
  const budgets = amounts.map((amount) => {
    const match = /^\$?(\d{1,7}(?:\.\d{1,9})?)\/(\w+)$/.exec(amount);
    const period = Period.safeParse(match?.[2]);
    if (match?.[1] !== undefined && period.success) return { period: period.data, limit_usd: match[1] };
    throw wrongBudget(`--budget "${amount}" is not an amount of USD and a period`);
  });
  if (budgets.length === 0) throw wrongBudget('--budget names no amount');
  return budgets;
}

function wrongBudget(message: string): UsageError {
  return new UsageError(message, { hint: `for example: --budget 20/month; periods: ${Period.options.join(', ')}` });
}

/** The limits of a key or policy in words; null: it has none. */
export function showLimits(limits: Pick<ShownPolicy, 'budgets' | 'rpm' | 'tpm' | 'concurrency'>): string | null {
  const words = [
    ...limits.budgets.map(({ period, limit_usd }) => `$${limit_usd}/${period}`),
    ...(['rpm', 'tpm', 'concurrency'] as const).flatMap((name) =>
      limits[name] === null ? [] : [`${limits[name]} ${name}`],
    ),
  ];
  return words.length === 0 ? null : words.join(', ');
}

/** What a policy is to be: null takes it away, undefined: nothing was said. @throws UsageError naming the flag */
export function parsePolicy(options: OptionValues): SetPolicy | null | undefined {
  const models = options.findList('models');
  const team = options.find('team');
  const policy: SetPolicy = {
    ...(models ? { models: parseModels(models, '--models') } : {}),
    ...(team === undefined ? {} : { team }),
    ...parseLimits(options),
  };
  const isEmpty = Object.keys(policy).length === 0;
  if (options.isOn('none') && !isEmpty) {
    throw new UsageError('--none takes the whole policy away', { hint: 'leave it out, or the other options' });
  }
  if (options.isOn('none')) return null;
  return isEmpty ? undefined : policy;
}

/** A policy with some of it changed: the gateway takes policies whole, and nothing of one may be lost unseen. */
export function changePolicy(before: ShownPolicy | null, change: SetPolicy): SetPolicy {
  if (!before) return change;
  const { models, team, budgets, rpm, tpm, concurrency } = before;
  return {
    ...(models && { models }),
    ...(team !== null && { team }),
    budgets: budgets.map(({ period, limit_usd }) => ({ period, limit_usd })),
    rpm,
    tpm,
    concurrency,
    ...change,
  };
}
