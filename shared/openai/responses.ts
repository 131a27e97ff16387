import * as z from 'zod/mini';
import { extensionFields, flag, plainFields, settingFields, text, wholeTokens } from './request-fields.ts';

// OpenAI's Responses request as it goes over the wire. It is parsed loosely: a field that is not named here stays in the
// object, and the dialect reports it.

export const ResponsesRequest = z.looseObject({
  ...plainFields,
  ...settingFields,
  /** Items are read one by one, so that a fault in one is told with its place. */
  input: z.union([z.string(), z.array(z.unknown())], 'is a text or a list of items; send one of the two'),
  instructions: z.nullish(text),
  text: z.nullish(z.looseObject({}, 'is an object')),
  reasoning: z.nullish(z.looseObject({}, 'is an object')),
  include: z.nullish(z.array(text, 'is a list of texts')),
  max_output_tokens: wholeTokens,
  previous_response_id: z.nullish(text),
  store: flag,
  stream_options: z.nullish(z.looseObject({ include_obfuscation: flag }, 'is an object')),
  ...extensionFields,
});
export type ResponsesRequest = z.infer<typeof ResponsesRequest>;
