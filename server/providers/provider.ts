import type { CallTarget } from '../catalogue/catalogue.ts';
import { invalidRequest } from '../errors.ts';
import type { ModelEvent } from '../model/events.ts';
import type { ModelRequest } from '../model/request.ts';

/** What a provider is told about one call beside the request itself. */
export interface ProviderCall {
  readonly target: CallTarget;
  readonly request: ModelRequest;
  /** The cap to send, in tokens; never absent, because an absent cap reserves the model's maximum at AWS. */
  readonly maxOutputTokens: number;
  /** The caller asked (x-pennyworth-strict) that nothing be dropped: a field that cannot be sent is refused instead. */
  readonly strict: boolean;
  /** Attribution that travels to AWS as `requestMetadata`; keys start with `pw_`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborted for our own limits only: deadline, idle, size, shutdown. Never because the client left. */
  readonly signal: AbortSignal;
}

export interface ProviderAnswer {
  /** The provider's own request id, for the ledger row. */
  readonly upstreamRequestId: string | undefined;
  /** How often the call was sent, retries included. */
  readonly attempts: number;
  /** Names of request fields that could not be sent and are reported as dropped. */
  readonly dropped: readonly string[];
  /**
   * One array for each network read, in order. Ends normally only after both `finish` and `usage`; otherwise throws a
   * GatewayError (TruncatedStreamError, a mid-stream exception of the provider, an abort).
   */
  readonly events: AsyncIterable<readonly ModelEvent[]>;
}

/**
 * One upstream API. Resolves once the provider has accepted the call (so that an error before the first byte is an
 * ordinary HTTP error) and throws a GatewayError when it refuses.
 */
export interface Provider {
  readonly id: string;
  call(call: ProviderCall): Promise<ProviderAnswer>;
}

/** 400 in strict mode for what would otherwise be left out and reported. */
export function refuseDropped(dropped: readonly string[]): void {
  const [first] = dropped;
  if (first === undefined) return;
  const names = dropped.join(', ');
  throw invalidRequest(`Not kept for this model: ${names}. Leave it out, or send no x-pennyworth-strict.`, first);
}
