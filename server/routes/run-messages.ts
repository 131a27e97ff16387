import { runModelCall } from '../calls/run-call.ts';
import { decodeMessagesRequest } from '../dialects/anthropic-messages/decode-request.ts';
import { messagesNameOf } from '../dialects/anthropic-messages/dropped-names.ts';
import { MessagesAnswerEncoder } from '../dialects/anthropic-messages/encode-answer.ts';
import { MessagesStreamEncoder } from '../dialects/anthropic-messages/encode-stream.ts';
import type { HttpResponse } from '../http.ts';
import type { InferenceCall } from '../route.ts';
import { cachePolicyOf, openThoughts } from './inference.ts';

const endpoint = '/v1/messages';

export async function runMessages(call: InferenceCall): Promise<HttpResponse> {
  const betas = call.request.headers['anthropic-beta'];
  const { request, omitsThinking, dropped } = decodeMessagesRequest(call.body, betas);
  const head = { id: `msg_${call.requestId.slice('req_'.length)}`, model: request.model, omitsThinking };
  return runModelCall(call, {
    endpoint,
    dialect: 'anthropic',
    request: { ...request, messages: await openThoughts(call, request), cache: cachePolicyOf(call, request.cache) },
    promptBytes: call.bodyBytes,
    dropped,
    nameField: (field) => messagesNameOf(field, request),
    createStreamEncoder: () => new MessagesStreamEncoder(head),
    createAnswerEncoder: () => new MessagesAnswerEncoder(head),
  });
}
