import * as z from 'zod/mini';
import {
  ClientMetadata,
  ConsentForm,
  RegisteredClient,
  RevocationRequest,
  TokenAnswer,
  TokenRequest,
} from '../../shared/api/oauth.ts';
import { issuerOf } from '../auth/tokens.ts';
import type { HttpResponse } from '../http.ts';
import { needOAuth } from '../oauth/flow.ts';
import { resourceMetadata, serverMetadata } from '../oauth/metadata.ts';
import { json, publicRoute, type Route, type RouteCall } from '../route.ts';

// OAuth for /mcp: a façade over Cognito's managed login, which knows neither RFC 8414 nor registration nor the addresses
// that editors listen on (doc/decisions/0025-oauth-facade.md). Its parts are loaded with the first sign-in.

const Document = z.looseObject({ issuer: z.optional(z.string()), resource: z.optional(z.string()) });
const Page = z.string();

const metadata = (path: string, summary: string, describe: (call: RouteCall) => object) =>
  publicRoute({
    method: 'GET',
    path: `/.well-known/${path}`,
    summary,
    query: null,
    response: { status: 200, schema: Document, streams: false },
    errors: ['not_found'],
    handle: async (call) => json(200, describe(call)),
  });

const resource = ({ request, context }: RouteCall) => resourceMetadata(needOAuth(request, context));

const server = ({ request, context }: RouteCall) => {
  const { userPoolId, region } = context.settings;
  const jwksUri = `${issuerOf(userPoolId, region, context.cognitoEndpoint)}/.well-known/jwks.json`;
  return serverMetadata(needOAuth(request, context), jwksUri);
};

interface Step extends Pick<Route, 'method' | 'path' | 'summary'> {
  readonly form?: z.core.$ZodType;
  readonly body?: z.core.$ZodType;
  readonly response?: Route['response'];
  run(call: RouteCall): Promise<HttpResponse>;
}

const step = ({ body, form, run, response, ...row }: Step): Route => ({
  ...publicRoute({
    ...row,
    query: null,
    response: response ?? { status: 200, schema: Page, streams: false, type: 'text/html' },
    errors: ['not_found', 'request_too_large', 'root_secret_mismatch'],
    handle: run,
  }),
  ...(body && { body }),
  ...(form && { form }),
});

const load = () => import('../oauth/steps.ts');

export const oauthRoutes: readonly Route[] = [
  metadata('oauth-protected-resource', 'What /mcp is and who gives tokens for it (RFC 9728)', resource),
  metadata('oauth-protected-resource/mcp', 'The same, at the address that is made of the resource’s', resource),
  metadata('oauth-authorization-server', 'How to get a token for /mcp (RFC 8414)', server),
  metadata('openid-configuration', 'The same, where clients read it of an address with a path (RFC 8414 §5)', server),
  step({
    method: 'POST',
    path: '/oauth/register',
    summary: 'The one public client id for MCP, if codes may go where the client wants them (RFC 7591)',
    body: ClientMetadata,
    response: { status: 201, schema: RegisteredClient, streams: false },
    run: async (call) => (await load()).register(call),
  }),
  step({
    method: 'GET',
    path: '/oauth/authorize',
    summary: 'The page that asks a person whether a program may use /mcp in their name',
    run: async (call) => (await load()).start(call),
  }),
  step({
    method: 'POST',
    path: '/oauth/authorize',
    summary: 'What the person said: on to the sign-in, or back to the program',
    form: ConsentForm,
    response: { status: 303, schema: Page, streams: false, type: 'text/html' },
    run: async (call) => (await load()).decide(call),
  }),
  step({
    method: 'GET',
    path: '/oauth/callback',
    summary: 'Where the sign-in sends the browser back; on to the program with a code',
    response: { status: 303, schema: Page, streams: false, type: 'text/html' },
    run: async (call) => (await load()).finish(call),
  }),
  step({
    method: 'POST',
    path: '/oauth/token',
    summary: 'A token for /mcp, for a code or a refresh token (RFC 6749)',
    form: TokenRequest,
    response: { status: 200, schema: TokenAnswer, streams: false },
    run: async (call) => (await load()).token(call),
  }),
  step({
    method: 'POST',
    path: '/oauth/revoke',
    summary: 'Ends a sign-in by its refresh token (RFC 7009)',
    form: RevocationRequest,
    response: { status: 200, schema: z.object({}), streams: false },
    run: async (call) => (await load()).revoke(call),
  }),
];
