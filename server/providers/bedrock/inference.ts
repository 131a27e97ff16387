import type { Capabilities } from '../../catalogue/catalogue.ts';
import type { ProviderCall } from '../provider.ts';
import type { Thinking } from './reasoning.ts';

/** What belongs to Converse's inferenceConfig, and what only the model itself has a name for. */
interface Inference {
  readonly inferenceConfig: { readonly stopSequences?: readonly string[] };
  /** Members of additionalModelRequestFields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Output cap, sampling and stop sequences. Clients always send sampling and their users cannot change that: what the model
 * refuses (alone, or while it thinks) is left out and reported, never refused. The cap is within the model's limits already.
 */
export function encodeInference(
  { request, target, maxOutputTokens }: Pick<ProviderCall, 'request' | 'target' | 'maxOutputTokens'>,
  thinking: Thinking,
  dropped: Set<string>,
): Inference {
  const { capabilities } = target.model;
  const temperature = keptTemperature(request.temperature, capabilities, thinking, dropped);
  const topP = keptTopP(request.topP, request.temperature !== undefined, capabilities, thinking, dropped);
  const stopSequences = keptStops(request.stopSequences, capabilities, dropped);
  return {
    inferenceConfig: {
      ...(thinking.sendsOutputCap && { maxTokens: maxOutputTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...(stopSequences.length > 0 && { stopSequences }),
    },
    fields: {
      ...encodeTopK(request.topK, capabilities, thinking, dropped),
      ...encodeVerbosity(request.verbosity, capabilities, dropped),
    },
  };
}

const noFields: Readonly<Record<string, unknown>> = {};

function keptTemperature(
  asked: number | undefined,
  { sampling }: Capabilities,
  thinking: Thinking,
  dropped: Set<string>,
): number | undefined {
  if (asked === undefined) return undefined;
  // OpenAI's scale ends at 2, Converse's at 1.
  const temperature = Math.min(asked, 1);
  // A Claude that thinks takes 1, which is its default, and nothing else.
  const isTaken =
    sampling !== 'none' && (thinking.sampling === 'free' || (thinking.sampling === 'default' && asked === 1));
  if (!isTaken || temperature !== asked) dropped.add('temperature');
  return isTaken ? temperature : undefined;
}

function keptTopP(
  asked: number | undefined,
  hasTemperature: boolean,
  { sampling }: Capabilities,
  thinking: Thinking,
  dropped: Set<string>,
): number | undefined {
  if (asked === undefined) return undefined;
  const isTaken = sampling === 'both' || (sampling === 'one' && !hasTemperature);
  if (isTaken && thinking.sampling === 'free') return asked;
  dropped.add('top_p');
  return undefined;
}

function keptStops(
  asked: readonly string[],
  { stopSequences: isTaken, blankStopSequences }: Capabilities,
  dropped: Set<string>,
): readonly string[] {
  if (asked.length === 0) return asked;
  // An empty one is refused by Converse itself, whatever the model.
  const taken = isTaken ? asked.filter((text) => (blankStopSequences ? text !== '' : text.trim() !== '')) : [];
  if (taken.length < asked.length) dropped.add('stop');
  return taken;
}

function encodeTopK(
  topK: number | undefined,
  capabilities: Capabilities,
  thinking: Thinking,
  dropped: Set<string>,
): Readonly<Record<string, unknown>> {
  if (topK === undefined) return noFields;
  if (capabilities.topK === 'none' || thinking.sampling !== 'free') {
    dropped.add('top_k');
    return noFields;
  }
  return capabilities.topK === 'nova' ? { inferenceConfig: { topK } } : { top_k: topK };
}

/** GPT's own field, in the place that OpenAI's Responses API has for it. */
function encodeVerbosity(
  verbosity: string | undefined,
  capabilities: Capabilities,
  dropped: Set<string>,
): Readonly<Record<string, unknown>> {
  if (verbosity === undefined) return noFields;
  if (capabilities.verbosity) return { verbosity };
  dropped.add('verbosity');
  return noFields;
}
