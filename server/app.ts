import { RegExpRouter } from 'hono/router/reg-exp-router';
import { authorize } from './auth/authorize.ts';
import type { Context } from './context.ts';
import { createCors } from './cors.ts';
import { type ErrorDialect, toErrorBody, toErrorHeaders } from './error-body.ts';
import { GatewayError, notFound } from './errors.ts';
import type { Delivery, HttpRequest, HttpResponse } from './http.ts';
import { header } from './http.ts';
import { bodyLimitBytes } from './limits.ts';
import { traced } from './observe/trace.ts';
import type { Route } from './route.ts';
import { json } from './route.ts';
import { routes } from './routes/routes.ts';

/** Answers one request; never throws. */
export type App = (request: HttpRequest) => Promise<HttpResponse>;

/** Every method of one path; the router knows paths only, so that a wrong method is a 405 and not a 404. */
type Methods = ReadonlyMap<string, Route>;

interface Match {
  readonly methods: Methods;
  readonly params: Readonly<Record<string, string>>;
}

/** The gateway without its adapter: route → method → size → credential → scope or role → the route's own work. */
export function createApp(context: Context): App {
  const findRoute = createRouter(routes);
  const cors = createCors(context.settings.corsOrigins);
  const answer = async (request: HttpRequest, requestId: string): Promise<HttpResponse> => {
    const startedAt = context.clock.now();
    let dialect = dialectOf(request);
    const preflight = cors.preflight(request, (path) => [...(findRoute(path)?.methods.keys() ?? [])]);
    if (preflight) return preflight;
    let response: HttpResponse;
    try {
      const match = findRoute(request.path);
      if (!match) throw notFound(`path ${printable(request.path)}; GET /openapi.json lists them`);
      const route = getMethod(match.methods, request);
      if (route.dialect === 'anthropic') dialect = 'anthropic';
      checkDeclaredSize(request);
      const authenticate = () => context.authenticate(request.headers);
      const identity =
        route.access === 'anyone' ? undefined : await traced({ request, requestId }, 'auth', authenticate);
      if (identity) authorize(identity, route.access);
      response = await route.run({ requestId, request, params: match.params, identity, context, startedAt });
    } catch (thrown) {
      const error = toGatewayError(thrown, context, requestId);
      if (error.status === 401) context.metrics?.unauthorized(requestId);
      response = json(error.status, toErrorBody(error, dialect, requestId), toErrorHeaders(error));
    }
    const headers: Record<string, string> = {
      ...response.headers,
      ...cors.headers(request),
      'x-request-id': requestId,
    };
    if (dialect === 'anthropic') headers['request-id'] = requestId;
    return { ...response, headers };
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
  const isAnthropic = request.path.startsWith('/v1/messages') || header(request, 'anthropic-version') !== undefined;
  return isAnthropic ? 'anthropic' : 'openai';
}

function createRouter(table: readonly Route[]): (path: string) => Match | undefined {
  const paths = new Map<string, Map<string, Route>>();
  for (const route of table) {
    const methods = paths.get(route.path) ?? new Map<string, Route>();
    methods.set(route.method, route);
    paths.set(route.path, methods);
  }
  const router = new RegExpRouter<Methods>();
  for (const [path, methods] of paths) router.add('ALL', path, methods);
  return (path) => {
    const [[found], captured] = router.match('ALL', path);
    if (!found) return undefined;
    const [methods, indexes] = found;
    const params: Record<string, string> = {};
    for (const [name, index] of Object.entries(indexes)) {
      const raw = typeof index === 'number' ? captured?.[index] : index;
      try {
        params[name] = decodeURIComponent(raw ?? '');
      } catch {
        return undefined; // a path that cannot be decoded names nothing
      }
    }
    return { methods, params };
  };
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
