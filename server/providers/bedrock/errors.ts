import { AwsError } from '../../aws/aws-error.ts';
import { GatewayError, type GatewayErrorOptions, TruncatedStreamError } from '../../errors.ts';
import { textAt } from './json.ts';

type Told = Omit<GatewayErrorOptions, 'message' | 'cause'> & { readonly message: (awsMessage: string) => string };

const again = 'Send the request again.';
const server = (status: number, code: string, message: string, more: Partial<Told> = {}): Told => {
  return { status, type: 'server_error', code, message: () => message, ...more };
};

/**
 * What each of Bedrock's errors is to our caller (translation.md C6 with DESIGN §11): trusted by its name, not by its
 * status. A fault of the deployment is never told as the caller's.
 */
const byName: Readonly<Record<string, Told>> = {
  ThrottlingException: {
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: () => `Bedrock is throttling this model. Wait a moment, then send the request again.`,
    retryAfterSeconds: 2,
    shouldRetry: true,
  },
  ServiceQuotaExceededException: {
    status: 429,
    type: 'insufficient_quota',
    code: 'upstream_quota_exceeded',
    message: () =>
      'The deployment’s quota at Bedrock is used up for this model. Choose another model, or tell the operator.',
    shouldRetry: false,
  },
  ModelNotReadyException: server(503, 'upstream_unavailable', `The model is not ready yet. ${again}`, {
    retryAfterSeconds: 10,
  }),
  ServiceUnavailableException: server(503, 'upstream_unavailable', `Bedrock is overloaded. ${again}`, {
    retryAfterSeconds: 2,
  }),
  InternalServerException: server(502, 'upstream_error', `Bedrock failed inside. ${again}`),
  InternalFailure: server(502, 'upstream_error', `Bedrock failed inside. ${again}`),
  ModelTimeoutException: server(504, 'upstream_timeout', 'The model took too long. Ask for less, or stream.', {
    shouldRetry: false,
  }),
  ModelErrorException: server(502, 'model_error', `The model failed at this request. ${again}`),
  ModelStreamErrorException: server(
    502,
    'upstream_stream_error',
    `The model failed in the middle of its answer. ${again}`,
  ),
  AccessDeniedException: server(
    502,
    'provider_access_denied',
    'The deployment may not call this model. The operator has to enable it for the gateway’s role.',
    { shouldRetry: false },
  ),
  ResourceNotFoundException: {
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    param: 'model',
    message: () => 'Bedrock does not have this model in the deployment’s region. GET /v1/models lists others.',
  },
  TimeoutError: server(504, 'upstream_timeout', `Bedrock did not answer in time. ${again}`, { shouldRetry: false }),
};

const misconfigured = server(
  500,
  'gateway_misconfigured',
  'The gateway’s own AWS credentials do not work. Tell the operator.',
  { shouldRetry: false },
);

/** AWS's many words for a prompt that does not fit; coding agents shorten it only when they recognise this. */
const tooLong = /input is too long|prompt is too long|too many input tokens|exceed.{0,40}context|expected maxLength/i;
const noSuchModel = /model identifier is invalid|on-demand throughput|isn.t supported.*inference profile/i;

/** @param error what calling Bedrock threw; a GatewayError of ours passes */
export function toProviderError(error: unknown): unknown {
  if (error instanceof AwsError) return toGatewayError(error.name, error.message, error);
  // Our own deadline: an aborted call is rejected with the signal's reason.
  if (error instanceof DOMException) return toGatewayError('TimeoutError', error.message, undefined);
  return error;
}

/** An exception frame: its name comes in lower camel case. */
export function toStreamError(name: string, payload: unknown): GatewayError {
  const message = textAt(payload, 'message') ?? textAt(payload, 'Message') ?? '';
  return toGatewayError(name.charAt(0).toUpperCase() + name.slice(1), message, undefined);
}

function toGatewayError(name: string, awsMessage: string, cause: AwsError | undefined): GatewayError {
  if (name === 'ValidationException') return toValidationError(awsMessage, cause);
  if (name === 'NetworkError' || name === 'TruncatedStreamError') return new TruncatedStreamError('Bedrock', cause);
  const isOurs = /UnrecognizedClient|ExpiredToken|InvalidSignature|MissingAuthentication|IncompleteSignature/.test(
    name,
  );
  const told = isOurs ? misconfigured : (byName[name] ?? unknownError(name, cause?.status ?? 0));
  return new GatewayError({ ...told, message: told.message(cleaned(awsMessage)), cause });
}

/** The caller's request was wrong: AWS says how, without the deployment's ARNs and account ids. */
function toValidationError(awsMessage: string, cause: AwsError | undefined): GatewayError {
  const base = { status: 400, type: 'invalid_request_error', cause, shouldRetry: false } as const;
  const text = cleaned(awsMessage);
  if (tooLong.test(text)) {
    const message = `The prompt is too long for this model: ${text} Shorten it, or choose a model with a larger context.`;
    return new GatewayError({ ...base, code: 'context_length_exceeded', message, param: 'messages' });
  }
  if (noSuchModel.test(text)) {
    const message = `Bedrock refused the model’s id: ${text} GET /v1/models lists what can be called.`;
    return new GatewayError({ ...base, status: 404, code: 'model_not_found', message, param: 'model' });
  }
  return new GatewayError({ ...base, code: 'invalid_request', message: `Bedrock refused the request: ${text}` });
}

function unknownError(name: string, status: number): Told {
  if (status >= 400 && status < 500) {
    return {
      status: 400,
      type: 'invalid_request_error',
      code: 'invalid_request',
      message: (awsMessage) => `Bedrock refused the request (${name}): ${awsMessage}`,
    };
  }
  return server(502, 'upstream_error', `Bedrock failed (${name}). ${again}`);
}

function cleaned(message: string): string {
  return message
    .replaceAll(/arn:aws[\w-]*:[^\s"',)]*/g, '<arn>')
    .replaceAll(/\b\d{12}\b/g, '<account>')
    .slice(0, 1000);
}
