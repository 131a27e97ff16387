import type { Account, BalanceItem } from './balance-item.ts';

/** Where the clocks of an account and of one of its keys stood last. */
export interface Clocks {
  readonly own: Standing;
  readonly key: Standing;
}

interface Standing {
  readonly q?: number | undefined;
  readonly w?: number | undefined;
}

const none: Standing = {};
/** Some 200 bytes each. */
const mostAccounts = 5_000;

/**
 * Which rates an instance has last seen in use: a write that assumes it rightly need not be sent twice, and a refused
 * condition costs a write unit too. Nothing is wrong where another instance has moved them meanwhile.
 */
export class RateMemory {
  readonly #seen = new Map<string, Clocks>();

  read(account: Account, budgetId: string | undefined): Clocks {
    return this.#seen.get(nameOf(account, budgetId)) ?? { own: none, key: none };
  }

  note(account: Account, budgetId: string | undefined, { q, w, k }: Pick<BalanceItem, 'q' | 'w' | 'k'>): void {
    const name = nameOf(account, budgetId);
    const key = budgetId === undefined ? undefined : k[budgetId];
    this.#seen.delete(name);
    this.#seen.set(name, { own: { q, w }, key: { q: key?.q, w: key?.w } });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > mostAccounts && oldest !== undefined) this.#seen.delete(oldest);
  }
}

function nameOf({ kind, id }: Account, budgetId = ''): string {
  return `${kind}#${id}#${budgetId}`;
}
