import * as z from 'zod/mini';

// OpenAI's Responses request as it goes over the wire. It is parsed loosely: a field that is not named here stays in the
// object, and the dialect reports it.

const text = z.string('is a text');
const flag = z.nullish(z.boolean('is true or false'));
/** Read by the dialect itself, member by member. */
const anyObject = z.looseObject({});

const numberUpTo = (most: number) => {
  const fault = `is a number from 0 to ${most}`;
  return z.nullish(z.number(fault).check(z.gte(0, fault), z.lte(most, fault)));
};

const tokensFault = 'is a whole number of tokens, at least 1';
/** As many as the chat route takes. */
const toolsFault = 'is a list of at most 512';

export const ResponsesRequest = z.looseObject({
  model: z.string('is the name of a model; GET /v1/models lists them').check(z.minLength(1), z.maxLength(2048)),
  /** Items are read one by one, so that a fault in one is told with its place. */
  input: z.union([z.string(), z.array(z.unknown())], 'is a text or a list of items; send one of the two'),
  instructions: z.nullish(text),
  tools: z.nullish(z.array(anyObject, toolsFault).check(z.maxLength(512, toolsFault))),
  tool_choice: z.nullish(z.union([z.string(), anyObject], 'is a word or an object')),
  parallel_tool_calls: flag,
  text: z.nullish(z.looseObject({}, 'is an object')),
  reasoning: z.nullish(z.looseObject({}, 'is an object')),
  include: z.nullish(z.array(text, 'is a list of texts')),
  max_output_tokens: z.nullish(z.number(tokensFault).check(z.int(tokensFault), z.gte(1, tokensFault))),
  temperature: numberUpTo(2),
  top_p: numberUpTo(1),
  service_tier: z.nullish(z.string('is a word')),
  metadata: z.nullish(z.record(z.string(), text, 'is an object of texts')),
  user: z.nullish(text),
  safety_identifier: z.nullish(text),
  prompt_cache_key: z.nullish(text),
  prompt_cache_options: z.nullish(
    z.looseObject({
      mode: z.nullish(z.enum(['implicit', 'explicit'], 'is implicit or explicit')),
      ttl: z.nullish(z.enum(['5m', '30m', '1h', '24h'], 'is 30m')),
    }),
  ),
  previous_response_id: z.nullish(text),
  store: flag,
  stream: flag,
  stream_options: z.nullish(z.looseObject({ include_obfuscation: flag }, 'is an object')),
});
export type ResponsesRequest = z.infer<typeof ResponsesRequest>;
