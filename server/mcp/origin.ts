import { GatewayError } from '../errors.ts';
import { type HttpRequest, header } from '../http.ts';

/**
 * A page of another site may make its visitor's browser send to us, also by a name that was bound to our address
 * (GHSA-w48q-cv73-mx4w). Browsers name the page's origin with every POST: it must be listed, or be our own.
 * @throws GatewayError 403 `foreign_origin`
 */
export function checkOrigin(request: HttpRequest, origins: readonly string[]): void {
  const origin = header(request, 'origin');
  if (request.isForeignHost)
    throw foreign(`This server is not called ${JSON.stringify(header(request, 'host') ?? '')}.`);
  if (origin === undefined || origins.includes(origin) || originHost(origin) === header(request, 'host')) return;
  throw foreign(
    `Pages of ${JSON.stringify(origin)} may not use this server; its operator lists origins in PENNYWORTH_CORS_ORIGINS.`,
  );
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function foreign(message: string): GatewayError {
  return new GatewayError({ status: 403, type: 'permission_error', code: 'foreign_origin', message });
}
