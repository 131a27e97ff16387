import type * as z from 'zod/mini';
import type { Access } from './auth/authorize.ts';
import type { Identity } from './auth/identity.ts';
import type { Context } from './context.ts';
import type { ErrorDialect } from './error-body.ts';
import type { ErrorCode } from './error-codes.ts';
import { type HttpRequest, type HttpResponse, header } from './http.ts';
import { bodyLimitBytes } from './limits.ts';
import { Nothing, parseInput, parseJsonBody, parseQuery, refuseBody } from './request-input.ts';

/** One call of one route, after its credential was checked. */
export interface RouteCall {
  readonly requestId: string;
  readonly request: HttpRequest;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly identity: Identity | undefined;
  readonly context: Context;
  /** ms since the epoch. */
  readonly startedAt: number;
}

/** What a handler of a route that needs a credential gets. */
export interface AuthenticatedCall extends RouteCall {
  readonly identity: Identity;
  /** Told, as soon as it is known, that this call costs something; absent where nobody asks. */
  readonly onPaid?: (() => void) | undefined;
}

/** A call whose body was read: the dialect decodes it. */
export interface InferenceCall extends AuthenticatedCall {
  readonly body: Readonly<Record<string, unknown>>;
  readonly bodyBytes: number;
}

/** A row of the route table. Nothing is optional that a reader or the OpenAPI document would miss. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH' | 'PUT';
  /** hono's syntax: `/v1/keys/:id`, `/v1/models/:id{.+}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly dialect: ErrorDialect;
  /** null: the route takes no body. */
  readonly body: z.core.$ZodType | null;
  /** A form in the place of a JSON body: OAuth's, which the handler reads and refuses itself. */
  readonly form?: z.core.$ZodType;
  readonly query: z.core.$ZodType | null;
  readonly response: {
    readonly status: number;
    readonly schema: z.core.$ZodType;
    readonly streams: boolean;
    /** A page for people; JSON without it. */
    readonly type?: 'text/html';
  };
  readonly errors: readonly ErrorCode[];
  run(call: RouteCall): Promise<HttpResponse>;
}

type Input<T extends z.core.$ZodType | null> = T extends z.core.$ZodType ? z.core.output<T> : null;

interface RouteDefinition<Q extends z.core.$ZodType | null, B extends z.core.$ZodType | null>
  extends Omit<Route, 'run' | 'body' | 'query' | 'dialect'> {
  readonly dialect?: ErrorDialect;
  readonly body: B;
  readonly query: Q;
}

/** A route that anyone may call. */
export function publicRoute<Q extends z.core.$ZodType | null>(
  definition: Omit<RouteDefinition<Q, null>, 'access' | 'body'> & {
    handle(call: RouteCall & { readonly query: Input<Q> }): Promise<HttpResponse>;
  },
): Route {
  const { handle, ...row } = definition;
  return {
    dialect: 'openai',
    access: 'anyone',
    body: null,
    ...row,
    run: async (call) => handle({ ...call, query: parseQuery(definition.query, call.request.query) }),
  };
}

/** A management route: query and body are parsed strictly, an unknown field is refused by name, also where none is taken. */
export function managementRoute<Q extends z.core.$ZodType | null, B extends z.core.$ZodType | null>(
  definition: RouteDefinition<Q, B> & {
    handle(call: AuthenticatedCall & { readonly query: Input<Q>; readonly body: Input<B> }): Promise<HttpResponse>;
  },
): Route {
  const { handle, ...row } = definition;
  return {
    dialect: 'openai',
    ...row,
    run: async (call) => {
      const { request } = call;
      // OpenAI's clients send to their own routes what we do not know; elsewhere what would be ignored could have been meant.
      if (definition.access !== 'inference') {
        if (definition.query === null) parseQuery(Nothing, request.query);
        if (definition.body === null) await refuseBody(request);
      }
      const query = parseQuery(definition.query, request.query);
      const body = parseInput(definition.body, definition.body === null ? null : await parseJsonBody(request));
      return handle({ ...call, identity: identityOf(call), query, body });
    },
  };
}

/** An inference route: the dialect decodes the body itself, because there unknown fields are reported, not refused. */
export function inferenceRoute(
  definition: Omit<RouteDefinition<null, z.core.$ZodType>, 'query'> & {
    handle(call: InferenceCall): Promise<HttpResponse>;
  },
): Route {
  const { handle, ...row } = definition;
  return {
    dialect: 'openai',
    query: null,
    ...row,
    run: async (call) => {
      const body = await parseJsonBody(call.request);
      const { byteLength } = await call.request.readBody(bodyLimitBytes);
      const inference = { ...call, identity: identityOf(call), body, bodyBytes: byteLength };
      const idempotencyKey = header(call.request, 'idempotency-key');
      if (idempotencyKey === undefined) return await handle(inference);
      const answerOnce = await call.context.answerOnce();
      return await answerOnce(inference, idempotencyKey, handle);
    },
  };
}

/** The app authenticates before it runs a route that is not open to anyone. */
export function identityOf(call: RouteCall): Identity {
  if (!call.identity) throw new Error('a route that needs a credential ran without one');
  return call.identity;
}

export function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResponse & { readonly body: string } {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
