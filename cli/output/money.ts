const nanosPerUsd = 1_000_000_000n;

/** nano-USD with so many decimals, rounded half up; integers all the way. */
function rounded(nanoUsd: bigint, decimals: number): string {
  const unit = 10n ** BigInt(9 - decimals);
  const scaled = (nanoUsd + unit / 2n) / unit;
  const perUsd = 10n ** BigInt(decimals);
  const whole = (scaled / perUsd).toString().replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${whole}.${(scaled % perUsd).toString().padStart(decimals, '0')}`;
}

/** For people: cents from a dollar on, more decimals below, `–` where there is no price. Exact figures: --json. */
export function formatMoney(nanoUsd: number | null): string {
  if (nanoUsd === null) return '–';
  const amount = BigInt(nanoUsd);
  if (amount < 0n) return `-${formatMoney(-nanoUsd)}`;
  if (amount === 0n || amount >= nanosPerUsd) return `$${rounded(amount, 2)}`;
  if (amount >= nanosPerUsd / 100n) return `$${rounded(amount, 4)}`;
  return amount < 500n ? '<$0.000001' : `$${rounded(amount, 6)}`;
}
