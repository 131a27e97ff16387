import type { Model } from '../../shared/api/models.ts';

/** Tokens of all the doctor's calls together, about. */
const inputTokens = 150;
const outputTokens = 450;

/** What the doctor's calls cost with a model, about, in USD; undefined where it has no price. */
function estimateUsd({ pennyworth }: Model): number | undefined {
  const prices = pennyworth.prices_usd_per_million_tokens;
  if (prices === null) return undefined;
  return (Number(prices.input) * inputTokens + Number(prices.output) * outputTokens) / 1_000_000;
}

/** The chat model that costs least here; one that always reasons only if there is no other, because it starts late. */
export function findCheapestModel(models: readonly Model[]): Model | undefined {
  const [cheapest] = models
    .flatMap((model) => {
      const usd = estimateUsd(model);
      const streams = model.pennyworth.capabilities.includes('streaming');
      return usd === undefined || !streams
        ? []
        : [{ model, usd, isLate: model.pennyworth.reasoning?.always_on === true }];
    })
    .toSorted((a, b) => Number(a.isLate) - Number(b.isLate) || a.usd - b.usd);
  return cheapest?.model;
}
