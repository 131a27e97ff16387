import { createHash } from 'node:crypto';
import type { Recomputation, RecomputeBody, RecomputedModel } from '../../shared/api/usage-books.ts';
import { formatUsd } from '../../shared/money.ts';
import { daysOf } from '../../shared/period.ts';
import type { Price } from '../catalogue/catalogue.ts';
import type { Catalogue } from '../catalogue/resolve.ts';
import type { Clock } from '../clock.ts';
import { invalidRequest } from '../errors.ts';
import { noUsage } from '../model/usage.ts';
import { type Books, type Closing, longestTurnMs } from './closing.ts';
import { costOf } from './cost.ts';
import { DayTags } from './day-sums.ts';
import type { Ledger, LedgerRow } from './ledger.ts';
import { readRow } from './ledger-row.ts';
import { openSegments } from './open-days.ts';
import { addRow, type CellNames, emptySum, namesOf, placeOf, type Sum } from './report-cells.ts';
import { rangeOf } from './report-range.ts';
import { bookingOf } from './segments.ts';

const personsAtOnce = 8;
const dayMs = 86_400_000;
/** What the ids of its rows begin with. */
const priceCorrection = 'fix_';

/** The calls of one person's day that are alike in every name: what one correction can correct. */
interface Repriced extends CellNames {
  readonly day: string;
  /** As the ledger says, corrections so far included. */
  readonly sum: Sum;
  corrections: number;
  costNanoUsd: number;
  unpriced: number;
}

export interface RecomputeOptions {
  readonly books: Books;
  readonly closing: Closing;
  readonly ledger: Ledger;
  readonly catalogue: Pick<Catalogue, 'find' | 'pricesAsOf'>;
  readonly clock: Clock;
}

/** Prices the calls of closed days at the prices in force, and books the difference if it is asked to. */
export class Recomputer {
  readonly #options: RecomputeOptions;
  /** By alias, target and provider. */
  readonly #prices = new Map<string, Price | null>();

  constructor(options: RecomputeOptions) {
    this.#options = options;
  }

  /**
   * A call whose model has no price now keeps what it cost. No row is changed: a difference is a row of its own
   * (status `correction`), booked today. Its id follows from what it corrects, so that two who do it at once write it once.
   * @throws GatewayError 400 naming the field; 503 `days_open`
   */
  async recompute(body: RecomputeBody): Promise<Recomputation> {
    const { closing, clock, catalogue } = this.#options;
    const { from, to } = rangeOf(body, clock.now());
    const through = await closing.closeDue();
    if (to > through) {
      throw invalidRequest(`to: only closed days are priced again, which are those up to ${through}; set that.`, 'to');
    }
    const giveUpAt = performance.now() + longestTurnMs;
    const models = new Map<string, RecomputedModel>();
    const result = (next: string | null, corrections: number): Recomputation => ({
      ...{ from, to, applied: body.apply === true },
      data: [...models.values()].toSorted((a, b) => (a.model < b.model ? -1 : 1)),
      ...{ corrections, prices_as_of: catalogue.pricesAsOf, next },
    });
    let corrections = 0;
    const usernames = await this.#usernames(from, to, through);
    for (const day of daysOf({ from, to })) {
      if (performance.now() > giveUpAt) return result(day, corrections);
      const persons = [...(usernames.get(day) ?? [])];
      for (let start = 0; start < persons.length; start += personsAtOnce) {
        const some = persons.slice(start, start + personsAtOnce).map((username) => this.#reprice(username, day));
        for (const repriced of (await Promise.all(some)).flat()) {
          models.set(repriced.model, addTo(models.get(repriced.model), repriced));
          if (body.apply === true && (await this.#correct(repriced))) corrections++;
        }
      }
    }
    return result(null, corrections);
  }

  /** Who has rows of which day. */
  async #usernames(from: string, to: string, through: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const { books, clock } = this.#options;
    const days = new Map<string, Set<string>>();
    const note = (day: string, username: string) => days.set(day, (days.get(day) ?? new Set()).add(username));
    for (const month of await books.condensed.months({ from, to })) {
      for (const { day, cells } of await books.condensed.month(
        'everyone',
        month,
        { from, to },
        { through, kind: 'cells' },
      )) {
        for (const { username } of cells) note(day, username);
      }
    }
    for await (const segments of openSegments(books.segments, 'everyone', { from, to }, through, clock.now())) {
      for (const { day, username } of segments) note(day, username);
    }
    return days;
  }

  async #reprice(username: string, day: string): Promise<readonly Repriced[]> {
    const cells = new Map<string, Repriced>();
    // As closing names them: by the rows that were booked together.
    const tags = new Map<string, DayTags>();
    for await (const items of this.#options.books.segments.all(username, day)) {
      for (const item of items) {
        const [row, booked] = [readRow(item), bookingOf(item, day)];
        const its = tags.get(booked) ?? new DayTags();
        tags.set(booked, its);
        const names = namesOf(row, its.nameOf(row));
        const place = placeOf(names);
        const fresh = { ...names, day, sum: emptySum(), corrections: 0, costNanoUsd: 0, unpriced: 0 };
        const cell = cells.get(place) ?? fresh;
        cells.set(place, cell);
        addRow(cell.sum, row);
        if (row.requestId.startsWith(priceCorrection)) {
          cell.corrections++;
          continue;
        }
        const cost = this.#costOf(row);
        cell.costNanoUsd += cost ?? 0;
        cell.unpriced += row.unpricedChange ?? Number(cost === null);
      }
    }
    return [...cells.values()];
  }

  /** What was held for an abandoned call, and what corrects that, follows from no price. */
  #costOf(row: LedgerRow): number | null {
    if (row.status === 'abandoned' || row.status === 'correction') return row.costNanoUsd;
    return costOf(row.usage, this.#priceOf(row)) ?? row.costNanoUsd;
  }

  /** Of exactly the id that was sent: an alias may lead elsewhere today. */
  #priceOf({ model, target, provider }: LedgerRow): Price | null {
    const place = JSON.stringify([model, target, provider]);
    const known = this.#prices.get(place);
    if (known !== undefined) return known;
    const { find } = this.#options.catalogue;
    const found = [model, target, `${provider}/${target}`]
      .map(find)
      .find((each) => each?.modelId === target && each.provider === provider);
    const price = found?.price ?? null;
    this.#prices.set(place, price);
    return price;
  }

  async #correct({ day, sum, corrections, costNanoUsd, unpriced, ...names }: Repriced): Promise<boolean> {
    const difference = costNanoUsd - sum.costNanoUsd;
    const unpricedChange = unpriced - sum.unpriced;
    if (difference === 0 && unpricedChange === 0) return false;
    const { tag, ...others } = names;
    const tagged = tag === null ? [] : [tag];
    const content = JSON.stringify([Object.values(others), day, corrections, difference, unpricedChange, ...tagged]);
    const correction: LedgerRow = {
      ...names,
      requestId: `${priceCorrection}${createHash('sha256').update(content).digest('hex').slice(0, 32)}`,
      time: Date.parse(day) + dayMs - 1,
      status: 'correction',
      errorCode: null,
      stream: false,
      durationMs: 0,
      attempts: 0,
      usage: noUsage,
      estimatedNanoUsd: null,
      costNanoUsd: difference,
      unpricedChange,
      dropped: [],
      upstreamRequestId: null,
      usageEstimated: false,
    };
    return (await this.#options.ledger.write(correction)) === correction;
  }
}

function amountOf(nanoUsd: number) {
  return { nano_usd: nanoUsd, usd: formatUsd(nanoUsd) };
}

function addTo(before: RecomputedModel | undefined, { model, sum, costNanoUsd, unpriced }: Repriced): RecomputedModel {
  const ledger = (before?.ledger.nano_usd ?? 0) + sum.costNanoUsd;
  const repriced = (before?.repriced.nano_usd ?? 0) + costNanoUsd;
  return {
    model,
    requests: (before?.requests ?? 0) + sum.requests,
    ledger: amountOf(ledger),
    repriced: amountOf(repriced),
    difference: amountOf(repriced - ledger),
    unpriced_requests: (before?.unpriced_requests ?? 0) + sum.unpriced,
    unpriced_requests_repriced: (before?.unpriced_requests_repriced ?? 0) + unpriced,
  };
}
