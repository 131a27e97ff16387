import * as z from 'zod/mini';
import { Model } from './models.ts';
import { Day, Period, Timestamp } from './shapes.ts';

// What the gateway's own tools at /mcp answer: each has one of these, or of the REST API's, as its structured content.

const cost = { cost_nano_usd: z.nullable(z.number()), cost_usd: z.nullable(z.string()) };

/** `chat`. */
export const ChatResult = z.object({
  text: z.string(),
  model: z.string().check(z.describe('The model that answered, by its short name')),
  finish_reason: z
    .enum(['stop', 'length', 'content_filter'])
    .check(z.describe('length: the answer was cut at max_output_tokens')),
  usage: z.object({
    input_tokens: z.number().check(z.describe('Without those read from or written to a cache')),
    cache_read_tokens: z.number(),
    cache_write_tokens: z.number(),
    output_tokens: z.number(),
    reasoning_tokens: z.nullable(z.number()),
  }),
  ...cost,
  request_id: z.string(),
  dropped: z.array(z.string()).check(z.describe('Arguments that this model could not take')),
  max_output_tokens: z.number().check(z.describe('The cap that was in force')),
  warning: z.optional(z.literal('deadline').check(z.describe('The time was up before the answer had ended'))),
});
export type ChatResult = z.infer<typeof ChatResult>;

const Amount = z.object({ nano_usd: z.number(), usd: z.string() });

/** `quote`: amounts are for all `requests` together; null where the model has no known price. */
export const Quote = z.object({
  model: z.string(),
  requests: z.number(),
  input_tokens: z.object({
    estimated: z.number(),
    at_most: z.number().check(z.describe('What the upper bound counts')),
  }),
  max_output_tokens: z.number(),
  estimate: z
    .nullable(Amount)
    .check(z.describe('With the estimated prompt and an answer of expected_output_tokens; nothing cached')),
  upper_bound: z.nullable(Amount).check(z.describe('What the calls cost at most, whatever the model writes')),
  prices_usd_per_million_tokens: Model.shape.pennyworth.shape.prices_usd_per_million_tokens,
  budget: z.object({
    fits: z.boolean().check(z.describe('Whether the upper bound is left in every budget that binds')),
    left: z.nullable(Amount).check(z.describe('Of the tightest budget; null: no budget binds')),
    affordable_max_output_tokens: z
      .optional(z.nullable(z.number()))
      .check(z.describe('Where it does not fit: the cap with which one call would; null: none that is worth a call')),
  }),
  dropped: z.array(z.string()).check(z.describe('Arguments that this model cannot take')),
});
export type Quote = z.infer<typeof Quote>;

const Whose = z.enum(['key', 'person', 'team']);

const BudgetLeft = z.object({
  whose: Whose,
  id: z.string().check(z.describe('Of the key, of the person, or the name of the team that pays')),
  period: Period,
  limit_usd: z.string(),
  spent_usd: z.string(),
  reserved_usd: z.string().check(z.describe('Held by calls that are open now')),
  left_usd: z.string(),
  left_nano_usd: z.number(),
  resets_at: z.nullable(Timestamp),
});

/** `budget_remaining`. */
export const BudgetRemaining = z.object({
  unlimited: z.boolean().check(z.describe('true: no budget binds this credential')),
  budgets: z.array(BudgetLeft),
  tightest: z.nullable(BudgetLeft).check(z.describe('The one with the least left')),
  rates: z.array(
    z.object({
      whose: Whose,
      id: z.string(),
      kind: z.enum(['requests_per_minute', 'tokens_per_minute', 'open_calls']),
      limit: z.number(),
      left: z.number(),
    }),
  ),
});
export type BudgetRemaining = z.infer<typeof BudgetRemaining>;

/** A model in a few words; `details` is its row of GET /v1/models. */
const ModelSummary = z.object({
  id: z.string(),
  maker: z.string(),
  context_window: z.nullable(z.number()),
  max_output_tokens: z.nullable(z.number()),
  input_usd_per_million_tokens: z.nullable(z.string()),
  output_usd_per_million_tokens: z.nullable(z.string()),
  capabilities: z.array(z.string()),
});
export type ModelSummary = z.infer<typeof ModelSummary>;

/** `list_models`. */
export const ModelsFound = z.object({
  models: z.array(z.object({ ...ModelSummary.shape, details: z.optional(Model) })),
  prices_as_of: Day,
});
export type ModelsFound = z.infer<typeof ModelsFound>;

/** `cheapest_model_that`. */
export const CheapestModels = z.object({
  models: z
    .array(z.object({ ...ModelSummary.shape, cost_nano_usd: z.number(), cost_usd: z.string() }))
    .check(z.describe('The cheapest first; cost: of one call of that length, nothing cached')),
  input_tokens: z.number(),
  output_tokens: z.number(),
  fitting: z.number().check(z.describe('How many models fit in all')),
  without_price: z.array(z.string()).check(z.describe('Models that would fit, but whose price is not known')),
  prices_as_of: Day,
});
export type CheapestModels = z.infer<typeof CheapestModels>;
