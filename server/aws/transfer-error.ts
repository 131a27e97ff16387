/** A request or its answer did not get through; the callers make an AwsError of it, which names the service. */
export class TransferError extends Error {
  override readonly name: 'NetworkError' | 'TimeoutError';
  /** A kept connection turned out to be closed before a byte of the answer came. */
  readonly stale: boolean;

  constructor(
    name: 'NetworkError' | 'TimeoutError',
    message: string,
    options: { readonly stale?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.stale = options.stale ?? false;
  }
}
