import { ResponsesRequest } from '../../shared/openai/responses.ts';
import { ResponseObject } from '../../shared/openai/responses-answer.ts';
import { inferenceRoute } from '../route.ts';
import { inferenceErrors } from './inference.ts';

const endpoint = '/v1/responses';

export const responses = inferenceRoute({
  method: 'POST',
  path: endpoint,
  summary: 'OpenAI’s Responses, with every chat model',
  access: 'inference',
  body: ResponsesRequest,
  response: { status: 200, schema: ResponseObject, streams: true },
  errors: [...inferenceErrors, 'previous_response_not_found', 'not_found', 'request_too_large'],
  handle: async (call) => (await import('./run-responses.ts')).runResponses(call),
});
