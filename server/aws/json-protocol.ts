import { AwsError } from './aws-error.ts';
import type { AwsService } from './endpoints.ts';
import { requestIdOf } from './error-answer.ts';
import { type RetryPolicy, withRetries } from './retry.ts';
import { type AwsClientOptions, createServiceClient, toAwsError } from './service-client.ts';

export interface JsonProtocol {
  readonly service: AwsService;
  /** What stands before the operation in `x-amz-target`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly retries: RetryPolicy;
}

/** Calls one operation with its input as JSON and resolves with its parsed output. @throws AwsError */
export type CallJson = (operation: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** These calls take milliseconds; one that does not answer for so long will not. */
const headTimeoutMs = 5_000;
const idleTimeoutMs = 5_000;
/** The services send at most 16 MB (BatchGetItem of DynamoDB). */
const mostAnswerBytes = 20 * 1024 * 1024;

/** The JSON 1.0 and 1.1 protocols of AWS: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
export function createJsonCaller(
  options: AwsClientOptions,
  { service, target, version, retries }: JsonProtocol,
): CallJson {
  const client = createServiceClient(service, options);
  const contentType = `application/x-amz-json-${version}`;

  return (operation, input) => {
    const headers = { 'content-type': contentType, 'x-amz-target': `${target}.${operation}` };
    const body = JSON.stringify(input);
    return withRetries(retries, undefined, async (attempt) => {
      const answer = await client.post({ path: '/', headers, body, attempt, headTimeoutMs, idleTimeoutMs });
      try {
        const body = await answer.body.readAll(mostAnswerBytes);
        return parseAnswer(body, () => ({ service, requestId: requestIdOf(answer.headers), attempts: attempt }));
      } catch (error) {
        throw toAwsError(error, service, attempt, requestIdOf(answer.headers));
      }
    });
  };
}

/** @throws AwsError `UnreadableAnswerError` when the body of a good answer is not JSON. */
export function parseAnswer(
  body: Buffer,
  origin: () => { readonly service: AwsService; readonly requestId: string | undefined; readonly attempts: number },
): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    const call = origin();
    const message = `${call.service} answered with a body that is not JSON`;
    throw new AwsError({ name: 'UnreadableAnswerError', message, status: 200, cause, ...call });
  }
}
