/** Integer pico-USD (10⁻¹² USD) per token; `undefined` where the catalogue does not know the price. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
}

/** Prices of one call target. A long-context tier applies to the whole request when its prompt exceeds the bound. */
export interface Price extends TokenPrices {
  readonly longContext?: readonly (TokenPrices & { readonly aboveInputTokens: number })[];
}

export interface Capabilities {
  readonly streaming: boolean;
  readonly system: boolean;
  readonly tools: boolean;
  readonly toolChoice: boolean;
  readonly streamingTools: boolean;
  readonly stopSequences: boolean;
  /** Whether the model takes `temperature` and `topP` at all, and whether it takes both together. */
  readonly sampling: 'none' | 'one' | 'both';
  readonly vision: boolean;
  readonly documents: boolean;
  readonly reasoning: boolean;
  readonly promptCaching: boolean;
  readonly assistantPrefill: boolean;
}

/** One model of the catalogue (models.json), under its bare Bedrock id. */
export interface CatalogueModel {
  readonly id: string;
  /** What /v1/models lists, and what callers usually write: the id without provider, date and version. */
  readonly alias: string;
  /** Who made it: anthropic, amazon, meta … */
  readonly maker: string;
  readonly mode: 'chat';
  readonly contextWindow: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly capabilities: Capabilities;
  /** Whether the bare id may be called on demand. */
  readonly onDemand: boolean;
  /** Prefixes of inference profiles: us, eu, apac, global … */
  readonly profiles: readonly string[];
  /** Price of the bare id; null when unknown. */
  readonly price: Price | null;
  /** What differs by profile prefix (`us.`) or region (`region:eu-west-1`). */
  readonly priceOverrides: Readonly<Record<string, Price | null>>;
}

/** Where a call goes: the id sent upstream and the price that belongs to exactly that id. */
export interface CallTarget {
  readonly provider: 'bedrock' | 'openai-compatible';
  /** As sent upstream: bare id, profile id or ARN. */
  readonly modelId: string;
  readonly model: CatalogueModel;
  /** null: unknown; the call is served, its cost stays null. */
  readonly price: Price | null;
}
