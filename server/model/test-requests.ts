import type { ModelRequest } from './request.ts';

/** A request that asks for nothing special, but for these fields; tests only. */
export function requestWith(fields: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'claude-test',
    system: [],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    tools: [],
    toolChoice: undefined,
    maxOutputTokens: undefined,
    temperature: undefined,
    topP: undefined,
    topK: undefined,
    parallelToolCalls: undefined,
    stopSequences: [],
    reasoning: undefined,
    outputFormat: undefined,
    verbosity: undefined,
    serviceTier: undefined,
    latency: undefined,
    metadata: {},
    guardrail: undefined,
    cache: 'auto',
    cacheKey: undefined,
    additionalFields: {},
    stream: false,
    ...fields,
  };
}
