import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { createModel } from '../../local/bedrock/test-models.ts';
import type { ModelRequest } from '../../model/request.ts';
import { requestWith } from '../../model/test-requests.ts';
import type { ProviderCall } from '../provider.ts';

// Models and calls for the tests of this folder; tests only.

/** A model that can do everything, but for the differences. */
export function modelWith(
  differences: Partial<CatalogueModel['capabilities']> = {},
  facts: Partial<CatalogueModel> = {},
): CatalogueModel {
  return { ...createModel('anthropic.claude-test', 'anthropic', differences), profiles: [], ...facts };
}

export const text = (...texts: readonly string[]) => texts.map((each) => ({ type: 'text', text: each }) as const);
export const user = (...texts: readonly string[]) => ({ role: 'user', content: text(...texts) }) as const;
export const assistant = (...texts: readonly string[]) => ({ role: 'assistant', content: text(...texts) }) as const;
export const system = (...texts: readonly string[]) => ({ role: 'system', content: text(...texts) }) as const;

/** An assistant message that says something, or not, and calls tools by these ids. */
export function calling(said: string, ...ids: readonly string[]) {
  const calls = ids.map((id) => ({ type: 'tool-call', id, name: 'look', input: { at: id } }) as const);
  return { role: 'assistant', content: [...text(said), ...calls] } as const;
}

export function result(toolCallId: string, ...texts: readonly string[]) {
  const part = { type: 'tool-result', toolCallId, content: text(...texts), isError: false } as const;
  return { role: 'user', content: [part] } as const;
}

export const look = { name: 'look', description: 'Looks', inputSchema: { type: 'object' }, strict: false } as const;

export function callWith(fields: Partial<ModelRequest>, model = modelWith(), maxOutputTokens = 100): ProviderCall {
  return {
    target: { provider: 'bedrock', modelId: model.id, model, price: null },
    request: requestWith(fields),
    maxOutputTokens,
    guardrail: fields.guardrail,
    strict: false,
    metadata: { pw_request: 'req_1' },
    signal: AbortSignal.timeout(60_000),
  };
}
