import { isOff, mapped, refused, reported, reportedUnless, type Treatments } from '../field-treatments.ts';
import { knobTreatments } from '../openai-chat/fields.ts';

/**
 * Every field of OpenAI's CreateResponse (API version 2.3.0). What is in no row is unknown and reported. A field with its
 * default value asks for nothing. State that the model would have to see must not be ignored, so it is refused.
 */
export const fieldTreatments: Treatments = {
  model: mapped,
  input: mapped,
  instructions: mapped,
  tools: mapped,
  tool_choice: mapped,
  parallel_tool_calls: mapped,
  text: mapped,
  reasoning: mapped,
  include: mapped,
  max_output_tokens: mapped,
  temperature: mapped,
  top_p: mapped,
  service_tier: mapped,
  metadata: mapped,
  user: mapped,
  safety_identifier: mapped,
  prompt_cache_key: mapped,
  prompt_cache_options: mapped,
  stream: mapped,
  stream_options: mapped,
  store: mapped,
  truncation: reportedUnless('disabled'),
  prompt_cache_retention: reportedUnless('in_memory', 'in-memory'),
  max_tool_calls: reported,
  context_management: reported,
  moderation: reported,
  top_logprobs: refused('no model here tells probabilities; leave it out', (value) => value === 0),
  background: refused('an answer is given at once or streamed; leave it out', isOff),
  previous_response_id: mapped,
  conversation: refused('conversations are not kept here; go on from a response with previous_response_id'),
  prompt: refused('no prompts are kept here; send instructions and input themselves'),
};

/** With what we take beside OpenAI's own fields: what `checkFields` goes by. */
export const responsesTreatments: Treatments = {
  ...knobTreatments,
  // Codex's own bookkeeping, on each of its calls. It leads nowhere here, and what leads nowhere is told.
  client_metadata: reported,
  ...fieldTreatments,
};
