import { AwsError } from '../../aws/aws-error.ts';
import { GatewayError, type GatewayErrorOptions, TruncatedStreamError } from '../../errors.ts';
import { textAt } from './json.ts';

type Told = Omit<GatewayErrorOptions, 'message' | 'cause'> & { readonly message: (awsMessage: string) => string };

const again = 'Send the request again.';
const server = (status: number, code: string, message: string, more: Partial<Told> = {}): Told => {
  return { status, type: 'server_error', code, message: () => message, ...more };
};
const refused = (message: (awsMessage: string) => string, more: Partial<Told> = {}): Told => {
  return { status: 400, type: 'invalid_request_error', code: 'invalid_request', shouldRetry: false, message, ...more };
};

const throttled: Told = {
  status: 429,
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
  message: () => 'Bedrock is throttling this model. Wait a moment, then send the request again.',
  retryAfterSeconds: 2,
  shouldRetry: true,
};
const timedOut = server(504, 'upstream_timeout', 'The model took too long. Ask for less, or stream.', {
  shouldRetry: false,
});
const failedInside = server(502, 'upstream_error', `Bedrock failed inside. ${again}`);
const denied = server(
  502,
  'provider_access_denied',
  'The deployment may not call this model. The operator has to enable it for the gateway’s role.',
  { shouldRetry: false },
);
const misconfigured = server(
  500,
  'gateway_misconfigured',
  'The gateway’s own AWS credentials do not work. Tell the operator.',
  { shouldRetry: false },
);
const badGuardrail = refused((said) => `guardrailConfig: ${said} Name a guardrail of the deployment’s account.`, {
  param: 'guardrailConfig',
});
const noModel = (message: (awsMessage: string) => string) =>
  refused(message, { status: 404, code: 'model_not_found', param: 'model' });

/**
 * What each of Bedrock's errors is to our caller: trusted by its name, not by its status, which AWS gives now so, now
 * so. A fault of the deployment is never told as the caller's.
 */
const byName: Readonly<Record<string, Told>> = {
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
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
  InternalServerException: failedInside,
  InternalFailure: failedInside,
  ModelTimeoutException: timedOut,
  RequestTimeout: timedOut,
  RequestTimeoutException: timedOut,
  TimeoutError: server(504, 'upstream_timeout', `Bedrock did not answer in time. ${again}`, { shouldRetry: false }),
  ModelErrorException: server(502, 'model_error', `The model failed at this request. ${again}`),
  ModelStreamErrorException: server(
    502,
    'upstream_stream_error',
    `The model failed in the middle of its answer. ${again}`,
  ),
  AccessDeniedException: denied,
  ConflictException: {
    status: 409,
    type: 'conflict_error',
    code: 'upstream_conflict',
    message: () => `Bedrock is at work on the same thing already. ${again}`,
    shouldRetry: false,
  },
  NetworkError: server(502, 'upstream_error', `Bedrock could not be reached. ${again}`),
};

/** Errors of the gateway's own signature or key, under all the names AWS has for them. */
const ownCredentials =
  /^(UnrecognizedClient|ExpiredToken|InvalidSignature|InvalidClientTokenId|SignatureDoesNotMatch|MissingAuthentication|IncompleteSignature|RequestExpired|CredentialsProvider)/;

/** AWS's many words for a prompt that does not fit; coding agents shorten it only when they recognise this. */
const tooLong = /input is too long|prompt is too long|too many input tokens|exceed.{0,40}context|expected maxLength/i;
const noSuchModel = /model identifier is invalid|on-demand throughput|at 'modelId' failed|doesn.t support the model/i;
/** The caller's own, or the operator's: who set it is known where the call was planned. */
const noSuchGuardrail = /guardrail identifier/i;
/** Under ResourceNotFound too: what the operator has not asked AWS for. */
const notEnabled = /use case details|access denied/i;

/**
 * @param error what calling Bedrock threw; a GatewayError of ours passes
 * @param isAnswering whether an answer had begun: one that breaks off then has been cut, and is billed
 */
export function toProviderError(error: unknown, isAnswering: boolean): unknown {
  if (error instanceof AwsError) {
    const isBroken = error.name === 'NetworkError' && (isAnswering || error.requestId !== undefined);
    const isCut = isBroken || error.name === 'UnreadableAnswerError';
    return isCut ? new TruncatedStreamError('Bedrock', error) : toGatewayError(error.name, error.message, error);
  }
  // Our own deadline: an aborted call is rejected with the signal's reason.
  if (error instanceof DOMException) return toGatewayError('TimeoutError', error.message, undefined);
  return error;
}

/** An exception frame: its name comes in lower camel case. The cause is the error as AWS would have told it by HTTP. */
export function toStreamError(name: string, payload: unknown): GatewayError {
  const message = textAt(payload, 'message') ?? textAt(payload, 'Message') ?? '';
  const bare = name.charAt(0).toUpperCase() + name.slice(1);
  const cause = new AwsError({ name: bare, message, service: 'bedrock-runtime', status: 0 });
  return toGatewayError(bare, message, cause);
}

function toGatewayError(name: string, awsMessage: string, cause: AwsError | undefined): GatewayError {
  const text = cleaned(awsMessage);
  const { message, ...told } = find(name, text, cause?.status ?? 0);
  const asked = cause?.retryAfterMs;
  const retryAfterSeconds = asked === undefined ? told.retryAfterSeconds : Math.ceil(asked / 1000);
  return new GatewayError({ ...told, retryAfterSeconds, message: message(text), cause });
}

function find(name: string, text: string, status: number): Told {
  if (name === 'ValidationException') return findForValidation(text);
  if (name === 'ResourceNotFoundException') {
    if (notEnabled.test(text)) return denied;
    if (noSuchGuardrail.test(text)) return badGuardrail;
    return noModel((said) => `Bedrock cannot serve this model: ${said} GET /v1/models lists others.`);
  }
  return (Object.hasOwn(byName, name) ? byName[name] : undefined) ?? findForUnknown(name, status);
}

/** The caller's request was wrong: AWS says how. */
function findForValidation(text: string): Told {
  if (tooLong.test(text)) {
    return refused(
      (said) => `The prompt is too long for this model: ${said} Shorten it, or choose a model with a larger context.`,
      { code: 'context_length_exceeded', param: 'messages' },
    );
  }
  if (noSuchModel.test(text)) {
    return noModel((said) => `Bedrock refused the model’s id: ${said} GET /v1/models lists what can be called.`);
  }
  if (noSuchGuardrail.test(text)) return badGuardrail;
  return refused((said) => `Bedrock refused the request: ${said}`);
}

function findForUnknown(name: string, status: number): Told {
  if (ownCredentials.test(name)) return misconfigured;
  if (status === 401 || status === 403) return denied;
  if (status === 429) return throttled;
  if (status >= 400 && status < 500) return refused((said) => `Bedrock refused the request (${name}): ${said}`);
  return server(502, 'upstream_error', `Bedrock failed (${name}). ${again}`);
}

/** Without the deployment's ARNs and account ids. */
function cleaned(message: string): string {
  return message
    .replaceAll(/arn:aws[\w-]*:[^\s"',)]*/g, '<arn>')
    .replaceAll(/(?<!\d)\d{12}(?!\d)/g, '<account>')
    .slice(0, 1000);
}
