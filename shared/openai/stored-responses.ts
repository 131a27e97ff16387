import * as z from 'zod/mini';

// What the routes below /v1/responses/{id} take and answer.

/** The SDKs write a list as `include[]=…`. */
const include = z.optional(z.union([z.string(), z.array(z.string())]));

const notStreamed = 'only false: a stored response is told whole; leave it out';

export const StoredResponseQuery = z.strictObject({
  include,
  stream: z.optional(z.literal('false', notStreamed)),
  starting_after: z.optional(z.never('belongs to a stream, and a stored response is told whole; leave it out')),
  include_obfuscation: z.optional(z.enum(['true', 'false'], 'is true or false')),
});

export const DeletedResponse = z.object({
  id: z.string(),
  object: z.literal('response.deleted'),
  deleted: z.literal(true),
});
export type DeletedResponse = z.infer<typeof DeletedResponse>;

const limitFault = 'is a whole number from 1 to 100';
export const InputItemsQuery = z.strictObject({
  include,
  limit: z._default(
    z.coerce.number(limitFault).check(z.int(limitFault), z.gte(1, limitFault), z.lte(100, limitFault)),
    20,
  ),
  order: z._default(z.enum(['asc', 'desc'], 'is asc or desc'), 'desc'),
  /** The id of the last item of the page before. */
  after: z.optional(z.string()),
});
export type InputItemsQuery = z.infer<typeof InputItemsQuery>;

/** The items a response was made from, those of the responses before it included. */
export const InputItemList = z.object({
  object: z.literal('list'),
  data: z.array(z.looseObject({ id: z.string(), type: z.string() })),
  has_more: z.boolean(),
  /** Empty for a page without items: OpenAI's schema has no null here. */
  first_id: z.string(),
  last_id: z.string(),
});
export type InputItemList = z.infer<typeof InputItemList>;
