import type { CatalogueModel, Price } from '../catalogue/catalogue.ts';
import { pricesAt } from './cost.ts';

/** A text of n UTF-8 bytes has at most about n/3 tokens, whatever the language. */
const bytesPerToken = 3;
/** Tokens a model's own template adds to a prompt: with tools its instructions for calling them. */
const templateTokens = { withTools: 1_000, withoutTools: 100 };

/** The output cap of a call that names none, however much the model could write. */
const largestDefaultOutputCap = 32_000;
/** For a model whose own maximum is unknown. */
const smallestDefaultOutputCap = 4_096;

/** Tokens a call may write when its caller named no cap: the model's maximum, at most 32,000. */
export function defaultOutputCap(model: Pick<CatalogueModel, 'maxOutputTokens'>): number {
  return Math.min(model.maxOutputTokens ?? smallestDefaultOutputCap, largestDefaultOutputCap);
}

/**
 * The most a call may cost, in nano-USD rounded up, to be held before it is sent; null when the model has no price.
 * The whole prompt counts as written to a five-minute cache where that costs more than plain input.
 */
export function estimateOf(call: {
  /** UTF-8 bytes of everything that becomes prompt: texts, tool descriptions and schemas, tool results. */
  readonly promptBytes: number;
  readonly hasTools: boolean;
  /** The cap that is sent to the provider. */
  readonly maxOutputTokens: number;
  readonly price: Price | null;
  /** Tokens; undefined when unknown. */
  readonly contextWindow: number | undefined;
}): number | null {
  if (call.price === null) return null;
  const allowance = call.hasTools ? templateTokens.withTools : templateTokens.withoutTools;
  const bound = Math.ceil(call.promptBytes / bytesPerToken) + allowance;
  const promptTokens = Math.min(bound, call.contextWindow ?? bound);
  const prices = pricesAt(call.price, promptTokens);
  const promptPrice = Math.max(prices.input, prices.cacheWrite5m ?? 0);
  const picoUsd = BigInt(promptTokens) * BigInt(promptPrice) + BigInt(call.maxOutputTokens) * BigInt(prices.output);
  return Number((picoUsd + 999n) / 1_000n);
}
