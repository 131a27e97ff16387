import type { CallTarget } from './catalogue.ts';

/** The models of an OpenAI-compatible server, as call targets: nothing is known of their price, so their cost is null. */
export function configuredTargets(models: readonly string[]): CallTarget[] {
  return models.map((id) => ({
    provider: 'openai-compatible',
    modelId: id,
    price: null,
    model: {
      id,
      alias: `openai-compatible/${id}`,
      maker: 'openai-compatible',
      mode: 'chat',
      contextWindow: undefined,
      maxOutputTokens: undefined,
      capabilities: {
        streaming: true,
        system: true,
        tools: true,
        toolChoice: true,
        streamingTools: true,
        stopSequences: true,
        sampling: 'both',
        vision: false,
        documents: false,
        reasoning: false,
        promptCaching: false,
        assistantPrefill: true,
      },
      onDemand: true,
      profiles: [],
      price: null,
      priceOverrides: {},
    },
  }));
}
