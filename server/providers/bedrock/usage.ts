import { optimizedTier, type Usage } from '../../model/usage.ts';
import { type JsonObject, listAt, numberAt, objectAt, textAt } from './json.ts';

/** Token counts are whole and never negative, whatever comes. */
function tokensAt(value: unknown, name: string): number {
  return Math.max(0, Math.round(numberAt(value, name) ?? 0));
}

/** The tier by which an answer or a stream's metadata is priced. */
export function tierOf(answer: unknown): string | undefined {
  const latency = textAt(objectAt(answer, 'performanceConfig'), 'latency');
  return latency === 'optimized' ? optimizedTier : textAt(objectAt(answer, 'serviceTier'), 'type');
}

/**
 * Converse's `usage`. `inputTokens` leaves cached tokens out. Where AWS counts them in all the same, which `countsCached`
 * says of a model, or a total that is not the sum of its parts, they are taken off. Cache writes are split by
 * `cacheDetails` where their sum agrees, and count as 5-minute writes otherwise.
 * @param reasoningTokens as the model's own answer says, see `reasoningTokensOf`
 */
export function decodeUsage(
  raw: unknown,
  tier: string | undefined,
  countsCached: boolean,
  reasoningTokens?: number,
): Usage {
  const read = tokensAt(raw, 'cacheReadInputTokens');
  const written = tokensAt(raw, 'cacheWriteInputTokens');
  const output = tokensAt(raw, 'outputTokens');
  const told = tokensAt(raw, 'inputTokens');
  const total = numberAt(raw, 'totalTokens');
  const isSum = total === undefined || total === told + read + written + output;
  const hasCached = (countsCached || !isSum) && told >= read + written;
  const writtenFor1h = hourlyWrites(raw, written);
  return {
    inputTokens: hasCached ? told - read - written : told,
    cacheReadTokens: read,
    cacheWrite5mTokens: written - writtenFor1h,
    cacheWrite1hTokens: writtenFor1h,
    outputTokens: output,
    // A share of the output, whatever comes.
    reasoningTokens: reasoningTokens === undefined ? undefined : Math.min(reasoningTokens, output),
    tier,
    raw,
  };
}

/**
 * The usage of Anthropic's own answers, whose `input_tokens` leaves cached tokens out. Cache writes are split by
 * `cache_creation` where its sum agrees, and count as 5-minute writes otherwise.
 */
export function decodeClaudeUsage(raw: JsonObject, tier: string | undefined): Usage {
  const written = tokensAt(raw, 'cache_creation_input_tokens');
  const split = raw['cache_creation'];
  const [short, long] = [tokensAt(split, 'ephemeral_5m_input_tokens'), tokensAt(split, 'ephemeral_1h_input_tokens')];
  const hourly = short + long === written ? long : 0;
  const thought = numberAt(raw['output_tokens_details'], 'thinking_tokens');
  const output = tokensAt(raw, 'output_tokens');
  return {
    inputTokens: tokensAt(raw, 'input_tokens'),
    cacheReadTokens: tokensAt(raw, 'cache_read_input_tokens'),
    cacheWrite5mTokens: written - hourly,
    cacheWrite1hTokens: hourly,
    outputTokens: output,
    reasoningTokens: thought === undefined ? undefined : Math.min(Math.max(0, Math.round(thought)), output),
    tier,
    raw,
  };
}

/** Where Claude says how much it thought; Converse's own usage does not. Asked for in additionalModelResponseFieldPaths. */
export const reasoningTokensPath = '/usage/output_tokens_details';

/**
 * The tokens thought, from the `additionalModelResponseFields` of an answer or a messageStop; undefined where nothing is
 * said. Claude's word is `thinking_tokens`, OpenAI's `reasoning_tokens`.
 */
export function reasoningTokensOf(holder: unknown): number | undefined {
  const usage = objectAt(objectAt(holder, 'additionalModelResponseFields'), 'usage');
  const details = objectAt(usage, 'output_tokens_details');
  const tokens = numberAt(details, 'thinking_tokens') ?? numberAt(details, 'reasoning_tokens');
  return tokens === undefined ? undefined : Math.max(0, Math.round(tokens));
}

function hourlyWrites(raw: unknown, written: number): number {
  const details = listAt(raw, 'cacheDetails');
  const sumOf = (entries: readonly unknown[]) =>
    entries.reduce<number>((sum, each) => sum + tokensAt(each, 'inputTokens'), 0);
  if (sumOf(details) !== written) return 0;
  return sumOf(details.filter((entry) => textAt(entry, 'ttl') === '1h'));
}
