import type { CatalogueModel, Price } from '../catalogue/catalogue.ts';
import type { Estimate } from './balance.ts';
import { tierPrices } from './cost.ts';

/** A text of n UTF-8 bytes has at most about n/3 tokens, whatever the language; one made to have more, at most n. */
const likelyBytesPerToken = 3;
const fewestBytesPerToken = 1;
/** Tokens a model's own template adds to a prompt: with tools its instructions for calling them. */
const templateTokens = { withTools: 1_000, withoutTools: 100 };
/** What a tool of Anthropic's own adds beside what the caller wrote of it: the longest have some 800 (its page "Pricing"). */
const typedToolTokens = 1_500;

/** The output cap of a call that names none, however much the model could write. */
const largestDefaultOutputCap = 32_000;
/** For a model whose own maximum is unknown. */
const smallestDefaultOutputCap = 4_096;

/** Tokens a call may write when its caller named no cap: the model's maximum, at most 32,000. */
export function defaultOutputCap(model: Pick<CatalogueModel, 'maxOutputTokens'>): number {
  return Math.min(model.maxOutputTokens ?? smallestDefaultOutputCap, largestDefaultOutputCap);
}

/** `requested` within what the model takes: tokens, neither under its smallest nor over its largest output cap. */
export function clampOutputTokens(
  requested: number,
  model: Pick<CatalogueModel, 'minOutputTokens' | 'maxOutputTokens'>,
): number {
  return Math.max(model.minOutputTokens, Math.min(requested, model.maxOutputTokens ?? requested));
}

/** What decides the most a call may cost. */
export interface EstimatedCall {
  /** UTF-8 bytes of everything that becomes text in the prompt (prompt-bound.ts). */
  readonly promptBytes: number;
  /** Tokens of images and the like, at most. */
  readonly mediaTokens?: number;
  readonly usesHourlyCache?: boolean;
  readonly hasTools: boolean;
  /** How many of the tools have only a type, and their text at Anthropic. */
  readonly typedTools?: number;
  /** The cap that is sent to the provider. */
  readonly maxOutputTokens: number;
  /** The service tier that is asked for. */
  readonly serviceTier?: string | undefined;
  readonly price: Price | null;
  /** Tokens; undefined when unknown. */
  readonly contextWindow: number | undefined;
}

/** What is to be held before a call is sent: by what its prompt likely has of tokens, and by what it may have at most. */
export function estimateOf(call: EstimatedCall): Estimate {
  return {
    likelyNanoUsd: costAtMost(call, likelyBytesPerToken),
    mostNanoUsd: costAtMost(call, fewestBytesPerToken),
    tokens: promptTokensOf(call, likelyBytesPerToken) + call.maxOutputTokens,
  };
}

/** Tokens of a prompt at most, as `mostNanoUsd` counts them. */
export function promptTokensAtMost(call: EstimatedCall): number {
  return promptTokensOf(call, fewestBytesPerToken);
}

/** The fewest tokens of output that are worth a call (DESIGN §6). */
const fewestOutputTokens = 1_024;

/**
 * The largest output cap below the call's own that an amount pays for, with the prompt counted at its most; undefined
 * when it pays for fewer than 1,024 tokens, or the model has no price.
 * @param nanoUsd what is left
 */
export function affordableOutputTokens(call: EstimatedCall, nanoUsd: number): number | undefined {
  const fits = (maxOutputTokens: number) => {
    const cost = costAtMost({ ...call, maxOutputTokens }, fewestBytesPerToken);
    return cost !== null && cost <= nanoUsd;
  };
  if (call.maxOutputTokens < fewestOutputTokens || !fits(fewestOutputTokens)) return undefined;
  let [low, high] = [fewestOutputTokens, call.maxOutputTokens];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function promptTokensOf(call: EstimatedCall, bytesPerToken: number): number {
  const { mediaTokens = 0, typedTools = 0 } = call;
  const template = call.hasTools || typedTools > 0 ? templateTokens.withTools : templateTokens.withoutTools;
  const allowance = template + typedTools * typedToolTokens;
  const bound = Math.ceil(call.promptBytes / bytesPerToken) + mediaTokens + allowance;
  return Math.min(bound, call.contextWindow ?? bound);
}

/**
 * The most a call may cost, in nano-USD rounded up; null when the model has no price. The whole prompt counts as what is dearest: plain input, or written to the cache. The tier that was asked for may not be the
 * one that answers, so the dearer of it and the standard tier is held, and likewise of all long-context rows that the
 * bound reaches; where a tier has no price, the standard one is held all the same.
 */
function costAtMost(call: EstimatedCall, bytesPerToken: number): number | null {
  const { price, usesHourlyCache = false } = call;
  // The tier that answers is billed: where its price is unknown, so is the call's.
  if (price === null || tierPrices(price, call.serviceTier) === null) return null;
  const promptTokens = promptTokensOf(call, bytesPerToken);
  const rows = [price, ...(price.longContext ?? []).filter((row) => promptTokens > row.aboveInputTokens)];
  let most = 0n;
  for (const prices of rows.flatMap((row) => [row, tierPrices(row, call.serviceTier) ?? row])) {
    const { input, output, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = prices;
    const dearest = Math.max(input, cacheRead, cacheWrite5m, usesHourlyCache ? cacheWrite1h : 0);
    const picoUsd = BigInt(promptTokens) * BigInt(dearest) + BigInt(call.maxOutputTokens) * BigInt(output);
    if (picoUsd > most) most = picoUsd;
  }
  return Number((most + 999n) / 1_000n);
}
