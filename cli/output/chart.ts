const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const heights = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const plainHeights = ['_', '.', '-', '=', '#'];

/** A bar for a share between 0 and 1; something that is more than nothing is never drawn as nothing. */
export function bar(share: number, width: number, unicode: boolean): string {
  const clamped = Math.min(1, Math.max(0, share));
  if (!unicode) return '#'.repeat(Math.max(clamped > 0 ? 1 : 0, Math.round(clamped * width)));
  const parts = Math.max(clamped > 0 ? 1 : 0, Math.round(clamped * width * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

/** One character a value, scaled to the largest. */
export function sparkline(values: readonly number[], unicode: boolean): string {
  const steps = unicode ? heights : plainHeights;
  const largest = Math.max(0, ...values);
  return values
    .map((value) => {
      if (value <= 0 || largest === 0) return steps[0];
      return steps[Math.max(1, Math.round((value / largest) * (steps.length - 1)))];
    })
    .join('');
}
