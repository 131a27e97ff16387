import { Completion, CompletionRequest } from '../../shared/openai/completions.ts';
import { inferenceRoute } from '../route.ts';
import { inferenceErrors } from './inference.ts';

const endpoint = '/v1/completions';

export const completions = inferenceRoute({
  method: 'POST',
  path: endpoint,
  summary: 'OpenAI’s completions, the API before chat, with every chat model',
  access: 'inference',
  body: CompletionRequest,
  response: { status: 200, schema: Completion, streams: true },
  errors: inferenceErrors,
  handle: async (call) => (await import('./run-completions.ts')).runCompletions(call),
});
