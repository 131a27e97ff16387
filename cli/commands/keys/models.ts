import { UsageError } from '../../errors.ts';

/** @throws UsageError with `what` in its words */
export function parseModels(models: readonly string[], what: string): string[] {
  if (models.length === 0) throw new UsageError(`${what} names no model`, { hint: 'pennyworth models list' });
  return [...models];
}
