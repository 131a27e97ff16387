/** For people: whole numbers with separators, from 10,000 on three digits and a unit. Exact figures: --json. */
export function formatCount(count: number): string {
  if (count < 10_000) return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
  let value = count;
  for (const unit of ['k', 'M', 'G']) {
    value /= 1000;
    // Beyond it three digits would round to a thousand of this unit.
    if (value < 999.5) return `${value.toPrecision(3)}${unit}`;
  }
  return `${Math.round(value)}G`;
}
