import type { CatalogueModel } from '../../catalogue/catalogue.ts';

// A few models with all the differences the rules look at; tests only.

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
    capabilities: {
      streaming: true,
      system: true,
      tools: true,
      toolChoice: true,
      streamingTools: true,
      stopSequences: true,
      sampling: 'both',
      vision: true,
      documents: true,
      reasoning: true,
      promptCaching: true,
      assistantPrefill: true,
      ...differences,
    },
    onDemand: true,
    profiles: ['us', 'global'],
    price: null,
    priceOverrides: {},
  };
}

const none = { vision: false, documents: false, promptCaching: false, assistantPrefill: false } as const;

/** A Claude that takes prefills, a thinking budget and either temperature or topP. */
export const claude = createModel('anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic', { sampling: 'one' });
/** A Claude that takes none of these. */
export const newClaude = createModel('anthropic.claude-opus-5', 'anthropic', {
  sampling: 'none',
  assistantPrefill: false,
});
export const nova = createModel('amazon.nova-lite-v1:0', 'amazon', { reasoning: false, assistantPrefill: false });
export const llama = createModel('meta.llama3-1-8b-instruct-v1:0', 'meta', {
  ...none,
  toolChoice: false,
  streamingTools: false,
});
export const titan = createModel('amazon.titan-text-lite-v1', 'amazon', { ...none, system: false, tools: false });
export const gptOss = createModel('openai.gpt-oss-20b-1:0', 'openai', { ...none, stopSequences: false });
export const gpt: CatalogueModel = {
  ...createModel('openai.gpt-5.4', 'openai', { ...none, vision: true, sampling: 'none' }),
  onDemand: false,
};
export const mute = createModel('example.batch-only-v1:0', 'example', { ...none, streaming: false });

export const testModels: readonly CatalogueModel[] = [claude, newClaude, nova, llama, titan, gptOss, gpt, mute];
