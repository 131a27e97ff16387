import { type Clock, systemClock } from '../clock.ts';
import { AwsError } from './aws-error.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { type AwsService, resolveEndpoint, signingNameOf } from './endpoints.ts';
import { decodeErrorAnswer } from './error-answer.ts';
import { createHttp, type HttpAnswer, type HttpLimits } from './http.ts';
import { createSigner, type UnsignedRequest } from './sigv4.ts';
import { TransferError } from './transfer-error.ts';

/** What every client of the hot path is made from. */
export interface AwsClientOptions {
  readonly region: string;
  readonly credentials: CredentialSource;
  /** AWS_ENDPOINT_URL_* and the like are read from it once. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

interface ServiceCall extends HttpLimits {
  /** Encoded; the endpoint's own path is put before it. */
  readonly path: string;
  /** Beside those every call has; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
}

export interface ServiceClient {
  /**
   * Sends one attempt of a signed POST; resolves with the head of a good answer.
   * @throws AwsError for an error answer and for none; the signal's reason when it was aborted.
   */
  post(call: ServiceCall): Promise<HttpAnswer>;
}

/** More than any error body; what is longer is no error of AWS. */
const mostErrorBytes = 1024 * 1024;

/** A short text leaves with the head in one write, which is cheaper; a long one is better encoded only once. */
const longestTextBody = 16_384;

/** One service at one endpoint, over its own kept connections. `bearerToken` goes instead of a signature. */
export function createServiceClient(
  service: AwsService,
  { region, credentials, environment, clock = systemClock }: AwsClientOptions,
  bearerToken?: string,
): ServiceClient {
  const endpoint = resolveEndpoint(service, region, environment);
  const send = createHttp(endpoint);
  const sign = createSigner(region, signingNameOf(service));

  /** A promise only where the credentials are not there yet. */
  const authorize = (unsigned: UnsignedRequest, attempts: number) => {
    if (bearerToken !== undefined) return { ...unsigned.headers, authorization: `Bearer ${bearerToken}` };
    const pair = credentials();
    if (!(pair instanceof Promise)) return sign(unsigned, pair, clock.now());
    return orCredentialsError(pair, service, attempts).then((known) => sign(unsigned, known, clock.now()));
  };

  return {
    async post({ path, headers, body, attempt, signal, headTimeoutMs, idleTimeoutMs }) {
      const bytes = body.length < longestTextBody ? body : Buffer.from(body);
      const unsigned = {
        method: 'POST',
        path: endpoint.basePath + path,
        headers: { host: endpoint.host, ...headers },
        body: bytes,
      };
      const authorizing = authorize(unsigned, attempt);
      const authorized = authorizing instanceof Promise ? await authorizing : authorizing;
      try {
        const answer = await send({ ...unsigned, headers: authorized }, { signal, headTimeoutMs, idleTimeoutMs });
        const { status } = answer;
        if (status >= 200 && status < 300) return answer;
        const errorBody = await answer.body.readAll(mostErrorBytes);
        throw decodeErrorAnswer({ service, status, headers: answer.headers, body: errorBody, attempts: attempt });
      } catch (error) {
        throw toAwsError(error, service, attempt);
      }
    },
  };
}

/** Gives a broken transfer the service's name; anything else (an AwsError, the reason of an abort) stays what it is. */
export function toAwsError(error: unknown, service: AwsService, attempts: number, requestId?: string): unknown {
  if (!(error instanceof TransferError)) return error;
  const { name, message } = error;
  return new AwsError({
    name,
    message: `${service}: ${message}`,
    service,
    status: 0,
    requestId,
    attempts,
    cause: error,
  });
}

async function orCredentialsError(
  pair: Promise<Credentials>,
  service: AwsService,
  attempts: number,
): Promise<Credentials> {
  try {
    return await pair;
  } catch (cause) {
    const message = 'no AWS credentials could be found; set AWS_ACCESS_KEY_ID or choose a profile with AWS_PROFILE';
    throw new AwsError({ name: 'CredentialsProviderError', message, service, status: 0, attempts, cause });
  }
}
