import type { ResponseObject } from '../../shared/openai/responses-answer.ts';
import type { Identity } from '../auth/identity.ts';
import { runModelCall } from '../calls/run-call.ts';
import type { Config } from '../config.ts';
import { decodeResponsesRequest } from '../dialects/openai-responses/decode-request.ts';
import { ResponsesAnswerEncoder } from '../dialects/openai-responses/encode-answer.ts';
import { ResponsesStreamEncoder } from '../dialects/openai-responses/encode-stream.ts';
import { inInput, responsesNameOf } from '../dialects/openai-responses/field-names.ts';
import { echoOf, type ResponsesHead } from '../dialects/openai-responses/response-object.ts';
import { type StoredResponse, StoredResponses } from '../dialects/openai-responses/stored-responses.ts';
import { recordedItems, wholeInput } from '../dialects/openai-responses/whole-input.ts';
import type { HttpResponse } from '../http.ts';
import type { AuthenticatedCall, InferenceCall } from '../route.ts';
import { cachePolicyOf, openThoughts, reasoningSealOf } from './inference.ts';

const endpoint = '/v1/responses';

export async function runResponses(call: InferenceCall): Promise<HttpResponse> {
  const { context, identity, body } = call;
  const { seal, unseal } = await reasoningSealOf(call, typeof body['model'] === 'string' ? body['model'] : '');
  const stored = new StoredResponses(await context.stored(), identity.person.username);
  const whole = await wholeInput(body, call.bodyBytes, stored);
  const { request, store, dropped, ...forms } = decodeResponsesRequest(whole.body, unseal, whole.priorItems);
  const isStored = store && mayStore(context.settings.config, identity);
  const id = `resp_${call.requestId.slice('req_'.length)}`;
  const keep = (response: ResponseObject) =>
    keepResponse(call, stored, id, { response, input: recordedItems(whole.items, id) });
  const head: ResponsesHead = {
    id,
    createdAt: Math.floor(call.startedAt / 1000),
    model: request.model,
    echo: echoOf(body, isStored),
    ...forms,
    seal,
    keep: isStored ? keep : undefined,
  };
  return runModelCall(call, {
    endpoint,
    dialect: 'openai',
    nameField: responsesNameOf,
    request: { ...request, messages: await openThoughts(call, request), cache: cachePolicyOf(call, request.cache) },
    promptBytes: whole.bytes,
    // Absent means true to OpenAI; only who asks for it in words is told that nothing is stored.
    dropped: [...dropped.map(inInput), ...(body['store'] === true && !isStored ? ['store'] : [])],
    createStreamEncoder: () => new ResponsesStreamEncoder(head),
    createAnswerEncoder: () => new ResponsesAnswerEncoder(head),
  });
}

function mayStore({ stored_responses: stored }: Config, identity: Identity): boolean {
  const ofKey = identity.kind === 'key' ? stored?.keys?.[identity.keyId] : undefined;
  return (ofKey ?? stored?.default ?? 'on') === 'on';
}

/** As long as at OpenAI (its guide "Conversation state"). */
const defaultDays = 30;
/** Storing takes milliseconds; the caller's answer does not wait longer for it. */
const mostWaitMs = 5_000;

/** false: it was not stored. The answer does not depend on it; the store has logged why. */
async function keepResponse(
  { context, requestId }: AuthenticatedCall,
  stored: StoredResponses,
  id: string,
  response: StoredResponse,
): Promise<boolean> {
  const days = context.settings.config.stored_responses?.days ?? defaultDays;
  const written = stored.put(id, response, days * 24 * 3600).then(
    () => true,
    () => false,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, mostWaitMs, undefined);
  });
  const isKept = await Promise.race([written, late]);
  clearTimeout(timer);
  if (isKept === undefined) {
    context.logger.warn('store_abandoned', { request_id: requestId, after_ms: mostWaitMs });
    // What the caller is told not to be stored is not.
    void written.then(() => stored.delete(id)).catch(() => undefined);
  }
  return isKept ?? false;
}
