import { ResponsesRequest } from '../../shared/openai/responses.ts';
import { ResponseObject } from '../../shared/openai/responses-answer.ts';
import { runModelCall } from '../calls/run-call.ts';
import { decodeResponsesRequest } from '../dialects/openai-responses/decode-request.ts';
import { ResponsesAnswerEncoder } from '../dialects/openai-responses/encode-answer.ts';
import { ResponsesStreamEncoder } from '../dialects/openai-responses/encode-stream.ts';
import { echoOf, type ResponsesHead } from '../dialects/openai-responses/response-object.ts';
import { inferenceRoute } from '../route.ts';
import { cachePolicyOf, inferenceErrors, openThoughts, reasoningSealOf } from './inference.ts';

const endpoint = '/v1/responses';

export const responses = inferenceRoute({
  method: 'POST',
  path: endpoint,
  summary: 'OpenAI’s Responses, with every chat model; nothing is stored',
  access: 'inference',
  body: ResponsesRequest,
  response: { status: 200, schema: ResponseObject, streams: true },
  errors: inferenceErrors,
  handle: async (call) => {
    const { body } = call;
    const { seal, unseal } = await reasoningSealOf(call, typeof body['model'] === 'string' ? body['model'] : '');
    const { request, customTools, namespaces, includeEncrypted, dropped } = decodeResponsesRequest(body, unseal);
    const head: ResponsesHead = {
      id: `resp_${call.requestId.slice('req_'.length)}`,
      createdAt: Math.floor(call.startedAt / 1000),
      model: request.model,
      echo: echoOf(body),
      customTools,
      namespaces,
      seal,
      includeEncrypted,
    };
    return runModelCall(call, {
      endpoint,
      dialect: 'openai',
      request: { ...request, messages: await openThoughts(call, request), cache: cachePolicyOf(call, request.cache) },
      promptBytes: call.bodyBytes,
      dropped,
      createStreamEncoder: () => new ResponsesStreamEncoder(head),
      createAnswerEncoder: () => new ResponsesAnswerEncoder(head),
    });
  },
});
