import * as z from 'zod/mini';
import { ErrorBody } from '../shared/api/shapes.ts';
import { tagHeader, tagPattern } from '../shared/api/usage.ts';
import type { Access } from './auth/authorize.ts';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import type { Route } from './route.ts';

/** What every route that needs a credential can answer beside its own errors, and every route with a body. */
const credentialErrors: readonly ErrorCode[] = [
  'invalid_api_key',
  'key_revoked',
  'key_expired',
  'conflicting_credentials',
];
const bodyErrors: readonly ErrorCode[] = ['invalid_json', 'request_too_large', 'unsupported_media_type'];

const accessWords: Readonly<Record<Access, string>> = {
  anyone: 'No credential.',
  inference: 'An API key with scope `inference`, or an access token.',
  usage: 'An API key with scope `usage` for its own calls, or an access token.',
  mcp: 'An API key with scope `mcp`, or an access token, also one that was given for MCP.',
  self: 'An access token; API keys cannot manage.',
  admin: 'An access token of a person in group `admin`, signed in with a second factor.',
  auditor: 'An access token of a person in group `auditor` or `admin`.',
};

/** The OpenAPI 3.1 document of a route table. Nothing in it is written by hand a second time. */
export function describeRoutes(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Pennyworth', version, license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' } },
    paths,
    components: {
      schemas: { Error: schemaOf(ErrorBody) },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key or a Cognito access token.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}

function describeRoute(route: Route): object {
  return {
    summary: route.summary,
    description: accessWords[route.access],
    operationId: operationId(route),
    ...(route.access === 'anyone' ? { security: [] } : { security: [{ bearer: [] }, { apiKey: [] }] }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...describeBody(route),
    responses: describeResponses(route),
    'x-pennyworth-access': route.access,
    'x-pennyworth-errors': errorsOf(route),
  };
}

function describeBody({ body, form }: Route): object {
  const schema = body ?? form;
  if (schema === undefined) return {};
  const type = body === null ? 'application/x-www-form-urlencoded' : 'application/json';
  return { requestBody: { required: true, content: { [type]: { schema: schemaOf(schema, 'input') } } } };
}

function operationId(route: Route): string {
  const words = route.path.replaceAll(/\{[^}]*\}/g, '').split(/[^A-Za-z0-9]+/);
  return [route.method.toLowerCase(), ...words.filter((word) => word !== '' && word !== 'v1')].join('_');
}

function pathParameters(route: Route): object[] {
  const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters(route: Route): object[] {
  if (route.query === null) return [];
  const { properties, required } = QuerySchema.parse(schemaOf(route.query, 'input'));
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** Calls that can be refused for want of money are those that spend: they can be given a tag. */
function headerParameters({ errors }: Route): object[] {
  if (!errors.includes('insufficient_quota')) return [];
  const description = 'What the call is named by in reports of usage.';
  const schema = { type: 'string', pattern: tagPattern.source };
  return [{ name: tagHeader, in: 'header', required: false, description, schema }];
}

const QuerySchema = z.object({
  properties: z._default(z.record(z.string(), z.unknown()), {}),
  required: z._default(z.array(z.string()), []),
});

/** The codes a route can answer with, its own and those of its kind. */
function errorsOf(route: Route): ErrorCode[] {
  const kind = [...(route.access === 'anyone' ? [] : credentialErrors), ...(route.body === null ? [] : bodyErrors)];
  const parsed: readonly ErrorCode[] = route.body === null && route.query === null ? [] : ['invalid_request'];
  return [...new Set([...route.errors, ...kind, ...parsed, 'internal_error' as const])];
}

function describeResponses(route: Route): object {
  const { status, schema, streams, type = 'application/json' } = route.response;
  const content: Record<string, object> = { [type]: { schema: schemaOf(schema, 'output') } };
  if (streams) content['text/event-stream'] = { schema: { type: 'string' } };
  const responses: Record<string, object> = { [status]: { description: route.summary, content } };
  for (const code of errorsOf(route)) {
    const { status: errorStatus } = errorCodes[code];
    const codes = errorsOf(route).filter((other) => errorCodes[other].status === errorStatus);
    responses[errorStatus] = {
      description: codes.map((other) => `\`${other}\`: ${errorCodes[other].about}`).join(' '),
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    };
  }
  return responses;
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
