import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { efforts } from '../../model/request.ts';

// A few models with all the differences the rules look at; tests only.

const separateTurns = new Set(['meta', 'mistral']);
const withoutResultStatus = new Set(['cohere', 'meta', 'mistral', 'writer']);
const withoutResultImages = new Set(['openai', 'mistral', 'qwen', 'moonshot', 'moonshotai', 'xai', 'google']);

/** A model that can do everything, but for the differences. */
export function createModel(
  id: string,
  maker: string,
  differences: Partial<CatalogueModel['capabilities']>,
): CatalogueModel {
  return {
    id,
    alias: id.replace(/^[^.]+\./, '').replace(/(-\d{8})?-v?\d+:\d+$/, ''),
    maker,
    mode: 'chat',
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    minOutputTokens: 1,
    capabilities: {
      streaming: true,
      system: true,
      systemAmongMessages: false,
      tools: true,
      toolChoice: 'tool',
      forcedTools: true,
      streamingTools: true,
      singleToolCall: maker === 'anthropic',
      strictTools: maker === 'anthropic',
      toolResultImages: !withoutResultImages.has(maker),
      toolResultStatus: !withoutResultStatus.has(maker),
      mixesToolsAndText: !separateTurns.has(maker),
      stopSequences: true,
      blankStopSequences: maker !== 'anthropic',
      sampling: 'both',
      topK: maker === 'anthropic' ? 'claude' : 'none',
      vision: true,
      documents: true,
      audio: false,
      video: false,
      reasoning: maker === 'anthropic' ? 'budget' : 'none',
      reasoningAlwaysOn: false,
      efforts: maker === 'anthropic' ? efforts : [],
      reasoningReplay: maker === 'anthropic' ? 'signed' : 'none',
      nativeStructuredOutput: true,
      verbosity: false,
      promptCaching: { tools: maker === 'anthropic', hourly: true, minTokens: 1_024 },
      assistantPrefill: true,
      streamCountsCached: maker === 'openai',
      ...differences,
    },
    onDemand: true,
    profiles: ['us', 'global'],
    price: null,
    priceOverrides: {},
  };
}

const none = { vision: false, documents: false, promptCaching: null, assistantPrefill: false } as const;

/** A Claude that takes prefills, a thinking budget and either temperature or topP. */
export const claude = createModel('anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic', { sampling: 'one' });
/** A Claude that takes none of these. */
export const newClaude = createModel('anthropic.claude-opus-5', 'anthropic', {
  sampling: 'none',
  reasoning: 'adaptive',
  efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
  strictTools: false,
  nativeStructuredOutput: false,
  topK: 'none',
  assistantPrefill: false,
});
/** A Claude that always thinks, and lets no tool be forced. */
export const thinkingClaude: CatalogueModel = {
  ...newClaude,
  ...{ id: 'anthropic.claude-opus-5-5', alias: 'claude-opus-5-5' },
  capabilities: { ...newClaude.capabilities, forcedTools: false, reasoningAlwaysOn: true, efforts: ['low', 'high'] },
};
/** A Claude that does not think, with cache entries of five minutes. */
export const oldClaude = createModel('anthropic.claude-3-5-sonnet-20241022-v2:0', 'anthropic', {
  reasoning: 'none',
  efforts: [],
  reasoningReplay: 'none',
  strictTools: false,
  nativeStructuredOutput: false,
  promptCaching: { tools: true, hourly: false, minTokens: 1_024 },
});
/** A Nova that thinks when told to. */
export const nova2 = createModel('amazon.nova-2-lite-v1:0', 'amazon', {
  reasoning: 'nova',
  efforts: ['none', 'low', 'medium', 'high'],
  promptCaching: { tools: false, hourly: false, minTokens: 1_024 },
  assistantPrefill: false,
});
export const nova = createModel('amazon.nova-lite-v1:0', 'amazon', { reasoning: 'none', assistantPrefill: false });
export const llama = createModel('meta.llama3-1-8b-instruct-v1:0', 'meta', {
  ...none,
  toolChoice: 'none',
  streamingTools: false,
});
export const titan = createModel('amazon.titan-text-lite-v1', 'amazon', { ...none, system: false, tools: false });
export const gptOss = createModel('openai.gpt-oss-20b-1:0', 'openai', {
  ...none,
  stopSequences: false,
  reasoning: 'effort-word',
  efforts: ['low', 'medium', 'high'],
  nativeStructuredOutput: false,
});
export const gpt: CatalogueModel = {
  ...createModel('openai.gpt-5.4', 'openai', {
    ...none,
    vision: true,
    sampling: 'none',
    reasoning: 'openai',
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    verbosity: true,
  }),
  onDemand: false,
  minOutputTokens: 16,
};
/** It always thinks and takes no field about it. */
export const deepseek = createModel('deepseek.r1-v1:0', 'deepseek', {
  ...none,
  tools: false,
  reasoning: 'fixed',
  reasoningAlwaysOn: true,
});
export const mistral = createModel('mistral.mistral-large-2407-v1:0', 'mistral', { ...none, streamingTools: true });
export const mute = createModel('example.batch-only-v1:0', 'example', { ...none, streaming: false });

export const testModels: readonly CatalogueModel[] = [
  claude,
  newClaude,
  thinkingClaude,
  oldClaude,
  nova,
  nova2,
  llama,
  titan,
  gptOss,
  gpt,
  deepseek,
  mistral,
  mute,
];
