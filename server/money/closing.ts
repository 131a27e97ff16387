import { countDays, dayOf, daysOf } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import { unavailable } from '../errors.ts';
import type { ClosedDay } from '../observe/cost-spike.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import { lastClosableDay, nextDay } from './booking.ts';
import type { Condensed } from './condensed.ts';
import type { DayChain } from './day-chain.ts';
import { DaySums, type SummedDay } from './day-sums.ts';
import { readRow } from './ledger-row.ts';
import { MerkleTree } from './merkle.ts';
import { addSum, emptySum } from './report-cells.ts';
import type { RowLists } from './row-lists.ts';
import type { Segment, Segments } from './segments.ts';

/** What one request spends on many days before it tells how far it is, so that whoever waits hears of it. */
export const longestTurnMs = 5_000;
const segmentsAtOnce = 8;
const daysAtOnce = 32;

/** The ledger's tables below one key. */
export interface Books {
  readonly segments: Segments;
  readonly condensed: Condensed;
  readonly lists: RowLists;
  readonly chain: DayChain;
}

/** Once for each day that has calls, by whoever closes it. Never rejects. */
export type OnClosed = (closed: ClosedDay) => Promise<void>;

/**
 * Closes days: condenses their rows into report rows, and seals them with a digest. Whatever is written is the same
 * whoever writes it, and counts only once the day's digest and then the mark of how far days are closed stand behind it:
 * so it may break off anywhere, and run twice at a time.
 */
export class Closing {
  readonly #books: Books;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onClosed: OnClosed;

  constructor(books: Books, clock: Clock, logger: Logger, onClosed: OnClosed = async () => undefined) {
    this.#books = books;
    this.#clock = clock;
    this.#logger = logger;
    this.#onClosed = onClosed;
  }

  /**
   * Closes every day that is over, the oldest first.
   * @returns the last closed day
   * @throws GatewayError 503 `days_open` when it takes longer than a request should; the next one goes on
   */
  async closeDue(): Promise<string> {
    const { chain, segments } = this.#books;
    const last = lastClosableDay(this.#clock.now());
    const giveUpAt = performance.now() + longestTurnMs;
    let through = await chain.through();
    while (through < last) {
      const some = daysOf({ from: nextDay(through), to: last }).slice(0, daysAtOnce);
      const active = await Promise.all(some.map((day) => segments.isActive(day)));
      for (const day of some.filter((_, index) => active[index])) {
        if (performance.now() > giveUpAt) throw notYet(day, last);
        await this.#close(day);
        await chain.advance(day);
      }
      through = some.at(-1) ?? last;
      await chain.advance(through);
    }
    return through;
  }

  /**
   * Closes what is due, once a day by one instance of all; for after a call, which nobody waits for. What it leaves the
   * next report does. Never throws.
   */
  async closeAfterCall(): Promise<void> {
    try {
      if (await this.#books.chain.claim(lastClosableDay(this.#clock.now()))) await this.closeDue();
    } catch (error) {
      this.#logger.warn('days_not_closed', { cause: reasonOf(error) });
    }
  }

  async #close(bookedOn: string): Promise<void> {
    const { segments, condensed, chain } = this.#books;
    const startedAt = performance.now();
    const tree = new MerkleTree();
    const byDay = new Map<string, DaySums>();
    const all = await segments.of(bookedOn);
    for (let start = 0; start < all.length; start += segmentsAtOnce) {
      const some = all.slice(start, start + segmentsAtOnce);
      const condensedSome = await Promise.all(some.map((segment) => this.#condense(segment)));
      for (const [index, { macs, sums }] of condensedSome.entries()) {
        const day = some[index]?.day ?? bookedOn;
        for (const mac of macs) tree.add(mac);
        const table = byDay.get(day) ?? new DaySums();
        if (sums.cells.length > 0) byDay.set(day, table);
        table.add(sums);
      }
    }
    if (tree.size === 0) return;
    const total = emptySum();
    for (const [day, table] of byDay) {
      const sums = table.sumsOfAll();
      for (const { sum } of sums.cells) addSum(total, sum);
      await condensed.write('everyone', { day, bookedOn, ...sums });
    }
    const previous = await chain.before(bookedOn);
    const isFirst = await chain.write({
      day: bookedOn,
      rows: tree.size,
      costNanoUsd: total.costNanoUsd,
      unpriced: total.unpriced,
      root: tree.root(),
      previous: previous ? { day: previous.day, mac: previous.mac } : null,
    });
    const digest = tree.root();
    this.#logger.info('day_closed', {
      day: bookedOn,
      rows: tree.size,
      digest,
      after_ms: Math.round(performance.now() - startedAt),
    });
    if (!isFirst) return;
    const week = await chain.of({ from: daysBefore(bookedOn, 7), to: daysBefore(bookedOn, 1) });
    const sum = week.reduce((cost, { costNanoUsd }) => cost + costNanoUsd, 0);
    await this.#onClosed({ day: bookedOn, costNanoUsd: total.costNanoUsd, meanOf7NanoUsd: sum / 7 });
  }

  /** One person's rows: their list, and their sums. */
  async #condense(segment: Segment): Promise<{ readonly macs: readonly string[]; readonly sums: SummedDay }> {
    const { segments, lists, condensed } = this.#books;
    const table = new DaySums();
    const rows: [string, string][] = [];
    for await (const items of segments.rows(segment)) {
      for (const item of items) {
        rows.push([String(item['sk']), String(item['mac'])]);
        table.addRow(readRow(item));
      }
    }
    const sums = table.sums();
    const { username, day, bookedOn } = segment;
    await lists.write(segment, rows);
    await condensed.write({ username }, { day, bookedOn, ...sums });
    return { macs: rows.map(([, mac]) => mac), sums };
  }
}

function daysBefore(day: string, days: number): string {
  return dayOf(Date.parse(day) - days * 86_400_000);
}

function notYet(day: string, last: string) {
  const left = countDays({ from: day, to: last });
  const message = `Days are being closed for the first report after them: ${left} are left, ${day} is next. Ask again.`;
  return unavailable('days_open', message, 1);
}
