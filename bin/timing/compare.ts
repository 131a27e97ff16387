import { median } from '../bench/load.ts';

/** Times of one pair of questions and of its control, in ms; the questions of a control are equal. */
export interface Sample {
  readonly pair: readonly [number, number];
  readonly control: readonly [number, number];
}

export interface Comparison {
  /** Median of the first of each pair, ms. */
  readonly medianMs: number;
  /** Median of the differences within pairs, ms. */
  readonly differenceMs: number;
  /** The same of the control. */
  readonly controlMs: number;
  /** How far the median of as many differences strays by chance: three of its standard errors, ms. */
  readonly spreadMs: number;
  readonly passes: boolean;
}

/** Of what a question takes. */
const leastShare = 0.05;
/** Standard error of a median over the quartile distance, for what is spread normally: √(π/2) / 1.349. */
const errorOfMedian = 0.929;

/** Whether the two questions of a pair can be told apart by their times, any better than two equal ones. */
export function compare(samples: readonly Sample[]): Comparison {
  const medianMs = median(samples.map(({ pair }) => pair[0]));
  const differences = samples.map(({ pair }) => pair[1] - pair[0]);
  const controls = samples.map(({ control }) => control[1] - control[0]);
  const differenceMs = median(differences);
  const controlMs = median(controls);
  const spreadMs = (3 * errorOfMedian * quartileDistance(controls)) / Math.sqrt(samples.length);
  const size = Math.abs(differenceMs);
  const passes = size < leastShare * medianMs || size <= Math.abs(controlMs) + spreadMs;
  return { medianMs, differenceMs, controlMs, spreadMs, passes };
}

function quartileDistance(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return at(0.75) - at(0.25);
}
