import { AuthError, CliError, UpstreamError } from '../errors.ts';

const atOnce = 4;

/** What became of one row; `not_tried` where something stopped the whole before its turn. */
export type Outcome<T> = { readonly made: T } | { readonly failed: CliError } | 'not_tried';

/** What ended the whole before its end: nothing, Ctrl-C, or an error that every other row would meet too. */
type Stop = undefined | 'interrupted' | CliError;

export interface BulkResult<Row, T> {
  readonly outcomes: ReadonlyMap<Row, Outcome<T>>;
  readonly stoppedBy: Stop;
}

/**
 * Does `work` for each row, four at a time, those of one owner one after the other: the gateway changes a person's keys
 * one at a time. A refused row does not hold up the others.
 * @param signal once it is aborted, no further row begins
 * @throws what `work` threw and is no CliError
 */
export async function runRows<Row, T>(
  rows: readonly Row[],
  ownerOf: (row: Row) => string,
  work: (row: Row) => Promise<T>,
  signal: AbortSignal,
): Promise<BulkResult<Row, T>> {
  const outcomes = new Map<Row, Outcome<T>>(rows.map((row) => [row, 'not_tried']));
  const waiting = [...Map.groupBy(rows, ownerOf).values()];
  let stoppedBy: Stop;
  const isOver = () => {
    if (signal.aborted) stoppedBy ??= 'interrupted';
    return stoppedBy !== undefined;
  };
  const workOff = async (own: readonly Row[]): Promise<void> => {
    for (const row of own) {
      if (isOver()) return;
      const outcome = await attempt(row, work);
      outcomes.set(row, outcome instanceof CliError ? { failed: outcome } : { made: outcome.made });
      if (outcome instanceof CliError && concernsAll(outcome)) stoppedBy ??= outcome;
    }
  };
  const workOffAll = async (): Promise<void> => {
    for (let own = waiting.shift(); own && !isOver(); own = waiting.shift()) await workOff(own);
  };
  await Promise.all(Array.from({ length: atOnce }, workOffAll));
  return { outcomes, stoppedBy };
}

async function attempt<Row, T>(row: Row, work: (row: Row) => Promise<T>): Promise<{ readonly made: T } | CliError> {
  try {
    return { made: await work(row) };
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}

function concernsAll(error: CliError): boolean {
  return error instanceof AuthError || error instanceof UpstreamError || error.code === 'mfa_required';
}
