import type { CatalogueModel } from '../../catalogue/catalogue.ts';

/** What the catalogue has no column for: it holds for all models of one maker. */
export interface Quirks {
  /** Whether texts may stand in one turn with tool calls or tool results. */
  readonly mixesToolsAndText: boolean;
  /** Whether a tool result may say that the tool failed. */
  readonly toolResultStatus: boolean;
  /** Whether a stop sequence may be all whitespace. */
  readonly blankStopSequences: boolean;
}

const separateTurns = new Set(['meta', 'mistral']);
const noStatus = new Set(['cohere', 'meta', 'mistral', 'writer']);

/** By the texts with which Bedrock refused such requests, as its users reported them. */
export function quirksOf({ maker }: CatalogueModel): Quirks {
  return {
    mixesToolsAndText: !separateTurns.has(maker),
    toolResultStatus: !noStatus.has(maker),
    blankStopSequences: maker !== 'anthropic',
  };
}
