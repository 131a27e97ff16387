import * as z from 'zod/mini';
import type { RowFigures } from './ledger.ts';

/** Figures of any number of calls. Tokens, and money in nano-USD. */
export interface Sum {
  requests: number;
  errors: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costNanoUsd: number;
  /** Calls without a price. */
  unpriced: number;
}

/** All that a report groups by or is narrowed to, beside the day. */
export interface CellNames {
  readonly username: string;
  readonly keyId: string | null;
  readonly team: string | null;
  readonly endpoint: string;
  readonly model: string;
  readonly target: string;
  readonly provider: string;
  /** Null too where calls are summed up whatever their tag. */
  readonly tag: string | null;
}

/** The sum of a day's calls that are alike in every name. */
export interface Cell extends CellNames {
  readonly sum: Sum;
}

const figures = [
  'requests',
  'errors',
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
  'costNanoUsd',
  'unpriced',
] as const;

export function emptySum(): Sum {
  return {
    requests: 0,
    errors: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 0,
    unpriced: 0,
  };
}

export function isEmpty(sum: Sum): boolean {
  return figures.every((figure) => sum[figure] === 0);
}

/** Adds the figures of one call, or of a correction, which is no call. */
export function addRow(sum: Sum, { status, usage, costNanoUsd, unpricedChange = 0 }: RowFigures): void {
  sum.costNanoUsd += costNanoUsd ?? 0;
  if (status === 'correction') {
    sum.unpriced += unpricedChange;
  } else {
    sum.requests++;
    // A caller who left was served all the same.
    if (status !== 'ok' && status !== 'client_closed') sum.errors++;
    if (costNanoUsd === null) sum.unpriced++;
  }
  sum.inputTokens += usage.inputTokens;
  sum.cacheReadTokens += usage.cacheReadTokens;
  sum.cacheWriteTokens += usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  sum.outputTokens += usage.outputTokens;
  sum.reasoningTokens += usage.reasoningTokens ?? 0;
}

export function addSum(sum: Sum, other: Sum): void {
  for (const figure of figures) sum[figure] += other[figure];
}

export function subtractSum(sum: Sum, other: Sum): void {
  for (const figure of figures) sum[figure] -= other[figure];
}

/** The names of a call or of a cell, and no more, in their order. */
export function namesOf(named: Omit<CellNames, 'tag'>, tag: string | null): CellNames {
  const { username, keyId, team, endpoint, model, target, provider } = named;
  return { username, keyId, team, endpoint, model, target, provider, tag };
}

/** The same for all that is alike in every name. */
export function placeOf(named: CellNames): string {
  return JSON.stringify(Object.values(named));
}

/** Cells by their names; whatever the order in which rows come, the same rows give the same list. */
export class CellTable {
  readonly #cells = new Map<string, Cell>();

  /** @param tag under which the call is counted, whatever its own is */
  addRow(row: RowFigures, tag: string | null): void {
    addRow(this.#sumOf(namesOf(row, tag)), row);
  }

  addCell(cell: Cell): void {
    addSum(this.#sumOf(namesOf(cell, cell.tag)), cell.sum);
  }

  list(): readonly Cell[] {
    return [...this.#cells].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
  }

  #sumOf(named: CellNames): Sum {
    const place = placeOf(named);
    const known = this.#cells.get(place);
    if (known) return known.sum;
    const sum = emptySum();
    this.#cells.set(place, { ...named, sum });
    return sum;
  }
}

const text = z.string();
const maybe = z.nullable(z.string());
const n = z.number();
/** Names, then figures; then the tag, where the cell is that of one. */
const StoredCell = z.tuple([text, maybe, maybe, text, text, text, text, n, n, n, n, n, n, n, n, n, z.optional(text)]);
export const StoredCells = z.array(StoredCell);
type StoredCell = z.infer<typeof StoredCell>;

export function encodeCell({ sum: s, tag, ...named }: Cell): StoredCell {
  const { username, keyId, team, endpoint, model, target, provider } = named;
  const tokens = [s.inputTokens, s.cacheReadTokens, s.cacheWriteTokens, s.outputTokens, s.reasoningTokens] as const;
  const called = [username, keyId, team, endpoint, model, target, provider] as const;
  const cell = [...called, s.requests, s.errors, ...tokens, s.costNanoUsd, s.unpriced] as const;
  return tag === null ? [...cell] : [...cell, tag];
}

export function decodeCell(stored: StoredCell): Cell {
  const [username, keyId, team, endpoint, model, target, provider, requests, errors, ...rest] = stored;
  const [inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens, costNanoUsd, unpriced, tag] =
    rest;
  const tokens = { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens };
  return {
    ...{ username, keyId, team, endpoint, model, target, provider, tag: tag ?? null },
    sum: { requests, errors, ...tokens, costNanoUsd, unpriced },
  };
}
