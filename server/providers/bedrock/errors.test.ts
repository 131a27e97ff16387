import { describe, test } from 'vitest';
import { AwsError } from '../../aws/aws-error.ts';
import { errorCodes } from '../../error-codes.ts';
import { GatewayError, TruncatedStreamError } from '../../errors.ts';
import { toProviderError, toStreamError } from './errors.ts';

type AwsOptions = Partial<ConstructorParameters<typeof AwsError>[0]>;

function told(name: string, message: string, options: AwsOptions = {}, isAnswering = false): GatewayError {
  const cause = new AwsError({ name, message, service: 'bedrock-runtime', status: 400, ...options });
  const error = toProviderError(cause, isAnswering);
  if (!(error instanceof GatewayError)) throw new Error(`not a GatewayError: ${String(error)}`);
  if (error.cause !== cause) throw new Error('the cause is lost');
  return error;
}

const wrong = { status: 400, type: 'invalid_request_error', shouldRetry: false };
const denied = { status: 502, type: 'server_error', code: 'provider_access_denied', shouldRetry: false };
const misconfigured = { status: 500, type: 'server_error', code: 'gateway_misconfigured', shouldRetry: false };
const noModel = { ...wrong, status: 404, code: 'model_not_found', param: 'model' };
const tooLong = { ...wrong, code: 'context_length_exceeded', param: 'messages' };
const throttled = { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', shouldRetry: true };
const slow = { status: 504, type: 'server_error', code: 'upstream_timeout', shouldRetry: false };

/** AWS's name and words, and what our caller is told. */
const cases: readonly (readonly [name: string, message: string, expected: object, options?: AwsOptions])[] = [
  ['ThrottlingException', 'Too many tokens', { ...throttled, retryAfterSeconds: 2 }],
  [
    'ThrottlingException',
    'Too many tokens',
    { ...throttled, retryAfterSeconds: 7 },
    { retryAfterMs: 6001, status: 429 },
  ],
  ['TooManyRequestsException', 'x', throttled],
  [
    'ServiceQuotaExceededException',
    'x',
    { status: 429, type: 'insufficient_quota', code: 'upstream_quota_exceeded', shouldRetry: false },
  ],
  [
    'ModelNotReadyException',
    'x',
    { status: 503, type: 'server_error', code: 'upstream_unavailable', retryAfterSeconds: 10 },
  ],
  ['ServiceUnavailableException', 'x', { status: 503, type: 'server_error', code: 'upstream_unavailable' }],
  ['InternalServerException', 'x', { status: 502, type: 'server_error', code: 'upstream_error' }],
  ['InternalFailure', 'x', { status: 502, type: 'server_error', code: 'upstream_error' }],
  ['ModelTimeoutException', 'x', slow, { status: 408 }],
  ['RequestTimeoutException', 'x', slow, { status: 408 }],
  ['TimeoutError', 'no answer within 300 s', slow, { status: 0 }],
  ['ModelErrorException', 'x', { status: 502, type: 'server_error', code: 'model_error' }, { status: 424 }],
  ['ModelStreamErrorException', 'x', { status: 502, type: 'server_error', code: 'upstream_stream_error' }],
  [
    'NetworkError',
    'connect ECONNREFUSED',
    { status: 502, type: 'server_error', code: 'upstream_error' },
    { status: 0 },
  ],
  ['ValidationException', 'The model returned the following errors: prompt is too long: 5 tokens > 4 maximum', tooLong],
  ['ValidationException', 'Input is too long for requested model.', tooLong],
  ['ValidationException', 'input length and `max_tokens` exceed context limit: 9 + 9 > 10, decrease it', tooLong],
  ['ValidationException', 'Too many input tokens', tooLong],
  ['ValidationException', 'Malformed input request: expected maxLength: 5, actual: 6', tooLong],
  ['ValidationException', 'The provided model identifier is invalid.', noModel],
  ['ValidationException', 'Invocation of model ID x with on-demand throughput isn’t supported. Retry …', noModel],
  [
    'ValidationException',
    "1 validation error detected: Value 'x' at 'modelId' failed to satisfy constraint: …",
    noModel,
  ],
  ['ValidationException', "This action doesn't support the model that you provided. Try again …", noModel],
  ['ValidationException', '`temperature` is deprecated for this model.', { ...wrong, code: 'invalid_request' }],
  ['ResourceNotFoundException', 'This model version has reached the end of its life.', noModel, { status: 404 }],
  [
    'ResourceNotFoundException',
    'Model use case details have not been submitted for this account.',
    denied,
    { status: 404 },
  ],
  ['ResourceNotFoundException', 'Access denied. This Model is marked by provider as Legacy', denied, { status: 404 }],
  ['AccessDeniedException', "You don't have access to the model with the specified model ID.", denied, { status: 403 }],
  ['SomethingForbidden', 'x', denied, { status: 403 }],
  ['UnrecognizedClientException', 'x', misconfigured, { status: 403 }],
  ['ExpiredTokenException', 'x', misconfigured, { status: 403 }],
  ['InvalidSignatureException', 'x', misconfigured, { status: 403 }],
  ['MissingAuthenticationTokenException', 'x', misconfigured, { status: 403 }],
  ['CredentialsProviderError', 'x', misconfigured, { status: 0 }],
  [
    'ConflictException',
    'x',
    { status: 409, type: 'conflict_error', code: 'upstream_conflict', shouldRetry: false },
    { status: 409 },
  ],
  ['SerializationException', 'x', { ...wrong, code: 'invalid_request' }],
  ['SomethingNewException', 'x', { ...wrong, code: 'invalid_request' }, { status: 409 }],
  ['SomethingNewException', 'x', throttled, { status: 429 }],
  ['SomethingNewException', 'x', { status: 502, type: 'server_error', code: 'upstream_error' }, { status: 599 }],
  ['constructor', 'x', { status: 502, type: 'server_error', code: 'upstream_error' }, { status: 500 }],
];

test.for(cases)('%s, "%s"', ([name, message, expected, options], { expect }) => {
  const error = told(name, message, options);
  expect(error).toMatchObject(expected);
  expect(error.message).toMatch(/^[A-Z].*\S$/s);
  expect(Object.entries(errorCodes)).toContainEqual([error.code, expect.objectContaining({ status: error.status })]);
});

test('tells AWS’s reason without ARNs and account ids', ({ expect }) => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/gateway/x';
  const { message } = told(
    'ValidationException',
    `User: ${arn} of 123456789012 (arn:aws-us-gov:bedrock:x, logs_123456789012x) is odd.`,
  );
  expect(message).toBe('Bedrock refused the request: User: <arn> of <account> (<arn>, logs_<account>x) is odd.');
  for (const name of ['AccessDeniedException', 'ServiceQuotaExceededException', 'ThrottlingException', 'Unknown']) {
    expect(told(name, arn, { status: 500 }).message).not.toMatch(/arn|\d{12}/);
  }
});

test('a message without an end is cut', ({ expect }) => {
  expect(told('ValidationException', 'x'.repeat(100_000)).message.length).toBeLessThan(1_100);
});

test('a connection that breaks is a cut answer once one had begun, and no answer before', ({ expect }) => {
  const broken = { status: 0 };
  expect(told('NetworkError', 'socket hang up', broken)).not.toBeInstanceOf(TruncatedStreamError);
  expect(told('NetworkError', 'socket hang up', broken, true)).toBeInstanceOf(TruncatedStreamError);
  expect(told('NetworkError', 'aborted', { ...broken, requestId: 'r' })).toBeInstanceOf(TruncatedStreamError);
  expect(told('UnreadableAnswerError', 'not JSON', { status: 200 })).toBeInstanceOf(TruncatedStreamError);
});

test('our own deadline is a timeout', ({ expect }) => {
  const aborted = AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
  expect(toProviderError(aborted.reason, true)).toMatchObject(slow);
});

test('what is told already, and what nobody expects, passes', ({ expect }) => {
  const own = new TruncatedStreamError('Bedrock');
  const bug = new TypeError('a bug');
  expect([toProviderError(own, true), toProviderError(bug, false)]).toEqual([own, bug]);
});

describe('an exception inside a stream is what the error of that name is before it', () => {
  const names = [
    'internalServerException',
    'modelStreamErrorException',
    'validationException',
    'throttlingException',
    'serviceUnavailableException',
    'modelTimeoutException',
    'somethingNewException',
  ];
  test.for(names)('%s', (name, { expect }) => {
    const message = 'prompt is too long at arn:aws:bedrock:us-west-2:123456789012:x';
    const error = toStreamError(name, { message });
    const before = told(`${name.charAt(0).toUpperCase()}${name.slice(1)}`, message, { status: 0 });
    const facts = ({ status, type, code, param, shouldRetry, retryAfterSeconds, message: text }: GatewayError) => {
      return { status, type, code, param, shouldRetry, retryAfterSeconds, text };
    };
    expect(facts(error)).toEqual(facts(before));
    expect(error.message).not.toMatch(/arn:|\d{12}/);
    expect(error.cause).toMatchObject({ name: before.cause instanceof AwsError ? before.cause.name : '', message });
  });

  test('without a text it is still told', ({ expect }) => {
    expect(toStreamError('validationException', null)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});
