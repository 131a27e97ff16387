import type { OptionValues } from './command.ts';
import { UsageError } from './errors.ts';

/** A whole number from 1 up; undefined where the option was not given. @throws UsageError naming the flag */
export function findPositiveInteger(options: OptionValues, name: string, flag: string): number | undefined {
  const text = options.find(name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} "${text}" is not a whole number from 1 up`, { hint: `for example: ${flag} 100` });
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `12h`, `7d` in ms, up to ten years; undefined for anything else. */
export function spanMs(text: string): number | undefined {
  if (!/^[1-9]\d{0,7}[smhd]$/.test(text)) return undefined;
  const span = Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? Number.NaN);
  return span <= 3_650 * 86_400_000 ? span : undefined;
}
