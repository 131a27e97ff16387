import Anthropic from '@anthropic-ai/sdk';
import { inject } from 'vitest';

const { url, api_key: apiKey } = inject('dev');
export const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });

/** A request of Messages that every model answers. */
export const hello = { model: 'nova-2-lite', max_tokens: 4_000, messages: [{ role: 'user' as const, content: 'Hi' }] };

/** As a plain client sends it, with fields that the types do not know. */
export function post(
  body: object,
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/messages',
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** A tool as Anthropic's clients send it. */
export const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
