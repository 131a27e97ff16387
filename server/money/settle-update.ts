import type { WriteCondition } from '../aws/dynamodb.ts';
import type { AccountHold, Crossing, Reservation } from './balance.ts';
import type { BalanceItem, PeriodState, ScopeState } from './balance-item.ts';
import { settleIn } from './scope.ts';
import { UpdateExpression } from './update-expression.ts';

/** What is known of the item a hold is in: as the reserve left it, or as a refused settle showed it. */
export type Settling = Pick<BalanceItem, 'd' | 'm' | 't'> & { readonly key: ScopeState | undefined };

/** The item as the reserve left it: the same periods, limits where something was charged, the key's entry where it has one. */
export function asReserved({ charged, day }: AccountHold): Settling {
  const period = (letter: string, n?: string): PeriodState => {
    return { ...(n !== undefined && { n }), s: 0, ...(charged.includes(letter) && { a: 0 }) };
  };
  const month = day.slice(0, 7);
  const key = { d: period('D', day), m: period('M', month), t: period('T') };
  return {
    d: period('d', day),
    m: period('m', month),
    t: period('t'),
    key: charged.includes('K') ? key : undefined,
  };
}

/** What a call came to. */
export interface Actual {
  readonly nanoUsd: number;
  /** undefined: what was counted stays. */
  readonly tokens: number | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

/** Ends the hold, adds the cost to the periods it was charged to as far as they are still the current ones, gives back. */
export function settleUpdate(
  { requestId }: Pick<Reservation, 'requestId'>,
  hold: AccountHold,
  actual: Actual,
  assumed: Settling,
): readonly [string, WriteCondition] {
  const update = new UpdateExpression();
  const requestName = update.name(requestId);
  update.require(`attribute_exists(r.${requestName})`);
  update.remove(`r.${requestName}`);
  const common = { held: hold.nanoUsd ?? 0, cost: actual.nanoUsd, day: hold.day };
  const [accountTokens, accountUs, keyTokens, keyUs] = hold.weights ?? [0, 0, 0, 0];
  const { key, ...account } = assumed;
  const weightUs = undrained(accountTokens, accountUs, hold, actual);
  settleIn(update, '', account, { ...common, charged: hold.charged.replace(/[A-Z]/g, ''), weightUs });
  if (hold.budgetId !== undefined && hold.account === 'person') {
    const entry = `k.${update.name(hold.budgetId)}`;
    if (key === undefined) {
      update.require(`attribute_not_exists(${entry})`);
    } else {
      const charged = hold.charged.replace(/[a-zKG]/g, '').toLowerCase();
      const ofKey = { ...common, charged, weightUs: undrained(keyTokens, keyUs, hold, actual) };
      settleIn(update, `${entry}.`, key, ofKey);
    }
  }
  return update.build();
}

/** What of a rate's clock comes back: the time of tokens that were counted too much, but for what has passed anyway. */
function undrained(counted: number, us: number, { since }: AccountHold, { tokens, now }: Actual): number {
  if (tokens === undefined || counted === 0) return 0;
  const unused = Math.round(us * (1 - Math.min(tokens, counted) / counted));
  return Math.max(unused - Math.max(now - since, 0) * 1000, 0);
}

const percents = [50, 80, 100] as const;
const periodNames = { d: 'day', m: 'month', t: 'total' } as const;

/** The parts of budgets that this settlement used up, from the item it left behind. */
export function crossingsOf(
  item: BalanceItem,
  { keyId }: Pick<Reservation, 'keyId'>,
  hold: AccountHold,
  nanoUsd: number,
): Crossing[] {
  const key = hold.budgetId === undefined ? undefined : item.k[hold.budgetId];
  return [
    ...crossingsIn(item, { whose: hold.account, id: hold.id }, hold.day, nanoUsd),
    ...(key && keyId !== null ? crossingsIn(key, { whose: 'key', id: keyId }, hold.day, nanoUsd) : []),
  ];
}

function crossingsIn(
  state: ScopeState,
  whose: Pick<Crossing, 'whose' | 'id'>,
  day: string,
  nanoUsd: number,
): Crossing[] {
  const names = { d: day, m: day.slice(0, 7), t: undefined };
  return (['d', 'm', 't'] as const).flatMap((field) => {
    const period = state[field];
    if (period?.l === undefined || period.n !== names[field]) return [];
    const { s: spentNanoUsd, l: limitNanoUsd } = period;
    const before = spentNanoUsd - nanoUsd;
    const crossed = percents.findLast((each) => {
      const bound = (limitNanoUsd / 100) * each;
      return before < bound && spentNanoUsd >= bound;
    });
    if (crossed === undefined) return [];
    return [{ ...whose, period: periodNames[field], percent: crossed, spentNanoUsd, limitNanoUsd }];
  });
}
