import { ChatCompletion, ChatRequest } from '../../shared/openai/chat.ts';
import { runModelCall } from '../calls/run-call.ts';
import { decodeChatRequest } from '../dialects/openai-chat/decode-request.ts';
import { ChatAnswerEncoder } from '../dialects/openai-chat/encode-answer.ts';
import { ChatStreamEncoder } from '../dialects/openai-chat/encode-stream.ts';
import { inferenceRoute } from '../route.ts';

const endpoint = '/v1/chat/completions';

export const chatCompletions = inferenceRoute({
  method: 'POST',
  path: endpoint,
  summary: 'OpenAI’s chat completions, with every chat model',
  access: 'inference',
  body: ChatRequest,
  response: { status: 200, schema: ChatCompletion, streams: true },
  errors: [
    'invalid_request',
    'unsupported_content',
    'context_length_exceeded',
    'insufficient_scope',
    'model_not_allowed',
    'model_not_found',
    'duplicate_request',
    'rate_limit_exceeded',
    'concurrency_limit',
    'upstream_quota_exceeded',
    'gateway_misconfigured',
    'upstream_error',
    'model_error',
    'upstream_stream_error',
    'upstream_malformed_output',
    'upstream_truncated',
    'provider_access_denied',
    'auth_unavailable',
    'budget_unavailable',
    'root_secret_mismatch',
    'upstream_unavailable',
    'upstream_timeout',
  ],
  handle: async (call) => {
    const { request, includeUsage, dropped } = decodeChatRequest(call.body);
    const id = `chatcmpl-${call.requestId.slice('req_'.length)}`;
    const head = { id, created: Math.floor(call.startedAt / 1000), model: request.model };
    return runModelCall(call, {
      endpoint,
      dialect: 'openai',
      request,
      promptBytes: call.bodyBytes,
      dropped,
      createStreamEncoder: () => new ChatStreamEncoder({ ...head, includeUsage }),
      createAnswerEncoder: () => new ChatAnswerEncoder(head),
    });
  },
});
