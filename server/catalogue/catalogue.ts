import type { Effort } from '../model/request.ts';

/** Integer pico-USD (10⁻¹² USD) per token; `undefined` where the catalogue does not know the price. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
}

/** Prices by service tier: the standard ones, and beside them those of each tier that has its own (`flex` …). */
export interface TieredPrices extends TokenPrices {
  readonly tiers?: Readonly<Record<string, TokenPrices>>;
}

/** Prices of one call target. A long-context row applies to the whole request when its prompt exceeds the bound. */
export interface Price extends TieredPrices {
  readonly longContext?: readonly (TieredPrices & { readonly aboveInputTokens: number })[];
}

/**
 * How a model is told to think (reference: Bedrock's user guide and what users of Bedrock report).
 *
 * - `none`: it does not, or says nothing of it; `fixed`: it always does and takes no field about it (DeepSeek R1).
 * - `budget`: Claude up to 4.5, `thinking.budget_tokens`; `adaptive`: Claude from 4.6, `thinking.type: adaptive` and an
 *   effort word; `nova`: `reasoningConfig`; `openai`: `reasoning.effort`; `effort-word`: `reasoning_effort` as it stands.
 */
type ReasoningControl = 'none' | 'fixed' | 'budget' | 'adaptive' | 'nova' | 'openai' | 'effort-word';

/** What decides how a request is sent; never a pattern in a model's name. */
export interface Capabilities {
  readonly streaming: boolean;
  readonly system: boolean;
  /** Whether role `system` may stand among the messages. */
  readonly systemAmongMessages: boolean;
  readonly tools: boolean;
  /** The strongest tool choice: `none` = the model decides alone, `any` = some tool can be forced, `tool` = a named one. */
  readonly toolChoice: 'none' | 'any' | 'tool';
  /** Whether a tool may be forced at all (some that always think refuse it). */
  readonly forcedTools: boolean;
  readonly streamingTools: boolean;
  /** Whether one call at a time can be asked for. */
  readonly singleToolCall: boolean;
  /** Whether a tool may be `strict`. */
  readonly strictTools: boolean;
  readonly toolResultImages: boolean;
  /** Whether a tool result may say that the tool failed. */
  readonly toolResultStatus: boolean;
  /** Whether texts may stand in one turn with tool calls or tool results. */
  readonly mixesToolsAndText: boolean;
  readonly stopSequences: boolean;
  /** Whether a stop sequence may be all whitespace. */
  readonly blankStopSequences: boolean;
  /** Whether the model takes `temperature` and `topP` at all, and whether it takes both together. */
  readonly sampling: 'none' | 'one' | 'both';
  /** Where top-k goes: Claude's `top_k`, Nova's `inferenceConfig.topK` (both among the additional fields), or nowhere. */
  readonly topK: 'none' | 'claude' | 'nova';
  readonly vision: boolean;
  readonly documents: boolean;
  readonly audio: boolean;
  readonly video: boolean;
  readonly reasoning: ReasoningControl;
  /** It cannot be told not to think. */
  readonly reasoningAlwaysOn: boolean;
  /** The words it takes; empty where it takes none. */
  readonly efforts: readonly Effort[];
  /** Reasoning of earlier turns: `signed` = sent back with its signature, `none` = left out, for it is refused. */
  readonly reasoningReplay: 'signed' | 'none';
  /** Whether `outputConfig.textFormat` takes a JSON schema. */
  readonly nativeStructuredOutput: boolean;
  readonly verbosity: boolean;
  /** Where a `cachePoint` may stand; null = the model takes none. */
  readonly promptCaching: PromptCaching | null;
  readonly assistantPrefill: boolean;
  /** Whether `inputTokens` in a stream holds the cached tokens too; in whole answers it does not. */
  readonly streamCountsCached: boolean;
}

export interface PromptCaching {
  /** Whether a cache point may stand among the tools; it may always stand in system and messages. */
  readonly tools: boolean;
  /** Whether an entry may live for an hour rather than five minutes. */
  readonly hourly: boolean;
  /** Tokens; a shorter prefix is not cached. */
  readonly minTokens: number;
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
  /** The smallest output cap it takes. */
  readonly minOutputTokens: number;
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
