import { conversationNamed } from '../calls/field-names.ts';
import { runModelCall } from '../calls/run-call.ts';
import { decodeCompletionRequest } from '../dialects/openai-completions/decode-request.ts';
import { CompletionAnswerEncoder } from '../dialects/openai-completions/encode-answer.ts';
import { CompletionStreamEncoder } from '../dialects/openai-completions/encode-stream.ts';
import type { HttpResponse } from '../http.ts';
import type { InferenceCall } from '../route.ts';
import { cachePolicyOf } from './inference.ts';

const endpoint = '/v1/completions';

export async function runCompletions(call: InferenceCall): Promise<HttpResponse> {
  const { request, includeUsage, echo, dropped } = decodeCompletionRequest(call.body);
  const id = `cmpl-${call.requestId.slice('req_'.length)}`;
  const head = { id, created: Math.floor(call.startedAt / 1000), model: request.model, echo };
  return runModelCall(call, {
    endpoint,
    dialect: 'openai',
    nameField: conversationNamed('prompt'),
    request: { ...request, cache: cachePolicyOf(call, request.cache) },
    promptBytes: call.bodyBytes,
    dropped,
    createStreamEncoder: () => new CompletionStreamEncoder({ ...head, includeUsage }),
    createAnswerEncoder: () => new CompletionAnswerEncoder(head),
  });
}
