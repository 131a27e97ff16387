import { mapped, refused, reported, reportedUnless, type Treatments } from '../field-treatments.ts';

/**
 * Every field of OpenAI's CreateCompletionRequest (API version 2.3.0). What is in no row is unknown and reported. A field
 * with its default value asks for nothing, so it is neither refused nor reported.
 */
export const completionTreatments: Treatments = {
  model: mapped,
  prompt: mapped,
  max_tokens: mapped,
  temperature: mapped,
  top_p: mapped,
  stop: mapped,
  stream: mapped,
  stream_options: mapped,
  echo: mapped,
  user: mapped,
  n: refused('only one choice is answered; leave it out or send 1', (value) => value === 1),
  best_of: refused('only one choice is made; leave it out or send 1', (value) => value === 1),
  // 0 asks for the probabilities of the tokens written, which come with the answer or not: the decoder reports it.
  logprobs: refused('no model here tells probabilities; leave it out', (value) => value === 0),
  suffix: refused(
    'no chat model fills in a gap; leave it out and say in prompt what stands before and after',
    (value) => value === '',
  ),
  frequency_penalty: reportedUnless(0),
  presence_penalty: reportedUnless(0),
  logit_bias: reported,
  seed: reported,
};
