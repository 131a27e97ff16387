import { dayOf } from '../../shared/period.ts';
import type { Rates, ReserveRequest, Spent } from './balance.ts';
import type { BalanceItem, ScopeState } from './balance-item.ts';
import { hasLimits, type Limits } from './limits.ts';
import type { Whose } from './quota-errors.ts';
import { leftInPeriods, ratesOf, spentIn } from './scope.ts';

/** Whose standing is asked for. */
export type StandingRequest = Pick<ReserveRequest, 'username' | 'limits' | 'payingTeam' | 'budget'>;

/** One budget as it stands for the next call. Money in nano-USD. */
interface BudgetStanding {
  readonly period: 'day' | 'month' | 'total';
  readonly limit: number;
  readonly spent: number;
  /** Limit less what is spent and what open calls hold; below 0 where the limit was set below what was spent. */
  readonly left: number;
}

/** What limits calls of one key, person or team, and how far it is used up. */
export interface Standing {
  readonly whose: Whose;
  /** Of the key (the first of those it was rotated from), the person, or the team's name. */
  readonly id: string;
  readonly budgets: readonly BudgetStanding[];
  readonly rates: Rates;
  readonly concurrency: { readonly limit: number; readonly open: number } | undefined;
}

/** One scope with its limits, before it is looked at. `state` undefined: nothing is counted of it yet. */
interface Counted {
  readonly whose: Whose;
  readonly id: string;
  readonly limits: Limits;
  readonly state: ScopeState;
  readonly open: number;
}

/**
 * The scopes of a call that have limits, as they stand now; those without any are left out.
 * @param items the person's balance, and the paying team's
 * @param before what a scope had spent that is not counted yet, because it got its first limit since
 */
export async function standingsOf(
  { username, limits, payingTeam, budget }: StandingRequest,
  items: { readonly person: BalanceItem | undefined; readonly team: BalanceItem | undefined },
  before: {
    key(keyIds: readonly string[]): Promise<Spent>;
    team(name: string): Promise<Spent>;
  },
  now: number,
): Promise<readonly Standing[]> {
  const { person, team } = items;
  const counted: Counted[] = [];
  if (budget && hasLimits(limits.key)) {
    const kept = person?.k[budget.id];
    const isUsed = budget.keyIds.some((keyId) => person?.lu[keyId] !== undefined);
    const state = kept ?? (isUsed ? stateOf(await before.key(budget.keyIds), now) : {});
    counted.push({ whose: 'key', id: budget.id, limits: limits.key, state, open: state.o ?? 0 });
  }
  const openOf = (item: BalanceItem | undefined) => Object.keys(item?.r ?? {}).length;
  counted.push({ whose: 'person', id: username, limits: limits.person, state: person ?? {}, open: openOf(person) });
  if (payingTeam) {
    const { name, limits: ofTeam } = payingTeam;
    const state = team ?? stateOf(await before.team(name), now);
    counted.push({ whose: 'team', id: name, limits: ofTeam, state, open: openOf(team) });
  }
  return counted.filter((each) => hasLimits(each.limits)).map((each) => standingOf(each, now));
}

function stateOf(spent: Spent, now: number): ScopeState {
  const day = dayOf(now);
  return { d: { n: day, s: spent.day }, m: { n: day.slice(0, 7), s: spent.month }, t: { s: spent.total } };
}

function standingOf({ whose, id, limits, state, open }: Counted, now: number): Standing {
  const spent = spentIn(state, now);
  const budgets = leftInPeriods({ state, limits }, dayOf(now)).map(({ period, limit, left }) => {
    return { period, limit, left, spent: spent[period] };
  });
  const concurrency = limits.concurrency === undefined ? undefined : { limit: limits.concurrency, open };
  return { whose, id, budgets, rates: ratesOf({ limits }, state, now * 1000), concurrency };
}

/** nano-USD: what all budgets leave at least, and never less than nothing; undefined where none limits. */
export function leastLeftOf(standings: readonly Standing[]): number | undefined {
  const left = standings.flatMap(({ budgets }) => budgets.map((budget) => budget.left));
  return left.length === 0 ? undefined : Math.max(Math.min(...left), 0);
}
