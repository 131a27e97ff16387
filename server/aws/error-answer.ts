import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { AwsService } from './endpoints.ts';
import { isRecord, textOf } from './json.ts';

export interface ErrorAnswer {
  readonly service: AwsService;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly attempts: number;
}

/**
 * The name stands in `x-amzn-errortype` (REST services) or in the body's `__type` (JSON services), with or without a
 * namespace before and an address behind it; the text in `message` or `Message`.
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
 */
export function decodeErrorAnswer({ service, status, headers, body, attempts }: ErrorAnswer): AwsError {
  const { __type: type, code, message, Message, ...details } = parseObject(body);
  const named = headerText(headers['x-amzn-errortype']) ?? textOf(type) ?? textOf(code);
  return new AwsError({
    name: (named && bareErrorName(named)) || nameOfStatus(status),
    message: textOf(message) ?? textOf(Message) ?? `${service} answered with status ${status} and without a message`,
    service,
    status,
    requestId: requestIdOf(headers),
    attempts,
    retryAfterMs: retryAfterMsOf(headers['retry-after']),
    details,
  });
}

/** `com.amazonaws.dynamodb.v20120810#Name`, `Name:http://…` and `name` (in streams) are all `Name`. */
export function bareErrorName(name: string): string {
  const bare = name
    .replace(/[:,].*$/s, '')
    .replace(/^.*#/s, '')
    .trim();
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

export function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  return headerText(headers['x-amzn-requestid']) ?? headerText(headers['x-amz-request-id']);
}

/** For an answer without a name, e.g. of a balancer; a 504 has none, because nobody knows what became of the call. */
function nameOfStatus(status: number): string {
  if (status === 429) return 'ThrottlingException';
  if (status === 500) return 'InternalServerException';
  if (status === 503) return 'ServiceUnavailableException';
  return 'UnknownError';
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function retryAfterMsOf(seconds: string | undefined): number | undefined {
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
