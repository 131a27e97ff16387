import type { CallTarget } from '../catalogue/catalogue.ts';
import { DroppedFields } from '../dialects/dropped-fields.ts';
import { GatewayError } from '../errors.ts';
import type { ModelEvent } from '../model/events.ts';
import type { Guardrail, ModelRequest } from '../model/request.ts';

/** What a provider is told about one call beside the request itself. */
export interface ProviderCall {
  readonly target: CallTarget;
  readonly request: ModelRequest;
  /**
   * The cap to send, in tokens, within what the model takes; never absent, because an absent cap reserves the model's
   * maximum at AWS.
   */
  readonly maxOutputTokens: number;
  /** The guardrail in force: the operator's, else the caller's. */
  readonly guardrail: Guardrail | undefined;
  /** The caller asked (x-pennyworth-strict) that nothing be dropped: a field that cannot be sent is refused instead. */
  readonly strict: boolean;
  /** Attribution that travels to AWS as `requestMetadata`; keys start with `pw_`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborted for our own limits only: deadline, idle, size, shutdown. Never because the client left. */
  readonly signal: AbortSignal;
}

/** A call of which nothing is sent. */
type PreviewCall = Omit<ProviderCall, 'strict' | 'signal'>;

/** A call of which only the prompt is counted. */
export type CountCall = Pick<ProviderCall, 'target' | 'request' | 'maxOutputTokens' | 'signal'>;

export interface TokenCount {
  /** Of the whole prompt, cached or not; undefined where the provider does not count for this model. */
  readonly inputTokens: number | undefined;
  /** What is not counted, because it could not be sent either. */
  readonly dropped: readonly string[];
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
  /** What `call` would send and what it would report, for explaining a model. @throws GatewayError 400 like `call` */
  preview(call: PreviewCall): Promise<{ readonly body: object; readonly dropped: readonly string[] }>;
  /** Counts a prompt without asking the model, at no cost. @throws GatewayError 400 like `call` */
  countTokens(call: CountCall): Promise<TokenCount>;
}

/** 400 in strict mode for what would otherwise be left out and reported. */
export class NotKeptError extends GatewayError {
  readonly dropped: readonly string[];

  /** @param dropped names of fields, at least one */
  constructor(dropped: readonly string[]) {
    const fields = new DroppedFields();
    for (const name of dropped) fields.add(name);
    const names = fields.shortList().join(', ');
    const message = `Not kept for this model: ${names}. Leave it out, or send no x-pennyworth-strict.`;
    super({ status: 400, type: 'invalid_request_error', code: 'invalid_request', message, param: dropped[0] });
    this.dropped = dropped;
  }
}

/** @throws NotKeptError in strict mode for what would otherwise be left out and reported */
export function refuseDropped(dropped: readonly string[]): void {
  if (dropped.length > 0) throw new NotKeptError(dropped);
}
