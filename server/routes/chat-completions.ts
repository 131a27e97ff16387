import { ChatCompletion, ChatRequest } from '../../shared/openai/chat.ts';
import { runModelCall } from '../calls/run-call.ts';
import { decodeChatRequest } from '../dialects/openai-chat/decode-request.ts';
import { ChatAnswerEncoder } from '../dialects/openai-chat/encode-answer.ts';
import { ChatStreamEncoder } from '../dialects/openai-chat/encode-stream.ts';
import { type InferenceCall, inferenceRoute } from '../route.ts';
import { cachePolicyOf, inferenceErrors, openThoughts } from './inference.ts';

const endpoint = '/v1/chat/completions';

export const chatCompletions = inferenceRoute({
  method: 'POST',
  path: endpoint,
  summary: 'OpenAI’s chat completions, with every chat model',
  access: 'inference',
  body: ChatRequest,
  response: { status: 200, schema: ChatCompletion, streams: true },
  errors: inferenceErrors,
  handle: async (call) => {
    const { body } = call;
    const { request, includeUsage, forms, dropped } =
      'input' in body ? await decodeWithItems(body) : decodeChatRequest(body);
    const id = `chatcmpl-${call.requestId.slice('req_'.length)}`;
    const head = { id, created: Math.floor(call.startedAt / 1000), model: request.model, forms };
    return await runModelCall(call, {
      endpoint,
      dialect: 'openai',
      request: { ...request, messages: await openThoughts(call, request), cache: cachePolicyOf(call, request.cache) },
      promptBytes: call.bodyBytes,
      dropped,
      createStreamEncoder: () => new ChatStreamEncoder({ ...head, includeUsage }),
      createAnswerEncoder: () => new ChatAnswerEncoder(head),
    });
  },
});

/** Few clients send the `input` of Responses here (Cursor does): what reads it is loaded for them. */
async function decodeWithItems(body: InferenceCall['body']) {
  const { decodeItems } = await import('../dialects/openai-responses/decode-items.ts');
  return decodeChatRequest(body, decodeItems);
}
