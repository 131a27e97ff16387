import type { Budget, LimitSettings } from '../../shared/api/limits.ts';
import { formatUsd, parseUsd } from '../../shared/money.ts';
import { dayOf, monthOf } from '../../shared/period.ts';
import { invalidRequest } from '../errors.ts';
import type { Spent } from './balance.ts';
import type { Limits } from './limits.ts';

const mostUsd = 1_000_000_000_000_000;
const bounds = { rpm: 1_000_000, tpm: 100_000_000, concurrency: 300 } as const;

/**
 * Limits as a caller sets them. What is absent stays as it was before; null, and an empty list, take away.
 * @param at before the fields in messages: `policy.`, or nothing
 * @throws GatewayError 400 naming the field
 */
export function planLimits(input: LimitSettings, before: Limits, at = ''): Limits {
  const { day, month, total } = input.budgets === undefined ? before : readBudgets(input.budgets, `${at}budgets`);
  const rate = (name: keyof typeof bounds) => {
    const value = input[name];
    if (value === undefined) return before[name];
    if (value === null) return undefined;
    if (Number.isInteger(value) && value >= 1 && value <= bounds[name]) return value;
    const field = `${at}${name}`;
    throw invalidRequest(`${field}: is a whole number from 1 to ${bounds[name]}; null takes the limit away.`, field);
  };
  return { day, month, total, rpm: rate('rpm'), tpm: rate('tpm'), concurrency: rate('concurrency') };
}

function readBudgets(
  budgets: NonNullable<LimitSettings['budgets']>,
  at: string,
): Pick<Limits, 'day' | 'month' | 'total'> {
  const limits: { day?: number; month?: number; total?: number } = {};
  for (const [index, { period, limit_usd }] of budgets.entries()) {
    if (limits[period] !== undefined) {
      const field = `${at}[${index}].period`;
      throw invalidRequest(`${field}: there is a budget for the ${period} before; send one for each period.`, field);
    }
    const nanoUsd = typeof limit_usd === 'number' ? nanosOf(limit_usd) : parseUsd(limit_usd);
    if (nanoUsd === undefined || nanoUsd <= 0 || nanoUsd > mostUsd) {
      const field = `${at}[${index}].limit_usd`;
      const form = 'is an amount over 0 and up to 1000000 with at most nine decimals, for example "20.00"';
      throw invalidRequest(`${field}: ${form}.`, field);
    }
    limits[period] = nanoUsd;
  }
  return limits;
}

/** A number of dollars that nine decimals can say. */
function nanosOf(usd: number): number | undefined {
  if (!Number.isFinite(usd) || usd < 0 || usd > 1_000_000) return undefined;
  const text = usd.toFixed(9);
  return Number(text) === usd ? parseUsd(text) : undefined;
}

/** Budgets as callers see them, with what is spent and when the period begins anew. */
export function showBudgets(limits: Limits, spent: Spent, now: number): Budget[] {
  return (['day', 'month', 'total'] as const).flatMap((period) => {
    const limit = limits[period];
    if (limit === undefined) return [];
    const resets_at = endOf(period, now);
    return [{ period, limit_usd: formatUsd(limit), spent_usd: formatUsd(spent[period]), resets_at }];
  });
}

/** When a period begins anew; null: never. @param now ms since the epoch */
export function endOf(period: 'day' | 'month' | 'total', now: number): string | null {
  if (period === 'total') return null;
  const [year = 0, month = 1] = monthOf(now).split('-').map(Number);
  const end = period === 'day' ? Date.parse(dayOf(now)) + 86_400_000 : Date.UTC(year, month, 1);
  return new Date(end).toISOString();
}

/** Rates and open calls as callers see them. */
export function showRates({ rpm, tpm, concurrency }: Limits) {
  return { rpm: rpm ?? null, tpm: tpm ?? null, concurrency: concurrency ?? null };
}

/** Limits alone, where nothing is known of what is spent. */
export function showLimits(limits: Limits) {
  const budgets = (['day', 'month', 'total'] as const).flatMap((period) => {
    const limit = limits[period];
    return limit === undefined ? [] : [{ period, limit_usd: formatUsd(limit) }];
  });
  return { budgets, ...showRates(limits) };
}
