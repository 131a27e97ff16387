/** One frame of an `application/vnd.amazon.eventstream` answer, payload parsed as JSON. */
export interface EventMessage {
  /** `event`: `name` is the `:event-type`. `exception`: `name` is the `:exception-type` as sent (lower camel case). */
  readonly kind: 'event' | 'exception';
  readonly name: string;
  readonly payload: unknown;
}

/** Which model of Bedrock's runtime is called, and the limits of the call. */
export interface BedrockCallOptions {
  readonly signal: AbortSignal;
}

/** Converse and ConverseStream over the hot path. Both throw AwsError for a refusal before the first byte. */
export interface BedrockRuntime {
  converse(
    modelId: string,
    body: Readonly<Record<string, unknown>>,
    options: BedrockCallOptions,
  ): Promise<{ readonly body: unknown; readonly requestId: string | undefined; readonly attempts: number }>;
  /**
   * Resolves with the response's head. `messages` yields one array for each network read and throws AwsError when the
   * connection breaks, a frame is corrupt or cut, or nothing comes for the idle time. A clean end of the connection ends
   * it: whether the stream was complete is for the reader to say.
   */
  converseStream(
    modelId: string,
    body: Readonly<Record<string, unknown>>,
    options: BedrockCallOptions,
  ): Promise<{
    readonly messages: AsyncIterable<readonly EventMessage[]>;
    readonly requestId: string | undefined;
    readonly attempts: number;
  }>;
}
