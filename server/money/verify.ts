import type { KeyObject } from 'node:crypto';
import type { UsageRangeQuery, UsageVerification, VerifyFinding } from '../../shared/api/usage-books.ts';
import { type DayRange, dayOf, daysOf, monthOf } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import { CheckedFigures } from './checked-figures.ts';
import { type Books, type Closing, longestTurnMs } from './closing.ts';
import { cellsOf, type Kind, placeOf, type Scope } from './condensed.ts';
import type { StoredDigest } from './day-chain.ts';
import { DaySums, type SummedDay } from './day-sums.ts';
import { readRow } from './ledger-row.ts';
import { MerkleTree } from './merkle.ts';
import { addSum, type Cell, emptySum } from './report-cells.ts';
import { rangeOf } from './report-range.ts';
import { hasTrueMac } from './row-mac.ts';
import { type Segment, segmentName } from './segments.ts';

/** Thrown where the first thing is found that is not as it was. */
class Found extends Error {
  readonly finding: VerifyFinding;
  constructor(finding: VerifyFinding) {
    super(finding.kind);
    this.finding = finding;
  }
}

type Part = Pick<VerifyFinding, 'kind' | 'what' | 'day'> & Partial<VerifyFinding>;

function found(part: Part): Found {
  return new Found({ user_id: null, request_id: null, time: null, ...part });
}

/** Reads the whole ledger of a time again, and compares it with what its digests and report rows say. */
export class Verifier {
  readonly #books: Books;
  readonly #closing: Closing;
  readonly #ledgerKey: () => Promise<KeyObject>;
  readonly #clock: Clock;

  constructor(books: Books, closing: Closing, ledgerKey: () => Promise<KeyObject>, clock: Clock) {
    this.#books = books;
    this.#closing = closing;
    this.#ledgerKey = ledgerKey;
    this.#clock = clock;
  }

  /**
   * By the days on which rows were booked, the oldest first, up to the first that is not as it was. Of days that are not
   * closed each row is checked by itself.
   * @throws GatewayError 400 naming the field; 503 `days_open`
   */
  async verify(query: UsageRangeQuery): Promise<UsageVerification> {
    const { from, to } = rangeOf(query, this.#clock.now());
    const giveUpAt = performance.now() + longestTurnMs;
    const through = await this.#closing.closeDue();
    const digests = new Map((await this.#books.chain.of({ from, to })).map((digest) => [digest.day, digest]));
    const tally = { days: 0, rows: 0 };
    const checked = new CheckedFigures(this.#books.condensed);
    let last = '';
    let before = await this.#books.chain.before(from);
    const result = (finding: VerifyFinding | null, next: string | null) => ({ from, to, ...tally, finding, next });
    try {
      const today = dayOf(this.#clock.now());
      for (const day of daysOf({ from, to: to < today ? to : today })) {
        if (performance.now() > giveUpAt) {
          await checkNoOthers(checked, { from, to: earlier(last, through) });
          return result(null, day);
        }
        const digest = digests.get(day);
        if (digest) {
          checkLink(digest, before);
          tally.rows += await this.#checkDay(digest, checked);
          tally.days++;
          before = digest;
        } else {
          tally.rows += await this.#checkWithoutDigest(day, day <= through);
        }
        last = day;
      }
      await checkNoOthers(checked, { from, to: earlier(to, through) });
      return result(null, null);
    } catch (error) {
      if (!(error instanceof Found)) throw error;
      return result(error.finding, null);
    }
  }

  /** A closed day: its list of rows by the digest, the ledger by the list, and the report rows by the ledger. */
  async #checkDay(digest: StoredDigest, checked: CheckedFigures): Promise<number> {
    const { segments, lists } = this.#books;
    const { day, hasTagged } = digest;
    const listed = await lists.of(day).catch(() => {
      throw found({ kind: 'changed', what: 'list', day });
    });
    const tree = new MerkleTree();
    for (const { rows } of listed) for (const [, mac] of rows) tree.add(mac);
    if (tree.root() !== digest.root || tree.size !== digest.rows) throw found({ kind: 'changed', what: 'list', day });

    const marks = new Map(listed.map(({ segment, rows }) => [segmentName(segment), rows]));
    const all = new Map(
      [...listed.map(({ segment }) => segment), ...(await segments.of(day))].map((segment) => [
        segmentName(segment),
        segment,
      ]),
    );
    const byDay = new Map<string, DaySums>();
    for (const segment of [...all.values()].toSorted((a, b) => (segmentName(a) < segmentName(b) ? -1 : 1))) {
      const sums = await this.#checkSegment(segment, new Map(marks.get(segmentName(segment))));
      checked.addPerson(segment.username);
      if (sums.cells.length === 0) continue;
      await this.#checkFigures({ username: segment.username }, segment, sums, { hasTagged, checked });
      const table = byDay.get(segment.day) ?? new DaySums();
      byDay.set(segment.day, table);
      table.add(sums);
    }
    const total = emptySum();
    for (const [its, table] of byDay) {
      const sums = table.sumsOfAll();
      await this.#checkFigures('everyone', { day: its, bookedOn: day }, sums, { hasTagged, checked });
      for (const { sum } of sums.cells) addSum(total, sum);
    }
    if (total.costNanoUsd !== digest.costNanoUsd || total.unpriced !== digest.unpriced) {
      throw found({ kind: 'changed', what: 'digest', day });
    }
    return tree.size;
  }

  /** @param left MACs by sort key of the rows that must be there */
  async #checkSegment(segment: Segment, left: Map<string, string>): Promise<SummedDay> {
    const key = await this.#ledgerKey();
    const table = new DaySums();
    const faults: VerifyFinding[] = [];
    for await (const items of this.#books.segments.rows(segment)) {
      for (const item of items) {
        const place = String(item['sk']);
        const mac = left.get(place);
        left.delete(place);
        if (mac === undefined) faults.push(rowFinding('added', segment, place));
        else if (mac !== item['mac'] || !hasTrueMac(item, key)) faults.push(rowFinding('changed', segment, place));
        else table.addRow(readRow(item));
      }
    }
    for (const place of left.keys()) faults.push(rowFinding('missing', segment, place));
    const [first] = faults.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
    if (first) throw new Found(first);
    return table.sums();
  }

  async #checkFigures(
    scope: Scope,
    { day, bookedOn }: Pick<Segment, 'day' | 'bookedOn'>,
    sums: SummedDay,
    { hasTagged, checked }: { readonly hasTagged: boolean; readonly checked: CheckedFigures },
  ): Promise<void> {
    checked.add(scope, { day, bookedOn });
    const key = await this.#ledgerKey();
    const isAsItWas = async (kind: Kind) => {
      const stored = await this.#books.condensed.items(scope, monthOf(Date.parse(day)), { from: day, to: day }, kind);
      const its = stored.filter((item) => placeOf(item).bookedOn === bookedOn);
      if (!its.every((item) => hasTrueMac(item, key))) return false;
      // An older Pennyworth closes a day without tags, or over what a newer one had begun.
      return (kind === 'tagged' && !hasTagged) || isSame(its.flatMap(cellsOf), sums[kind]);
    };
    if ((await Promise.all([isAsItWas('cells'), isAsItWas('tagged')])).every(Boolean)) return;
    throw found({ kind: 'changed', ...figuresOf(scope, day) });
  }

  async #checkWithoutDigest(day: string, isClosed: boolean): Promise<number> {
    const key = await this.#ledgerKey();
    let rows = 0;
    for (const segment of await this.#books.segments.of(day)) {
      for await (const items of this.#books.segments.rows(segment)) {
        if (isClosed && items.length > 0) throw found({ kind: 'missing', what: 'digest', day });
        const changed = items.find((item) => !hasTrueMac(item, key));
        if (changed) throw new Found(rowFinding('changed', segment, String(changed['sk'])));
        rows += items.length;
      }
    }
    return rows;
  }
}

/** Each digest has the MAC of the one before in its own. */
function checkLink(digest: StoredDigest, before: StoredDigest | undefined): void {
  const { day, isTrue, previous } = digest;
  if (!isTrue) throw found({ kind: 'changed', what: 'digest', day });
  if (previous?.day === before?.day && previous?.mac === before?.mac) return;
  const isGone = previous !== null && previous.day !== before?.day;
  if (isGone) throw found({ kind: 'missing', what: 'digest', day: previous.day });
  throw found({ kind: before && !previous ? 'added' : 'changed', what: 'digest', day: before?.day ?? day });
}

/** Behind each report item that counts stands a row. */
async function checkNoOthers(checked: CheckedFigures, range: DayRange): Promise<void> {
  const other = await checked.firstOther(range);
  if (other) throw found({ kind: 'added', ...figuresOf(other.scope, other.day) });
}

function figuresOf(scope: Scope, day: string): Pick<Part, 'what' | 'day' | 'user_id'> {
  return { what: 'figures', day, ...(scope !== 'everyone' && { user_id: scope.username }) };
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function rowFinding(kind: VerifyFinding['kind'], { day, username }: Segment, place: string): VerifyFinding {
  const [time = '', request_id = ''] = [place.slice(0, 24), place.slice(25)];
  return { kind, what: 'row', day, user_id: username, request_id, time };
}

function isSame(a: readonly Cell[], b: readonly Cell[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
