import { type HttpRequest, type HttpResponse, header } from './http.ts';

export interface Cors {
  /** The answer to a browser's preflight of a listed origin; undefined for everything else. */
  preflight(request: HttpRequest, methods: readonly string[]): HttpResponse | undefined;
  headers(request: HttpRequest): Readonly<Record<string, string>>;
}

const exposed =
  'x-request-id, request-id, x-pennyworth-model, x-pennyworth-cost-usd, x-pennyworth-dropped, x-pennyworth-max-tokens, x-pennyworth-warning, x-pennyworth-key-expires, idempotent-replayed, original-request, retry-after, x-should-retry';

/** CORS by a list of origins, the same locally and on AWS. An empty list sends no CORS header at all. No credentials. */
export function createCors(origins: readonly string[]): Cors {
  const listed = (request: HttpRequest): string | undefined => {
    const origin = header(request, 'origin');
    return origin !== undefined && origins.includes(origin) ? origin : undefined;
  };
  const vary: Readonly<Record<string, string>> = origins.length > 0 ? { vary: 'Origin' } : {};
  return {
    preflight(request, methods) {
      if (request.method !== 'OPTIONS' || header(request, 'access-control-request-method') === undefined)
        return undefined;
      const origin = listed(request);
      if (origin === undefined || methods.length === 0) return undefined;
      return {
        status: 204,
        headers: {
          ...vary,
          'access-control-allow-origin': origin,
          'access-control-allow-methods': methods.join(', '),
          'access-control-allow-headers':
            header(request, 'access-control-request-headers') ?? 'authorization, content-type',
          'access-control-max-age': '600',
        },
        body: '',
      };
    },
    headers(request) {
      const origin = listed(request);
      if (origin === undefined) return vary;
      return { ...vary, 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed };
    },
  };
}
