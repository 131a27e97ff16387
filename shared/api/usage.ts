import * as z from 'zod/mini';
import { Day, listOf, pageQuery, Timestamp } from './shapes.ts';

/** The header a caller names a call by. */
export const tagHeader = 'x-pennyworth-tag';
/** What such a name may be; all of it may stand in Bedrock's request metadata too. */
export const tagPattern = /^[A-Za-z0-9._:/@-]{1,64}$/;
/** In reports: tags beyond those that are told apart of a person's day. No caller can send it. */
export const otherTags = '(other)';

export const GroupBy = z.enum(['day', 'month', 'model', 'key', 'user', 'team', 'endpoint', 'provider', 'tag']);
export type GroupBy = z.infer<typeof GroupBy>;

const counts = {
  requests: z.number(),
  errors: z.number(),
  /** Uncached prompt tokens. */
  input_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_write_tokens: z.number(),
  output_tokens: z.number(),
  reasoning_tokens: z.number(),
};

/** null when no call in it had a price. */
const cost = { cost_nano_usd: z.nullable(z.number()), cost_usd: z.nullable(z.string()) };

export const UsageRow = z.object({ group: z.nullable(z.string()), ...counts, ...cost });
export type UsageRow = z.infer<typeof UsageRow>;

export const UsageReport = z.object({
  from: Day,
  to: Day,
  group_by: GroupBy,
  currency: z.literal('USD'),
  rows: z.array(UsageRow),
  total: z.object({ ...counts, ...cost }),
  unpriced_requests: z.number(),
  /** The day the catalogue's prices were read. */
  prices_as_of: Day,
  /** Of the current month from its first day: its cost at the end if it goes on as so far. */
  forecast: z.optional(z.object({ to: Day, ...cost })),
});
export type UsageReport = z.infer<typeof UsageReport>;

export const UsageQuery = z.strictObject({
  from: z.optional(Day),
  to: z.optional(Day),
  group_by: z.optional(GroupBy),
  key_id: z.optional(z.string()),
  user_id: z.optional(z.string()),
  model: z.optional(z.string()),
  tag: z.optional(z.string()),
  all: z.optional(z.enum(['true', 'false'])),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

/**
 * How a call ended. `client_closed`: the caller left, the answer was read to its end and billed exactly. `abandoned`: the
 * server died in the middle; it counts what was held. `correction`: no call, but a difference in the cost of that day's
 * calls.
 */
export const CallStatus = z.enum([
  'ok',
  'error',
  'client_closed',
  'upstream_truncated',
  'deadline',
  'abandoned',
  'correction',
]);
export type CallStatus = z.infer<typeof CallStatus>;

export const UsageCall = z.object({
  request_id: z.string(),
  time: Timestamp,
  user_id: z.string(),
  key_id: z.nullable(z.string()),
  team: z.nullable(z.string()),
  endpoint: z.string(),
  model: z.string(),
  provider: z.string(),
  status: CallStatus,
  stream: z.boolean(),
  duration_ms: z.number(),
  attempts: z.number(),
  input_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_write_tokens: z.number(),
  output_tokens: z.number(),
  reasoning_tokens: z.number(),
  ...cost,
  dropped: z.array(z.string()),
  /** What the caller named the call by. A gateway from before there were tags does not say. */
  tag: z._default(z.nullable(z.string()), null),
});
export type UsageCall = z.infer<typeof UsageCall>;

export const UsageCallList = listOf(UsageCall);
export type UsageCallList = z.infer<typeof UsageCallList>;

export const UsageCallsQuery = z.strictObject({
  from: z.optional(Day),
  to: z.optional(Day),
  key_id: z.optional(z.string()),
  user_id: z.optional(z.string()),
  model: z.optional(z.string()),
  tag: z.optional(z.string()),
  all: z.optional(z.enum(['true', 'false'])),
  ...pageQuery,
});
export type UsageCallsQuery = z.infer<typeof UsageCallsQuery>;
