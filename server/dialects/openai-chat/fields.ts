import { isOff, mapped, refused, reported, reportedUnless, type Treatments } from '../field-treatments.ts';

const isTextOnly = (value: unknown) => JSON.stringify(value) === '["text"]';

/**
 * Every field of OpenAI's request type (API version 2.3.0). What is in no row is unknown and reported. A field with its
 * default value asks for nothing, so it is neither refused nor reported.
 */
export const fieldTreatments: Treatments = {
  model: mapped,
  messages: mapped,
  temperature: mapped,
  top_p: mapped,
  stop: mapped,
  max_tokens: mapped,
  max_completion_tokens: mapped,
  stream: mapped,
  stream_options: mapped,
  tools: mapped,
  tool_choice: mapped,
  parallel_tool_calls: mapped,
  functions: mapped,
  function_call: mapped,
  response_format: mapped,
  reasoning_effort: mapped,
  verbosity: mapped,
  service_tier: mapped,
  metadata: mapped,
  user: mapped,
  safety_identifier: mapped,
  prompt_cache_key: mapped,
  prompt_cache_options: mapped,
  n: refused('only one choice is answered; leave it out or send 1', (value) => value === 1),
  logprobs: refused('no model here tells probabilities; leave it out', isOff),
  top_logprobs: refused('no model here tells probabilities; leave it out', (value) => value === 0),
  modalities: refused('only text is answered', isTextOnly),
  audio: refused('only text is answered; leave it out'),
  frequency_penalty: reportedUnless(0),
  presence_penalty: reportedUnless(0),
  store: reportedUnless(false),
  prompt_cache_retention: reportedUnless('in_memory'),
  web_search_options: reported,
  moderation: reported,
  logit_bias: reported,
  prediction: reported,
  seed: reported,
};

const noState = 'no conversation is kept here; send the whole of it in messages';

/** Knobs that other APIs have, which both routes of OpenAI's take. */
export const knobTreatments: Treatments = {
  top_k: mapped,
  stop_sequences: mapped,
  thinking: mapped,
  output_config: mapped,
  guardrailConfig: mapped,
  guardrail_config: mapped,
  performanceConfig: mapped,
  performance_config: mapped,
  additionalModelRequestFields: mapped,
  additional_model_request_fields: mapped,
  cache_control: mapped,
};

/**
 * What we take beside OpenAI's own fields (doc/developers.md lists it for callers): knobs other APIs have, and the
 * fields of Anthropic's and of OpenAI's other route that clients send to this one. State that the model would have to
 * see must not be ignored, so it is refused.
 */
export const extensionTreatments: Treatments = {
  ...knobTreatments,
  reasoning: mapped,
  system: mapped,
  input: mapped,
  instructions: mapped,
  max_output_tokens: mapped,
  text: mapped,
  truncation: reportedUnless('disabled'),
  background: refused('an answer is given at once or streamed; leave it out', isOff),
  previous_response_id: refused(noState),
  conversation: refused(noState),
  prompt: refused('no prompts are kept here; send the messages themselves'),
};

/** Both: what `checkFields` goes by. */
export const treatments: Treatments = { ...extensionTreatments, ...fieldTreatments };
