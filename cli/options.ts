import type { OptionValues } from './command.ts';
import { UsageError } from './errors.ts';

/** A whole number from 1 up; undefined where the option was not given. @throws UsageError naming the flag */
export function findPositiveInteger(options: OptionValues, name: string, flag: string): number | undefined {
  const text = options.find(name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} "${text}" is not a whole number from 1 up`, { hint: `for example: ${flag} 100` });
}
