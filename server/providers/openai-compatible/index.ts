import { EventData } from '../../../shared/sse.ts';
import { GatewayError, invalidRequest, TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { type Provider, refuseDropped } from '../provider.ts';
import { encodeChatRequest } from './request.ts';
import { ChatChunkReader } from './stream.ts';

/** A server that speaks OpenAI's chat completions. `baseUrl` has its `/v1`, and comes from the operator only. */
export function createOpenAiCompatibleProvider(baseUrl: string): Provider {
  return {
    id: 'openai-compatible',
    async preview({ request, target, maxOutputTokens, guardrail }) {
      if (guardrail) throw noGuardrails();
      return encodeChatRequest(request, target.modelId, maxOutputTokens);
    },
    /** Such servers have no common way to count. */
    async countTokens({ request, target, maxOutputTokens }) {
      const { dropped } = encodeChatRequest(request, target.modelId, maxOutputTokens);
      return { inputTokens: undefined, dropped };
    },
    async call(call) {
      const { request, target, maxOutputTokens, strict, signal } = call;
      if (call.guardrail) throw noGuardrails();
      const { body, dropped } = encodeChatRequest(request, target.modelId, maxOutputTokens);
      if (strict) refuseDropped(dropped);
      const response = await open(baseUrl, body, signal);
      if (!response.ok) throw toRefusal(response.status);
      return {
        upstreamRequestId: response.headers.get('x-request-id') ?? undefined,
        attempts: 1,
        dropped,
        events: readEvents(response, signal),
      };
    },
  };
}

async function open(baseUrl: string, body: object, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(`${baseUrl.replace(/\/$/, '')}/chat/completions`, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
      signal,
    });
  } catch (cause) {
    throw signal.aborted ? timedOut(cause) : unreachable(cause);
  }
}

async function* readEvents(response: Response, signal: AbortSignal): AsyncGenerator<readonly ModelEvent[]> {
  const reader = new ChatChunkReader();
  const events = new EventData();
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) {
      const batch: ModelEvent[] = [];
      for (const data of events.push(decoder.decode(bytes, { stream: true }))) batch.push(...reader.read(data));
      yield batch;
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw signal.aborted ? timedOut(error) : new TruncatedStreamError('the model’s server', error);
  }
  reader.end();
}

/** Its words are not passed on: nobody knows what such a server puts into them. */
function toRefusal(status: number): GatewayError {
  if (status === 404) {
    const message = 'The model’s server does not have this model (any more). GET /v1/models lists others.';
    return new GatewayError({
      status,
      type: 'invalid_request_error',
      code: 'model_not_found',
      message,
      param: 'model',
    });
  }
  if (status === 429) {
    const message = 'The model’s server is busy. Wait a moment, then send the request again.';
    return new GatewayError({
      status,
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message,
      retryAfterSeconds: 2,
    });
  }
  if (status === 401 || status === 403) {
    const message = 'The deployment may not call this model’s server. Tell the operator.';
    return new GatewayError({ status: 502, type: 'server_error', code: 'provider_access_denied', message });
  }
  if (status >= 400 && status < 500) return invalidRequest(`The model’s server refused the request with ${status}.`);
  const message = `The model’s server failed with ${status}. Send the request again.`;
  return new GatewayError({ status: 502, type: 'server_error', code: 'upstream_error', message });
}

/** 400: nothing may pass a guardrail by choosing a model that has none. */
function noGuardrails(): GatewayError {
  const message = 'guardrailConfig: this model’s server has no guardrails; choose a model of Bedrock.';
  return invalidRequest(message, 'guardrailConfig');
}

function timedOut(cause: unknown): GatewayError {
  const message = 'The model’s server did not answer in time. Send the request again.';
  return new GatewayError({ status: 504, type: 'server_error', code: 'upstream_timeout', message, cause });
}

function unreachable(cause: unknown): GatewayError {
  const message = 'The model’s server cannot be reached. Send the request again, or tell the operator.';
  return new GatewayError({ status: 502, type: 'server_error', code: 'upstream_error', message, cause });
}
