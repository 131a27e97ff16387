import type { CatalogueModel } from '../../catalogue/catalogue.ts';

/** What the catalogue has no column for: it holds for all models of one maker. */
export interface Quirks {
  /** Whether texts may stand in one turn with tool calls or tool results. */
  readonly mixesToolsAndText: boolean;
  /** Whether a tool result may say that the tool failed. */
  readonly toolResultStatus: boolean;
  /** Whether a stop sequence may be all whitespace. */
  readonly blankStopSequences: boolean;
  /** Whether `inputTokens` in a stream holds the cached tokens too; in whole answers it does not. */
  readonly streamCountsCached: boolean;
}

const separateTurns = new Set(['meta', 'mistral']);
const noStatus = new Set(['cohere', 'meta', 'mistral', 'writer']);

/** By what users of Bedrock report: mostly the words in which it refused such requests. */
export function quirksOf({ maker }: CatalogueModel): Quirks {
  return {
    mixesToolsAndText: !separateTurns.has(maker),
    toolResultStatus: !noStatus.has(maker),
    blankStopSequences: maker !== 'anthropic',
    // Measured by users on GPT-5.6: 4,995 streamed and 2 whole for one prompt of which 4,993 tokens were written to the
    // cache (maximhq/bifrost#6942, anomalyco/opencode#47296).
    streamCountsCached: maker === 'openai',
  };
}
