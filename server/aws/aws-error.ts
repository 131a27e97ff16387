/**
 * An error answer of an AWS service, or a failure to get one: `name` is then `NetworkError` (no connection, or one that
 * broke), `TimeoutError`, `CredentialsProviderError`, or `UnreadableAnswerError` for an answer that is not what the
 * service promises.
 */
export class AwsError extends Error {
  /** The bare name AWS gives, e.g. `ThrottlingException`, whatever case or namespace it came in. */
  override readonly name: string;
  readonly service: string;
  /** 0 when no answer came. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** How often the call was sent before this was thrown. */
  readonly attempts: number;
  /** What the service asked for in `retry-after`. */
  readonly retryAfterMs: number | undefined;
  /** Other members of the error body, e.g. `originalStatusCode`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(options: {
    readonly name: string;
    readonly message: string;
    readonly service: string;
    readonly status: number;
    readonly requestId?: string | undefined;
    readonly attempts?: number;
    readonly retryAfterMs?: number | undefined;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = options.name;
    this.service = options.service;
    this.status = options.status;
    this.requestId = options.requestId;
    this.attempts = options.attempts ?? 1;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
  }
}
