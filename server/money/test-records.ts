import { noUsage } from '../model/usage.ts';
import type { AccountHold, Reservation } from './balance.ts';
import type { Account } from './balance-item.ts';
import type { LedgerRow } from './ledger.ts';
import type { Person } from './test-history.ts';

/** One call that was admitted, as a simple record. */
export interface Call {
  readonly person: Person;
  readonly keyId: string | null;
  readonly reservation: Reservation;
  readonly startedAt: number;
  readonly expiresAt: number;
  readonly row: Omit<LedgerRow, 'costNanoUsd'>;
  /** nano-USD, once it is settled in the person's and in the team's balance. */
  readonly cost: { person: number | undefined; team: number | undefined };
  isDead: boolean;
}

export const fields = ['d', 'm', 't'] as const;
export const limitNames = { d: 'day', m: 'month', t: 'total' } as const;

export function holdOf({ reservation }: Call, { kind }: Account): AccountHold {
  const hold = reservation.holds.find(({ account }) => account === kind);
  if (!hold) throw new Error(`nothing is held in the balance of the ${kind}`);
  return hold;
}

/** Whether a limit of the account, or of its key, was charged with it. */
export function isCharged(call: Call, account: Account, letter: string, key: string | null): boolean {
  return holdOf(call, account).charged.includes(key === null ? letter : letter.toUpperCase());
}

export function isIn(field: (typeof fields)[number], day: string, name: string): boolean {
  if (field === 't') return true;
  return field === 'd' ? day === name.slice(0, 10) : day.slice(0, 7) === name.slice(0, 7);
}

/** Not over what is held in any balance, where the share is not over 100 percent. */
export function costOf({ reservation }: Call, percent: number): number {
  const least = Math.min(...reservation.holds.map(({ nanoUsd }) => nanoUsd ?? 0));
  return Math.floor((least * percent) / 100);
}

export function same(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one}, not ${other}`);
}

export const emptyRow = {
  team: null,
  tag: null,
  endpoint: '/v1/chat/completions',
  model: 'm',
  target: 'm',
  provider: 'bedrock',
  status: 'ok',
  errorCode: null,
  stream: false,
  durationMs: 1,
  attempts: 1,
  usage: noUsage,
  estimatedNanoUsd: null,
  dropped: [],
  upstreamRequestId: null,
  usageEstimated: false,
} as const;
