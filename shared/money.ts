/** Money is integer nano-USD (10⁻⁹ USD) everywhere; nothing here goes through a floating-point dollar. */

const nanosPerUsd = 1_000_000_000n;

/** `1234567` → `"0.001234567"`: always nine decimals. Negative amounts keep their sign. */
export function formatUsd(nanoUsd: number | bigint): string {
  const amount = BigInt(nanoUsd);
  const absolute = amount < 0n ? -amount : amount;
  const whole = absolute / nanosPerUsd;
  const fraction = (absolute % nanosPerUsd).toString().padStart(9, '0');
  return `${amount < 0n ? '-' : ''}${whole}.${fraction}`;
}

/** `"20.00"` → `20_000_000_000`. Undefined unless it is a plain decimal with at most nine decimals. */
export function parseUsd(text: string): number | undefined {
  const match = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const [, whole = '0', fraction = ''] = match;
  return Number(BigInt(whole) * nanosPerUsd + BigInt(fraction.padEnd(9, '0')));
}
