/** What one call asks to be held before it is sent. All amounts in nano-USD. */
export interface ReserveRequest {
  readonly requestId: string;
  readonly username: string;
  /** null for a call by access token. */
  readonly keyId: string | null;
  /** The generation the credential was checked under. */
  readonly generation: number;
  /** Worst case in nano-USD; null when the model has no price. */
  readonly estimateNanoUsd: number | null;
  /** ms since the epoch. */
  readonly now: number;
  /** When the hold may be swept: the call's deadline + 30 s, ms since the epoch. */
  readonly expiresAt: number;
}

/** What settle needs to know about a hold; travels with the call. */
export interface Reservation {
  readonly requestId: string;
  readonly username: string;
  readonly keyId: string | null;
  readonly estimateNanoUsd: number | null;
  /** The periods it was charged to. */
  readonly day: string;
  readonly month: string;
}

/** The balance item of a person (pk `U#<username>`, sk `B`): DESIGN §6. Every update is conditional and single-item. */
export interface Balances {
  /** The person's generation by a consistent read; makes the item (generation = now in ms) when there is none. */
  generationOf(username: string): Promise<number>;
  /** After every change of a key, person, group or policy, before the change is acknowledged. */
  bumpGeneration(username: string): Promise<void>;
  /**
   * One conditional write. `stale` when the generation differs: the caller reads the credential again and tries once more.
   * @throws GatewayError 503 `budget_unavailable` when DynamoDB does not answer, 429 `concurrency_limit` above 300 holds.
   */
  reserve(request: ReserveRequest): Promise<Reservation | 'stale'>;
  /** Exactly once, whoever calls and however often: false when the hold was settled before. */
  settle(reservation: Reservation, actualNanoUsd: number | null): Promise<boolean>;
  /** Key id → ms since the epoch of its last use. */
  lastUsed(username: string): Promise<ReadonlyMap<string, number>>;
}
