import * as z from 'zod/mini';
import type { Item } from '../aws/dynamodb.ts';
import { unavailable } from '../errors.ts';

/** A held amount: what it is, until when, whose, and the periods it was charged to. Times in ms, money in nano-USD. */
const Hold = z.object({
  /** The estimate; null when the model has no price. */
  e: z.nullable(z.number()),
  /** When it may be swept. */
  x: z.number(),
  /** Key id; null for a call by token. */
  k: z.nullable(z.string()),
  d: z.string(),
  m: z.string(),
  /** Which attempt wrote it: tells our own write, whose answer was lost, from another call with the same id. */
  a: z.string(),
});
export type Hold = z.infer<typeof Hold>;

/** Of a day or month: its name and what was spent in it. */
const PeriodBalance = z.object({ n: z.string(), s: z.number() });

const BalanceItem = z.object({
  gen: z.number(),
  d: PeriodBalance,
  m: PeriodBalance,
  /** Spent in all. */
  t: z.object({ s: z.number() }),
  /** Last use by key id. */
  lu: z.record(z.string(), z.number()),
  /** Open holds by request id. */
  r: z.record(z.string(), Hold),
});
export type BalanceItem = z.infer<typeof BalanceItem>;

/** The layout this server writes. */
export const balanceVersion = 1;

/** @throws GatewayError 503 when the item has a layout that this server does not know. */
export function parseBalance(item: Item): BalanceItem {
  if (item['v'] !== balanceVersion) {
    const found = JSON.stringify(item['v']);
    const message = `A balance is stored in layout ${found}; this server knows ${balanceVersion}. Deploy the newer version again.`;
    throw unavailable('budget_unavailable', message);
  }
  return BalanceItem.parse(item);
}

/** A new person's item. Its periods lie in 1970, so that the first reserve turns them like any other new day. */
export function newBalance(username: string, generation: number): Item {
  return {
    ...balanceKey(username),
    v: balanceVersion,
    gen: generation,
    d: { n: '1970-01-01', s: 0 },
    m: { n: '1970-01', s: 0 },
    t: { s: 0 },
    lu: {},
    r: {},
  };
}

export function balanceKey(username: string): { pk: string; sk: string } {
  return { pk: `U#${username}`, sk: 'B' };
}
