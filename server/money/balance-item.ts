import * as z from 'zod/mini';
import type { Item } from '../aws/dynamodb.ts';
import { unavailable } from '../errors.ts';

/**
 * A held amount: what it is, until when, whose, and what it was charged to. Times in ms, money in nano-USD. Names are
 * short because every started kilobyte of the item is a write unit, and five open calls should fit into one.
 */
const Hold = z.object({
  /** The estimate; null when the model has no price. */
  e: z.nullable(z.number()),
  /** When it may be swept. */
  x: z.number(),
  /** Key id; null for a call by token. */
  k: z.nullable(z.string()),
  /** The day it was charged to; the month is that of the day. */
  d: z.string(),
  /** Which attempt wrote it: tells our own write, whose answer was lost, from another call with the same id. */
  a: z.string(),
  /** The time of its row: when the call began, or the day it was charged to; absent in layout 1. */
  s: z.optional(z.number()),
  /**
   * What was charged: `d` `m` `t` of the account; `K`: the key has an entry, and of that `D` `M` `T` and `O`, its open
   * calls. `G`: before the call is sent, it is held in the paying team's item too.
   */
  c: z.optional(z.string()),
  /** Tokens counted against rates and what they moved the clocks by, in µs: the account's, then the key's. */
  w: z.optional(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  /** Under which key the limits are kept, where it is another: the first of those it was rotated from. */
  b: z.optional(z.string()),
  /** What is called: the path (without `/v1/`), provider and model. */
  p: z.optional(z.string()),
  /** The team that pays. */
  g: z.optional(z.string()),
  /** The caller's tag of the call; not in a team's item. */
  t: z.optional(z.string()),
  /** Whose call it is, in a team's item. */
  u: z.optional(z.string()),
});
export type Hold = z.infer<typeof Hold>;

const Period = z.object({
  /** Which day or month it is; the total has none. */
  n: z.optional(z.string()),
  /** Spent in it. */
  s: z.number(),
  /** The limit that `a` was made with; both absent where there is none. */
  l: z.optional(z.number()),
  /** What is left: limit less spent less held. */
  a: z.optional(z.number()),
});
export type PeriodState = z.infer<typeof Period>;

/** Where a rate's clock stands, in µs since the epoch (GCRA's theoretical arrival time). */
const rateClock = z.optional(z.number());

const KeyState = z.object({
  d: z.optional(Period),
  m: z.optional(Period),
  t: z.optional(Period),
  q: rateClock,
  w: rateClock,
  /** Open calls, where they are limited. */
  o: z.optional(z.number()),
});

/** What is kept of an account or of one of its keys, as far as limits go. `q`: clock of requests; `w`: of tokens. */
export type ScopeState = z.infer<typeof KeyState>;

const BalanceItem = z.object({
  v: z.number(),
  gen: z.number(),
  d: Period,
  m: Period,
  t: Period,
  q: rateClock,
  w: rateClock,
  /** By key id; only of keys that have a limit, or had one. */
  k: z._default(z.record(z.string(), KeyState), {}),
  /** Last use by key id. */
  lu: z.record(z.string(), z.number()),
  /** Open holds by request id. */
  r: z.record(z.string(), Hold),
});
export type BalanceItem = z.infer<typeof BalanceItem>;

/** The layout this server writes; it reads the one before, which knew no limits. */
export const balanceVersion = 2;

/** @throws GatewayError 503 when the item has a layout that this server does not know. */
export function parseBalance(item: Item): BalanceItem {
  if (item['v'] !== balanceVersion && item['v'] !== balanceVersion - 1) {
    const found = JSON.stringify(item['v']);
    const message = `A balance is stored in layout ${found}; this server knows ${balanceVersion}. Deploy the newer version again.`;
    throw unavailable('budget_unavailable', message);
  }
  return BalanceItem.parse(item);
}

/** Whose balance: a person's, or a team's. */
export interface Account {
  readonly kind: 'person' | 'team';
  /** Username, or the group's name. */
  readonly id: string;
}

/** A new item. Its periods lie in 1970, so that the first reserve turns them like any other new day. */
export function newBalance(account: Account, generation: number): Item {
  return {
    ...balanceKey(account),
    v: balanceVersion,
    gen: generation,
    d: { n: '1970-01-01', s: 0 },
    m: { n: '1970-01', s: 0 },
    t: { s: 0 },
    k: {},
    lu: {},
    r: {},
  };
}

export function balanceKey({ kind, id }: Account): { pk: string; sk: string } {
  return { pk: kind === 'person' ? `U#${id}` : `G#${id}`, sk: 'B' };
}
