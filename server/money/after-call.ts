import type { Clock } from '../clock.ts';
import { lastClosableDay } from './booking.ts';

/**
 * What an instance does after a call has been answered and settled: once for each day that can be closed, it sees whether
 * somebody has closed it. Between these it costs a comparison.
 */
export function createAfterCall(
  clock: Clock,
  load: () => Promise<{ closeAfterCall(): Promise<void> }>,
): () => Promise<void> | undefined {
  let seen = '';
  return () => {
    const day = lastClosableDay(clock.now());
    if (day === seen) return undefined;
    seen = day;
    return load().then((books) => books.closeAfterCall());
  };
}
