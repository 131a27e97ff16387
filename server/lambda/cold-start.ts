import { randomUUID } from 'node:crypto';
import { type App, dialectOf } from '../app.ts';
import type { Clock } from '../clock.ts';
import { toErrorBody, toErrorHeaders } from '../error-body.ts';
import { GatewayError } from '../errors.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import { json } from '../route.ts';

/** How long a failed start is remembered: a fault that lasts must not cost a call of AWS for each request. */
const failureMs = 3_000;

/**
 * The gateway, made with the first call of what this returns and then kept. What could not be made is tried again after
 * three seconds: an instance that met a passing fault serves on for hours. In between every request is answered by
 * an error whose cause is in the log: 503 for what may pass, 500 for what somebody has to mend.
 */
export function createColdStart(
  make: () => Promise<App>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): () => Promise<App> {
  let starting: Promise<App> | undefined;
  let isOverAt = Number.POSITIVE_INFINITY;
  return () => {
    if (starting && clock.now() < isOverAt) return starting;
    isOverAt = Number.POSITIVE_INFINITY;
    starting = make().catch((error: unknown) => {
      isOverAt = clock.now() + failureMs;
      return createBrokenApp(error, logger);
    });
    return starting;
  };
}

/** Answers an error to everything; the log has the cause with each request's id. */
function createBrokenApp(error: unknown, logger: Logger): App {
  const told = error instanceof GatewayError ? error : misconfigured();
  const cause = reasonOf(error instanceof GatewayError ? (error.cause ?? error) : error);
  return async (request) => {
    const requestId = `req_${randomUUID().replaceAll('-', '')}`;
    logger.error('cold_start_failed', { request_id: requestId, cause });
    const body = toErrorBody(told, dialectOf(request), requestId);
    return json(told.status, body, { ...toErrorHeaders(told), 'x-request-id': requestId });
  };
}

function misconfigured(): GatewayError {
  return new GatewayError({
    status: 500,
    type: 'server_error',
    code: 'gateway_misconfigured',
    message: 'The gateway is not set up completely. Tell the operator; the log names what is missing.',
    shouldRetry: false,
  });
}
