import type { Limits } from './limits.ts';
import type { Standing, StandingRequest } from './standing.ts';

/** The most a call may cost, in nano-USD; null when the model has no price. */
export interface Estimate {
  /** With the prompt counted at a third of a token per byte: right for every text people write. Held where nothing limits. */
  readonly likelyNanoUsd: number | null;
  /** With a token per byte, which no text exceeds: what is held where a budget limits. */
  readonly mostNanoUsd: number | null;
  /** Prompt and answer at most, for rates of tokens. */
  readonly tokens: number;
}

/** What a key and those it was rotated from share: limits outlive a rotation, and both keys of an overlap have them once. */
interface KeyBudget {
  /** The id of the first of them. */
  readonly id: string;
  /** Those the person still has. */
  readonly keyIds: readonly string[];
}

/** The team that pays for a call, with what its policy says. */
export interface PayingTeam {
  readonly name: string;
  /** Of the policy the limits were read from; a reserve against a newer one is stale. */
  readonly generation: number;
  readonly limits: Limits;
}

/** What one call asks to be held before it is sent. */
export interface ReserveRequest {
  readonly requestId: string;
  readonly username: string;
  /** null for a call by access token. */
  readonly keyId: string | null;
  /** The generation the credential was checked under. */
  readonly generation: number;
  readonly estimate: Estimate;
  readonly limits: { readonly person: Limits; readonly key: Limits };
  /** undefined: none pays, or it never had a limit. */
  readonly payingTeam?: PayingTeam | undefined;
  /** Whose limits of a key count; undefined for a call by access token. */
  readonly budget: KeyBudget | undefined;
  /** Ids of the keys the person has now: what is kept of others may be forgotten. */
  readonly currentKeys: ReadonlySet<string>;
  /** For the ledger row of a call whose server died: the path (without `/v1/`), provider and model, the team and the caller's tag. */
  readonly facts: {
    readonly endpoint: string;
    readonly provider: string;
    readonly model: string;
    readonly team: string | null;
    readonly tag: string | null;
  };
  /** Start of the call, ms since the epoch. */
  readonly now: number;
  /** When the hold may be swept: the call's deadline + 30 s, ms since the epoch. */
  readonly expiresAt: number;
}

/** One hold in one balance. */
export interface AccountHold {
  readonly account: 'person' | 'team';
  readonly id: string;
  /** The estimate that is held; of two accounts the one near its end may hold more. */
  readonly nanoUsd: number | null;
  /** What was charged, as `c` of the stored hold. */
  readonly charged: string;
  /** As `w` of the stored hold. */
  readonly weights: readonly [accountTokens: number, accountUs: number, keyTokens: number, keyUs: number] | undefined;
  /** As `b` of the stored hold, or the key itself; undefined for a call by access token. */
  readonly budgetId: string | undefined;
  /** Start of the call, ms since the epoch; of the day it was charged to, where that began later. Its row has this time. */
  readonly since: number;
  /** The day it was charged to. */
  readonly day: string;
}

/** What settle needs to know; travels with the call. */
export interface Reservation {
  readonly requestId: string;
  readonly keyId: string | null;
  readonly estimateNanoUsd: number | null;
  /** The person's, then the team's where it has limits. */
  readonly holds: readonly AccountHold[];
  /** Where rates are limited, how they stand: the tightest of key, person and team. */
  readonly rates: Rates;
}

/** How far a limited rate is used up. */
export interface Rate {
  /** A minute. */
  readonly limit: number;
  readonly remaining: number;
  /** ms until all of it is there again. */
  readonly resetMs: number;
}

export interface Rates {
  readonly requests?: Rate | undefined;
  readonly tokens?: Rate | undefined;
}

/** A budget of which a settled call used up another part. */
export interface Crossing {
  readonly whose: 'key' | 'person' | 'team';
  readonly id: string;
  readonly period: 'day' | 'month' | 'total';
  /** 50, 80 or 100. */
  readonly percent: number;
  readonly spentNanoUsd: number;
  readonly limitNanoUsd: number;
}

export interface Settlement {
  /** false: it was settled before. */
  readonly isSettled: boolean;
  readonly crossings: readonly Crossing[];
}

/** nano-USD spent in the current UTC day and month, and in all. */
export interface Spent {
  readonly day: number;
  readonly month: number;
  readonly total: number;
}

/** What a person's balance says now. */
export interface BalanceView {
  readonly spent: Spent;
  /** By the id a key's limits are kept under (`KeyBudget`): only where there are any. */
  readonly keys: ReadonlyMap<string, Spent>;
  /** Key id → ms since the epoch. */
  readonly lastUsed: ReadonlyMap<string, number>;
}

export const nothingSpent: Spent = { day: 0, month: 0, total: 0 };

/** Of who has spent nothing yet. */
export const newView: BalanceView = { spent: nothingSpent, keys: new Map(), lastUsed: new Map() };

/** The balances of persons and teams: DESIGN §6. Every update is conditional and single-item. */
export interface Balances {
  /** The person's generation by a consistent read; makes the item (generation = now in ms) when there is none. */
  generationOf(username: string): Promise<number>;
  /** After every change of a key, person, group or policy, before the change is acknowledged. */
  bumpGeneration(username: string): Promise<void>;
  /**
   * One conditional write, two where the paying team has limits. `stale` when a generation differs: the caller reads the
   * credential again and tries once more.
   * @throws InsufficientQuotaError 402; GatewayError 429 `rate_limit_exceeded` or `concurrency_limit`, 503
   * `budget_unavailable` when DynamoDB does not answer.
   */
  reserve(request: ReserveRequest): Promise<Reservation | 'stale'>;
  /**
   * Exactly once, whoever calls and however often. Where two balances hold the call its row is written before: by that the
   * sweep tells a hold whose settlement failed from one of a call that was never sent.
   * @param tokens what was used; undefined: what was counted stays
   */
  settle(reservation: Reservation, actualNanoUsd: number | null, tokens?: number): Promise<Settlement>;
  /** Settles what calls left behind whose server died: by their ledger row, else at what was held, with a row of its own. */
  sweep(username: string): Promise<void>;
  view(username: string): Promise<BalanceView>;
  /** How what limits a call stands, before it is made: nothing is held. */
  standings(request: StandingRequest): Promise<readonly Standing[]>;
}
