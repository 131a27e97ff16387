import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { CallStatus } from '../../shared/api/usage.ts';
import { dayOf } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';
import type { LedgerRow, RowFigures } from './ledger.ts';
import { withMac } from './row-mac.ts';

const rowVersion = 1;
/** The provider's own usage object is kept up to this length, so that a row stays near one write unit. */
const longestRawUsage = 2_000;

/** Names are short because every started kilobyte of a row is a write unit. */
const StoredRow = z.object({
  id: z.string(),
  time: z.number(),
  user: z.string(),
  key: z.nullable(z.string()),
  team: z.nullable(z.string()),
  path: z.string(),
  model: z.string(),
  target: z.string(),
  provider: z.string(),
  status: CallStatus,
  error: z.nullable(z.string()),
  stream: z.boolean(),
  ms: z.number(),
  tries: z.number(),
  /** Tokens: input, cache read, cache write 5 m, cache write 1 h, output. */
  tokens: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]),
  /** Absent when the provider does not say. */
  reasoning: z.optional(z.number()),
  tier: z.optional(z.string()),
  /** The provider's usage object as JSON. */
  raw: z.optional(z.string()),
  est: z.nullable(z.number()),
  cost: z.nullable(z.number()),
  dropped: z.array(z.string()),
  upstream: z.nullable(z.string()),
  guess: z.boolean(),
  /** Absent where the caller gave none. */
  tag: z.optional(z.string()),
  /** Only in corrections. */
  fix: z.optional(z.number()),
});

/** What reports sum up of a row, and by which names. */
const StoredFigures = z.pick(StoredRow, {
  user: true,
  key: true,
  team: true,
  path: true,
  model: true,
  target: true,
  provider: true,
  status: true,
  tokens: true,
  reasoning: true,
  cost: true,
  tag: true,
  fix: true,
});

/** The attributes that `readFigures` and whoever finds rows by their booking need: less than half of a row. */
export const figureAttributes: readonly string[] = [...Object.keys(StoredFigures.shape), 'v', 'booked', 'sk'];

export function ledgerPartition(username: string, day: string): string {
  return `L#${username}#${day}`;
}

/** Orders a person's rows by time, and by request id where two began in the same millisecond. */
export function ledgerOrder(row: Pick<LedgerRow, 'time' | 'requestId'>): string {
  return `${new Date(row.time).toISOString()}#${row.requestId}`;
}

/**
 * The row as it is stored, with its MAC.
 * @param bookedOn the day whose closing takes it in, where that is not the day of the call
 */
export function encodeRow(row: LedgerRow, ledgerKey: KeyObject, bookedOn?: string): Item {
  const { usage } = row;
  const raw = usage.raw === undefined ? undefined : JSON.stringify(usage.raw);
  const item: Item = {
    pk: ledgerPartition(row.username, dayOf(row.time)),
    sk: ledgerOrder(row),
    v: rowVersion,
    id: row.requestId,
    time: row.time,
    user: row.username,
    key: row.keyId,
    team: row.team,
    path: row.endpoint,
    model: row.model,
    target: row.target,
    provider: row.provider,
    status: row.status,
    error: row.errorCode,
    stream: row.stream,
    ms: row.durationMs,
    tries: row.attempts,
    tokens: [
      usage.inputTokens,
      usage.cacheReadTokens,
      usage.cacheWrite5mTokens,
      usage.cacheWrite1hTokens,
      usage.outputTokens,
    ],
    ...(usage.reasoningTokens !== undefined && { reasoning: usage.reasoningTokens }),
    ...(usage.tier !== undefined && { tier: usage.tier }),
    ...(raw !== undefined && raw.length <= longestRawUsage && { raw }),
    est: row.estimatedNanoUsd,
    cost: row.costNanoUsd,
    dropped: row.dropped,
    upstream: row.upstreamRequestId,
    guess: row.usageEstimated,
    ...(row.tag !== null && { tag: row.tag }),
    ...(row.unpricedChange !== undefined && { fix: row.unpricedChange }),
    ...(bookedOn !== undefined && { booked: bookedOn }),
  };
  return withMac(item, ledgerKey);
}

/** @throws Error naming the layout version when it is one that this server does not know. */
export function readRow(item: Item): LedgerRow {
  checkVersion(item);
  const stored = StoredRow.parse(item);
  const figures = figuresOf(stored);
  return {
    ...figures,
    requestId: stored.id,
    time: stored.time,
    errorCode: stored.error,
    stream: stored.stream,
    durationMs: stored.ms,
    attempts: stored.tries,
    usage: {
      ...figures.usage,
      tier: stored.tier,
      raw: stored.raw === undefined ? undefined : JSON.parse(stored.raw),
    },
    estimatedNanoUsd: stored.est,
    dropped: stored.dropped,
    upstreamRequestId: stored.upstream,
    usageEstimated: stored.guess,
  };
}

/**
 * The same for reports, of an item that need not have more than `figureAttributes`: a day of 50,000 calls is read row by
 * row until it is closed.
 */
export function readFigures(item: Item): RowFigures {
  checkVersion(item);
  return figuresOf(StoredFigures.parse(item));
}

function checkVersion(item: Item): void {
  if (item['v'] === rowVersion) return;
  throw new Error(`ledger row ${String(item['sk'])} has layout ${String(item['v'])}; this server knows ${rowVersion}`);
}

function figuresOf(stored: z.infer<typeof StoredFigures>): RowFigures {
  const [inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens] = stored.tokens;
  const tokens = { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens };
  return {
    username: stored.user,
    keyId: stored.key,
    team: stored.team,
    tag: stored.tag ?? null,
    endpoint: stored.path,
    model: stored.model,
    target: stored.target,
    provider: stored.provider,
    status: stored.status,
    usage: { ...tokens, reasoningTokens: stored.reasoning },
    costNanoUsd: stored.cost,
    ...(stored.fix !== undefined && { unpricedChange: stored.fix }),
  };
}
