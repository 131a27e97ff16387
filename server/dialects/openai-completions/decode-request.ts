import { CompletionRequest } from '../../../shared/openai/completions.ts';
import type { ModelRequest } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { textPart } from '../decode-content.ts';
import { DroppedFields } from '../dropped-fields.ts';
import { checkFields } from '../field-treatments.ts';
import type { JsonObject } from '../json-object.ts';
import { decodeMetadata, stopSequencesOf } from '../openai-chat/decode-settings.ts';
import { type Reading, wrong } from '../reading.ts';
import { completionTreatments } from './fields.ts';

export interface DecodedCompletionRequest {
  readonly request: ModelRequest;
  /** The caller asked for a last chunk with the usage. */
  readonly includeUsage: boolean;
  /** What stands before the answer's own text: the prompt, where the caller wants it back, or nothing. */
  readonly echo: string;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/**
 * OpenAI's completion request as the waist has it: the prompt is what a user says, as an instruct model takes it.
 * @throws GatewayError 400 naming the field
 */
export function decodeCompletionRequest(body: JsonObject): DecodedCompletionRequest {
  const dropped = new DroppedFields();
  checkFields(body, completionTreatments, dropped);
  if (body['logprobs'] === 0) dropped.add('logprobs');
  const asked = parseInput(CompletionRequest, body);
  const reading: Reading = { dropped, breakpointTtl: '5m' };
  const prompt = promptOf(asked.prompt);
  dropped.addUnknown(asked.stream_options ?? {}, ['include_usage'], 'stream_options');
  return {
    request: {
      model: asked.model,
      system: [],
      messages: [{ role: 'user', content: [textPart(prompt)] }],
      tools: [],
      toolChoice: undefined,
      parallelToolCalls: undefined,
      // Not OpenAI's 16, which is a leftover of 2020: without a cap the gateway's own holds, as on every other route.
      maxOutputTokens: asked.max_tokens ?? undefined,
      temperature: asked.temperature ?? undefined,
      topP: asked.top_p ?? undefined,
      topK: undefined,
      stopSequences: stopSequencesOf(asked.stop),
      reasoning: undefined,
      outputFormat: undefined,
      verbosity: undefined,
      serviceTier: undefined,
      latency: undefined,
      metadata: decodeMetadata({ user: asked.user }, reading),
      guardrail: undefined,
      cache: 'auto',
      cacheKey: undefined,
      additionalFields: {},
      stream: asked.stream ?? false,
    },
    includeUsage: asked.stream_options?.include_usage ?? false,
    echo: asked.echo ? prompt : '',
    dropped: dropped.list(),
  };
}

/** A list of one text is that text. @throws GatewayError 400 for several prompts, tokens, and a prompt that is blank */
function promptOf(prompt: string | readonly unknown[]): string {
  const prompts = typeof prompt === 'string' ? [prompt] : prompt;
  const [first] = prompts;
  if (prompts.some((each) => typeof each === 'number' || Array.isArray(each))) {
    throw wrong('prompt', 'is a list of tokens, which belong to one model of OpenAI’s; send the text itself');
  }
  if (prompts.length > 1) throw wrong('prompt', `has ${prompts.length} texts; send a request for each`);
  if (typeof first !== 'string') throw wrong('prompt', 'is a list without a text; send one text');
  // Models refuse it, each in its own words.
  if (first.trim() === '') throw wrong('prompt', 'is blank; send a text');
  return first;
}
