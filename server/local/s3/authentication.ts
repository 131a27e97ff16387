import { AwsFault } from '../emulator.ts';
import {
  computeSignature,
  parseCredential,
  parseTimestamp,
  type SignedRequest,
  sameSignature,
  verifySignature,
} from '../signature.ts';

interface Options {
  readonly credentials: ReadonlyMap<string, string>;
  readonly now: number;
}

const maximumExpirySeconds = 7 * 86_400;

/**
 * Checks the signature of a request, in its header or in its URL.
 * @throws AwsFault in S3's words
 */
export function authenticate(request: SignedRequest, body: Buffer, query: URLSearchParams, options: Options): void {
  if (query.has('X-Amz-Algorithm')) {
    verifyPresigned(request, query, options);
    return;
  }
  try {
    verifySignature(request, body, { ...options, service: 's3' });
  } catch (error) {
    throw error instanceof AwsFault ? inWordsOfS3(error) : error;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function verifyPresigned(request: SignedRequest, query: URLSearchParams, { credentials, now }: Options): void {
  const timestamp = query.get('X-Amz-Date') ?? '';
  const time = parseTimestamp(timestamp);
  const scope = parseCredential(query.get('X-Amz-Credential') ?? '');
  const seconds = Number(query.get('X-Amz-Expires') || Number.NaN);
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const given = query.get('X-Amz-Signature');
  const complete =
    query.get('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256' && given !== null && signedHeaders.includes('host');
  if (!complete || time === undefined || scope === undefined || scope.service !== 's3') {
    throw parametersFault(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (!(seconds >= 0 && seconds <= maximumExpirySeconds)) {
    throw parametersFault(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  if (now > time + seconds * 1000) throw new AwsFault('AccessDenied', 'Request has expired', 403);
  if (time > now + 15 * 60_000) throw new AwsFault('AccessDenied', 'Request is not yet valid', 403);
  const secret = credentials.get(scope.accessKeyId);
  if (secret === undefined) throw unknownKey();
  const left = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  );
  if (left.length > 0) {
    const message = `There were headers present in the request which were not signed: ${left.join(', ')}`;
    throw new AwsFault('AccessDenied', message, 403);
  }
  const unsigned = request.url.replace(/([?&])X-Amz-Signature=[^&]*&?/, '$1');
  const expected = computeSignature({
    request: { ...request, url: unsigned },
    signedHeaders,
    payloadHash: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    timestamp,
    scope,
    secret,
  });
  if (!timestamp.startsWith(scope.date) || !sameSignature(expected, given)) throw mismatch();
}

function inWordsOfS3(fault: AwsFault): AwsFault {
  if (fault.type === 'MissingAuthenticationTokenException') return new AwsFault('AccessDenied', 'Access Denied', 403);
  if (fault.type === 'UnrecognizedClientException') return unknownKey();
  if (fault.type === 'IncompleteSignatureException') return new AwsFault('AuthorizationHeaderMalformed', fault.message);
  if (fault.type !== 'InvalidSignatureException') return new AwsFault(fault.type, fault.message);
  if (fault.message.startsWith('There were headers')) return new AwsFault('AccessDenied', fault.message, 403);
  if (!/^Signature (expired|not yet)/.test(fault.message)) return mismatch();
  const message = 'The difference between the request time and the current time is too large.';
  return new AwsFault('RequestTimeTooSkewed', message, 403);
}

function unknownKey(): AwsFault {
  const message = 'The AWS Access Key Id you provided does not exist in our records.';
  return new AwsFault('InvalidAccessKeyId', message, 403);
}

function mismatch(): AwsFault {
  const message =
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
  return new AwsFault('SignatureDoesNotMatch', message, 403);
}

function parametersFault(message: string): AwsFault {
  return new AwsFault('AuthorizationQueryParametersError', message);
}
