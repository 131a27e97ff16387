import { authorize, checkClient } from './auth/authorize.ts';
import type { Identity } from './auth/identity.ts';
import type { Context } from './context.ts';
import { createCors } from './cors.ts';
import { type ErrorDialect, toErrorBody, toErrorHeaders } from './error-body.ts';
import { GatewayError, notFound } from './errors.ts';
import type { Delivery, HttpRequest, HttpResponse } from './http.ts';
import { header } from './http.ts';
import { bodyLimitBytes } from './limits.ts';
import { traced } from './observe/trace.ts';
import { once } from './once.ts';
import { json, type Route } from './route.ts';
import type { Match, Methods } from './router.ts';
import { chatCompletions } from './routes/chat-completions.ts';

/** Answers one request; never throws. */
export type App = (request: HttpRequest) => Promise<HttpResponse>;

const loadChallenge = async () => (await import('./oauth/deployment.ts')).challengeOf;

/** What a cold start is mostly made for: the whole table is read with the first call of anything else. */
const chat: Match = { methods: new Map([[chatCompletions.method, chatCompletions]]), params: {} };

/** The gateway without its adapter: route → method → size → credential → scope or role → the route's own work. */
export function createApp(context: Context): App {
  const loadRouter = once(async () => {
    const [{ createRouter }, { routes }] = await Promise.all([import('./router.ts'), import('./routes/routes.ts')]);
    return createRouter(routes);
  });
  const findRoute = (path: string) =>
    path === chatCompletions.path ? chat : loadRouter().then((router) => router(path));
  const cors = createCors(context.settings.corsOrigins);
  const answer = async (request: HttpRequest, requestId: string): Promise<HttpResponse> => {
    const startedAt = context.clock.now();
    let dialect = dialectOf(request);
    let response: HttpResponse;
    let identity: Identity | undefined;
    try {
      const match = await findRoute(request.path);
      const preflight = cors.preflight(request, [...(match?.methods.keys() ?? [])]);
      if (preflight) return preflight;
      if (!match) throw notFound(`path ${printable(request.path)}; GET /openapi.json lists them`);
      const route = getMethod(match.methods, request);
      if (route.dialect !== 'openai') dialect = route.dialect;
      checkDeclaredSize(request);
      const authenticate = () => context.authenticate(request.headers, request);
      if (route.access !== 'anyone') {
        identity = await traced({ request, requestId }, 'auth', authenticate);
        checkClient(identity, route.access);
        authorize(identity, route.access);
      }
      response = await route.run({ requestId, request, params: match.params, identity, context, startedAt });
    } catch (thrown) {
      const error = toGatewayError(thrown, context, requestId);
      const finish = context.refusals.note(error, { identity, request, requestId });
      const told = json(error.status, toErrorBody(error, dialect, requestId), {
        ...toErrorHeaders(error),
        ...(dialect === 'mcp' && (await loadChallenge())(error, request, context.settings)),
      });
      response = finish ? { ...told, finish } : told;
    }
    const headers: Record<string, string> = {
      ...response.headers,
      ...(identity && expiryWarning(identity, startedAt)),
      ...cors.headers(request),
      'x-request-id': requestId,
    };
    if (dialect === 'anthropic') headers['request-id'] = requestId;
    const { finish } = response;
    if (!finish) return { ...response, headers };
    const finishAll = async (delivery: Delivery) => {
      await finish(delivery);
      const work = context.afterCall();
      if (work) await work;
    };
    return { ...response, headers, finish: finishAll };
  };
  return async (request) => {
    const requestId = context.newRequestId();
    const inRequest = <T>(work: () => T) => context.logger.inRequest(requestId, work);
    return logged(await inRequest(() => answer(request, requestId)), inRequest);
  };
}

/** What the adapter does of a response later, piece by piece, still is work of its request. */
function logged(response: HttpResponse, inRequest: <T>(work: () => T) => T): HttpResponse {
  const { body, finish } = response;
  if (typeof body === 'string' && !finish) return response;
  return {
    ...response,
    body: typeof body === 'string' ? body : { [Symbol.asyncIterator]: () => inRequestOf(body, inRequest) },
    ...(finish && { finish: (delivery: Delivery) => inRequest(() => finish(delivery)) }),
  };
}

function inRequestOf(body: AsyncIterable<string>, inRequest: <T>(work: () => T) => T): AsyncIterator<string> {
  const pieces = body[Symbol.asyncIterator]();
  return {
    next: () => inRequest(() => pieces.next()),
    return: async () => (await inRequest(() => pieces.return?.())) ?? { done: true, value: undefined },
  };
}

/** Anthropic's clients name their version on every route they share with OpenAI's. */
export function dialectOf(request: HttpRequest): ErrorDialect {
  if (request.path === '/mcp') return 'mcp';
  const isAnthropic = request.path.startsWith('/v1/messages') || header(request, 'anthropic-version') !== undefined;
  return isAnthropic ? 'anthropic' : 'openai';
}

const warnedMs = 7 * 86_400_000;

/** In the last seven days of a key each of its answers says when it ends. */
function expiryWarning(identity: Identity, now: number): Readonly<Record<string, string>> {
  if (identity.kind !== 'key' || identity.expiresAt === null || identity.expiresAt - now > warnedMs) return {};
  return { 'x-pennyworth-key-expires': new Date(identity.expiresAt).toISOString() };
}

function getMethod(methods: Methods, request: HttpRequest): Route {
  const route = methods.get(request.method === 'HEAD' ? 'GET' : request.method);
  if (route) return route;
  const allowed = [...methods.keys()].join(', ');
  throw new GatewayError({
    status: 405,
    type: 'invalid_request_error',
    code: 'method_not_allowed',
    message: `${printable(request.method)} is not a method of this path; it takes ${allowed}.`,
    headers: { allow: allowed },
  });
}

function checkDeclaredSize(request: HttpRequest): void {
  const length = Number(header(request, 'content-length') ?? 0);
  if (length > bodyLimitBytes) throw tooLarge();
}

export function tooLarge(): GatewayError {
  return new GatewayError({
    status: 413,
    type: 'invalid_request_error',
    code: 'request_too_large',
    message: `The body is longer than ${bodyLimitBytes} bytes. Send less, or upload large inputs as files.`,
  });
}

/** A fault of ours is logged with its stack and told without it. */
function toGatewayError(thrown: unknown, context: Context, requestId: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const stack = thrown instanceof Error ? thrown.stack : String(thrown);
  context.logger.error('internal_error', { request_id: requestId, stack });
  return new GatewayError({
    status: 500,
    type: 'server_error',
    code: 'internal_error',
    message: `The gateway failed at this request. Tell the operator its id: ${requestId}.`,
    retryAfterSeconds: 1,
  });
}

/** What of a caller's text may stand in a message: short, and nothing that moves a cursor. */
function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
}
