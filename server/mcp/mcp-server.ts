import {
  createMcpHandler,
  INVALID_PARAMS,
  METHOD_NOT_FOUND,
  type McpServer as SdkServer,
} from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import type { Delivery, HttpResponse } from '../http.ts';
import { type AuthenticatedCall, json } from '../route.ts';
import { OpenRequests } from './open-requests.ts';
import { checkOrigin } from './origin.ts';
import { faultOfParams, hasEnvelope } from './params.ts';
import { createServer, protocolErrors, ToolCall } from './serve.ts';
import type { Era, Surface } from './surface.ts';
import { fromWebResponse, toWebRequest } from './web-response.ts';

export interface McpServer {
  /** Answers one JSON-RPC message of a client. @throws GatewayError 403 for a page that may not ask */
  answer(call: AuthenticatedCall, message: unknown): Promise<HttpResponse>;
}

const Request = z.looseObject({
  id: z.union([z.string(), z.number()]),
  method: z.string(),
  params: z.optional(z.unknown()),
});
const Cancellation = z.looseObject({
  method: z.literal('notifications/cancelled'),
  params: z.looseObject({ requestId: z.union([z.string(), z.number()]) }),
});

/** Work of one call that must end before the process may freeze. */
class Unfinished {
  readonly #running: Promise<unknown>[] = [];
  readonly #later: ((delivery: Delivery) => Promise<void>)[] = [];

  readonly track = <T>(work: Promise<T>): Promise<T> => {
    this.#running.push(work);
    return work;
  };

  readonly later = (work: (delivery: Delivery) => Promise<void>): void => {
    this.#later.push(work);
  };

  /** A tool whose request was cancelled is still at work: what it has begun is paid for, and is read to its end. */
  async finish(delivery: Delivery): Promise<void> {
    await Promise.allSettled(this.#running);
    for (const work of this.#later) await work(delivery);
  }
}

/** The protocol is the SDK's, in all revisions it knows; each message gets a server of its own, and nothing is kept of it. */
export function createMcp(surfaces: readonly Surface[]): McpServer {
  const openRequests = new OpenRequests();
  return {
    async answer(call, message) {
      const { identity, context } = call;
      checkOrigin(call.request, context.settings.corsOrigins);
      const cancelled = Cancellation.safeParse(message);
      if (cancelled.success) openRequests.cancel(identity, cancelled.data.params.requestId);
      const request = Request.safeParse(message);
      // Nothing of ours changes while a client listens, and a Lambda that waits for nothing is billed all the while.
      if (request.data?.method === 'subscriptions/listen') return unknownMethod(request.data.id);
      const refused = request.data && refuseParams(request.data);
      if (refused) return refused;
      const unfinished = new Unfinished();
      const cancelling = new AbortController();
      const { clientLeft } = call.request;
      const left = clientLeft ? AbortSignal.any([cancelling.signal, clientLeft]) : cancelling.signal;
      const serving = { call, message, left, track: unfinished.track, later: unfinished.later };
      let server: SdkServer | undefined;
      const cancel = () => {
        cancelling.abort();
        void server?.close();
      };
      const end = request.success ? openRequests.begin(identity, request.data.id, cancel) : () => undefined;
      const tool = ToolCall.safeParse(message).data?.params.name;
      const mayTakeLong = tool !== undefined && surfaces.some((surface) => surface.mayTakeLong?.(tool) === true);
      const createOne = async ({ era }: { readonly era: Era }) => {
        server = await protocolErrors(call, () => createServer(surfaces, serving, era));
        return server;
      };
      const handler = createMcpHandler(createOne, { responseMode: mayTakeLong ? 'sse' : 'auto' });
      const fetched = handler.fetch(toWebRequest(call.request), { parsedBody: message });
      const response = await fetched.then(fromWebResponse).catch((error: unknown) => {
        end();
        throw error;
      });
      return {
        ...response,
        finish: async (delivery) => {
          end();
          await unfinished.finish(delivery);
        },
      };
    },
  };
}

function unknownMethod(id: string | number): HttpResponse {
  const message =
    'subscriptions/listen: this server has no notifications to subscribe to; its lists say how long they hold.';
  return json(404, { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message } });
}

function refuseParams({ id, method, params }: z.output<typeof Request>): HttpResponse | undefined {
  const fault = faultOfParams(method, params);
  if (!fault) return undefined;
  const error = { code: INVALID_PARAMS, message: fault.message, data: { param: fault.param ?? null } };
  return json(hasEnvelope(params) ? 400 : 200, { jsonrpc: '2.0', id, error });
}
