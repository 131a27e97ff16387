import type { WriteCondition } from '../aws/dynamodb.ts';
import type { AccountHold, Crossing, Reservation } from './balance.ts';
import type { BalanceItem, PeriodState, ScopeState } from './balance-item.ts';
import { settleIn } from './scope.ts';
import { UpdateExpression } from './update-expression.ts';

/** What is known of the item a hold is in: as the reserve left it, or as a refused settle showed it. */
export type Settling = Pick<BalanceItem, 'd' | 'm' | 't'> & { readonly key: ScopeState | undefined };

/** The item as the reserve left it: the same periods, limits where something was charged, the key's entry where it has any. */
export function asReserved({ charged, weights, day }: AccountHold): Settling {
  const period = (letter: string, n?: string): PeriodState => {
    return { ...(n !== undefined && { n }), s: 0, ...(charged.includes(letter) && { a: 0 }) };
  };
  const [keyD, keyM, keyT] = [period('D', day), period('M', day.slice(0, 7)), period('T')];
  const hasKey = /[DMTO]/.test(charged) || (weights !== undefined && weights[2] > 0);
  return {
    d: period('d', day),
    m: period('m', day.slice(0, 7)),
    t: period('t'),
    key: hasKey
      ? {
          ...(charged.includes('D') && { d: keyD }),
          ...(charged.includes('M') && { m: keyM }),
          ...(charged.includes('T') && { t: keyT }),
        }
      : undefined,
  };
}

/** Ends the hold, adds the cost to the periods it was charged to as far as they are still the current ones, gives back. */
export function settleUpdate(
  reservation: Pick<Reservation, 'requestId' | 'keyId'>,
  hold: AccountHold,
  actual: { readonly nanoUsd: number; readonly tokens: number | undefined },
  assumed: Settling,
): readonly [string, WriteCondition] {
  const update = new UpdateExpression();
  const requestName = update.name(reservation.requestId);
  update.require(`attribute_exists(r.${requestName})`);
  update.remove(`r.${requestName}`);
  const common = { held: hold.nanoUsd ?? 0, cost: actual.nanoUsd, day: hold.day };
  const [counted, accountUs, keyUs] = hold.weights ?? [0, 0, 0];
  const back = (us: number) =>
    actual.tokens === undefined || counted === 0 ? 0 : Math.round(us * (1 - actual.tokens / counted));
  const { key, ...account } = assumed;
  settleIn(update, '', account, { ...common, charged: hold.charged.replace(/[A-Z]/g, ''), weightUs: back(accountUs) });
  if (reservation.keyId !== null && hold.account === 'person') {
    const entry = `k.${update.name(reservation.keyId)}`;
    if (key === undefined) {
      update.require(`attribute_not_exists(${entry})`);
    } else {
      const charged = hold.charged.replace(/[a-z]/g, '').toLowerCase();
      settleIn(update, `${entry}.`, key, { ...common, charged, weightUs: back(keyUs) });
    }
  }
  return update.build();
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
  const key = keyId === null ? undefined : item.k[keyId];
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
