import { tooLarge } from '../app.ts';
import type { HttpRequest } from '../http.ts';

/** What API Gateway's REST API hands a function for one request (Lambda proxy integration, payload version 1.0). */
export interface ApiGatewayEvent {
  readonly httpMethod: string;
  /** Percent-encoded, without the stage, with a custom domain's base path. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  /** Decoded by API Gateway. */
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly identity?: { readonly sourceIp?: string | null } | null;
    /** The name that was called: API Gateway answers only those it is configured for. */
    readonly domainName?: string | null;
    readonly stage?: string | null;
  } | null;
  readonly stageVariables?: Readonly<Record<string, string | undefined>> | null;
}

export function isApiGatewayEvent(event: unknown): event is ApiGatewayEvent {
  if (typeof event !== 'object' || event === null) return false;
  return (
    'httpMethod' in event && 'path' in event && typeof event.httpMethod === 'string' && typeof event.path === 'string'
  );
}

/** The gateway's own request, with every value of a header or query parameter that was sent more than once. */
export function toRequest(event: ApiGatewayEvent): HttpRequest {
  let body: Uint8Array | undefined;
  return {
    method: event.httpMethod,
    path: event.path,
    query: queryOf(event),
    headers: headersOf(event),
    sourceIp: event.requestContext?.identity?.sourceIp ?? undefined,
    baseUrl: baseUrlOf(event.requestContext),
    mcpClientId: event.stageVariables?.['mcpClientId'],
    readBody: async (limitBytes) => {
      body ??= Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
      if (body.length > limitBytes) throw tooLarge();
      return body;
    },
  };
}

/** API Gateway's own name has the stage in its addresses and not in `path`; a custom domain is mapped to the stage. */
function baseUrlOf(context: ApiGatewayEvent['requestContext']): string {
  const { domainName, stage } = context ?? {};
  if (!domainName) return '';
  return `https://${domainName}${stage && /\.execute-api\./.test(domainName) ? `/${stage}` : ''}`;
}

function headersOf({ headers, multiValueHeaders }: ApiGatewayEvent): HttpRequest['headers'] {
  const found = new Map<string, readonly string[]>();
  for (const [name, values] of valuesOf(multiValueHeaders, headers)) {
    const lower = name.toLowerCase();
    found.set(lower, [...(found.get(lower) ?? []), ...values]);
  }
  return Object.fromEntries(found);
}

function queryOf({ queryStringParameters, multiValueQueryStringParameters }: ApiGatewayEvent): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, values] of valuesOf(multiValueQueryStringParameters, queryStringParameters)) {
    for (const value of values) query.append(name, value);
  }
  return query;
}

/** The list of all values where the event has it (API Gateway sends both), else the last ones. */
function valuesOf(
  all: ApiGatewayEvent['multiValueHeaders'],
  last: ApiGatewayEvent['headers'],
): readonly (readonly [name: string, values: readonly string[]])[] {
  if (all) return Object.entries(all).map(([name, values]) => [name, values ?? []]);
  return Object.entries(last ?? {}).map(([name, value]) => [name, value === undefined ? [] : [value]]);
}
