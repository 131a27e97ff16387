import { createHash } from 'node:crypto';
import type { ModelCall } from './call.ts';
import { createDefaultText, createForcedToolCall, createStructuredText, fillerWords } from './default-answer.ts';
import { applyGuardrail, type GuardrailUse } from './guardrail.ts';
import { byteLengthOf, cutAtSequence, cutToBytes, splitEvenly, splitWords } from './pieces.ts';
import type { CacheUse } from './prompt-cache.ts';
import { selectResponseFields } from './response-fields.ts';
import type { ChosenScript, CitationScript, Script } from './script.ts';
import { defaultReasoning, showsReasoning } from './thinking.ts';
import { bytesOfTokens, tokensOf } from './usage.ts';

const wordsPerPiece = 4;
const bytesPerPiece = 1024;
const piecesPerToolCall = 4;

export type AnswerBlock =
  | { readonly kind: 'text'; readonly pieces: readonly string[]; readonly citations?: readonly CitationScript[] }
  /** In the words of the model's own API; it has no pieces. */
  | { readonly kind: 'native'; readonly pieces: readonly string[]; readonly block: Readonly<Record<string, unknown>> }
  | { readonly kind: 'reasoning'; readonly pieces: readonly string[]; readonly sealed: boolean }
  | { readonly kind: 'tool'; readonly pieces: readonly string[]; readonly id: string; readonly name: string };

interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
  readonly cacheDetails?: readonly { readonly ttl: string; readonly inputTokens: number }[];
}

/** A whole answer, cut into the pieces in which it is streamed. */
export interface Answer {
  readonly blocks: readonly AnswerBlock[];
  readonly stopReason: string;
  /** What the request asked for of the model's own answer. */
  readonly responseFields: unknown;
  readonly usage: Usage;
  /** What the guardrail of the request found, where the request asked to be told. */
  readonly trace: GuardrailUse['trace'];
  /** The service tier that answered, where the request or a script names one. */
  readonly serviceTier: string | undefined;
}

export function createAnswer(call: ModelCall, chosen: ChosenScript | undefined, cache: CacheUse): Answer {
  const scriptedUsage = chosen?.script.usage;
  const guardrail = applyGuardrail(call, chosen?.script.guardrail);
  const shared = {
    trace: guardrail?.trace,
    serviceTier: chosen?.script.serviceTier ?? call.body.serviceTier?.type ?? undefined,
  };
  if (guardrail?.blockedText !== undefined) {
    const blocks: readonly AnswerBlock[] = [{ kind: 'text', pieces: toPieces(guardrail.blockedText) }];
    const usage = guardrail.blockedPrompt
      ? countUsage(call, blocks, { readTokens: 0, writes: [] }, { inputTokens: 0, outputTokens: 0, ...scriptedUsage })
      : countUsage(call, blocks, cache, scriptedUsage);
    return { blocks, stopReason: 'guardrail_intervened', responseFields: undefined, usage, ...shared };
  }
  const draft = draftBlocks(call, chosen);
  const stopped = stopAtSequence(draft, call.body.inferenceConfig?.stopSequences ?? []);
  const { blocks, isCut } = cutToLimit(stopped.blocks, call);
  const sequence = isCut ? undefined : stopped.sequence;
  const usesTool = blocks.some(({ kind }) => kind === 'tool');
  const naturalReason = isCut
    ? 'max_tokens'
    : sequence === undefined
      ? usesTool
        ? 'tool_use'
        : 'end_turn'
      : 'stop_sequence';
  return {
    blocks,
    stopReason: chosen?.script.stopReason ?? naturalReason,
    responseFields: selectOwnFields(call, blocks, sequence, scriptedUsage?.thinkingTokens),
    usage: countUsage(call, blocks, cache, scriptedUsage),
    ...shared,
  };
}

/** What the request asks for of the answer in the words of the model's own API; only Claude's is known. */
function selectOwnFields(
  { body, model }: ModelCall,
  blocks: readonly AnswerBlock[],
  sequence: string | undefined,
  scripted: number | undefined,
): unknown {
  const paths = body.additionalModelResponseFieldPaths ?? [];
  if (paths.length === 0 || model.maker !== 'anthropic') return undefined;
  const thoughts = blocks.filter(({ kind }) => kind === 'reasoning');
  const bytes = thoughts.reduce((sum, { pieces }) => sum + byteLengthOf(pieces), 0);
  const thinkingTokens = scripted ?? (bytes > 0 ? tokensOf({ bytes, images: 0 }) : undefined);
  const usage = thinkingTokens !== undefined && { output_tokens_details: { thinking_tokens: thinkingTokens } };
  return selectResponseFields({ stop_sequence: sequence, ...(usage && { usage }) }, paths);
}

function draftBlocks(call: ModelCall, chosen: ChosenScript | undefined): readonly AnswerBlock[] {
  const script = chosen?.script ?? {};
  const blocks: AnswerBlock[] = [];
  const text = draftText(script);
  const isScripted = text !== undefined || script.toolCalls !== undefined;
  const reasoning = script.reasoning ?? (!isScripted && showsReasoning(call) ? defaultReasoning : undefined);
  if (reasoning !== undefined) {
    blocks.push({ kind: 'reasoning', pieces: toPieces(reasoning), sealed: script.redacted === true });
  }
  if (text) blocks.push({ kind: 'text', pieces: text, ...(script.citations && { citations: script.citations }) });
  for (const block of script.blocks ?? []) blocks.push({ kind: 'native', pieces: [], block });
  for (const [index, toolCall] of (script.toolCalls ?? []).entries()) {
    const json = typeof toolCall.input === 'string' ? toolCall.input : JSON.stringify(toolCall.input);
    const id = toolCall.id ?? createToolUseId(call, `${chosen?.key ?? ''} ${index}`);
    blocks.push({
      kind: 'tool',
      pieces: splitEvenly(json, toolCall.chunks ?? piecesPerToolCall),
      id,
      name: toolCall.name,
    });
  }
  return isScripted ? blocks : [...blocks, draftDefault(call)];
}

function draftText({ text, bytes, chunks }: Script): readonly string[] | undefined {
  if (text !== undefined) return typeof text === 'string' && chunks ? splitEvenly(text, chunks) : toPieces(text);
  if (bytes !== undefined) {
    const filler = `${fillerWords.join(' ')} `;
    const whole = filler.repeat(Math.ceil(bytes / filler.length)).slice(0, bytes);
    return splitEvenly(whole, chunks ?? Math.ceil(bytes / bytesPerPiece));
  }
  if (chunks === undefined) return undefined;
  return Array.from({ length: chunks }, (_, at) => `${at === 0 ? '' : ' '}${fillerWords[at % fillerWords.length]}`);
}

function draftDefault(call: ModelCall): AnswerBlock {
  const forced = createForcedToolCall(call);
  if (forced) {
    const pieces = splitEvenly(JSON.stringify(forced.input), piecesPerToolCall);
    return { kind: 'tool', pieces, id: createToolUseId(call, forced.name), name: forced.name };
  }
  return { kind: 'text', pieces: splitWords(createStructuredText(call) ?? createDefaultText(call), wordsPerPiece) };
}

function toPieces(text: string | readonly string[]): readonly string[] {
  return typeof text === 'string' ? splitWords(text, wordsPerPiece) : text.filter((piece) => piece !== '');
}

/** As the service's: `tooluse_` and 22 characters; the same for the same request. */
function createToolUseId(call: ModelCall, seed: string): string {
  const hash = createHash('sha256').update(`${call.body.messages?.length ?? 0} ${call.promptTokens} ${seed}`);
  return `tooluse_${hash.digest('base64url').slice(0, 22)}`;
}

function stopAtSequence(
  blocks: readonly AnswerBlock[],
  sequences: readonly string[],
): { readonly blocks: readonly AnswerBlock[]; readonly sequence?: string } {
  if (sequences.length === 0) return { blocks };
  for (const [index, block] of blocks.entries()) {
    const cut = block.kind === 'text' ? cutAtSequence(block.pieces, sequences) : undefined;
    if (cut) {
      return { blocks: [...blocks.slice(0, index), { kind: 'text', pieces: cut.pieces }], sequence: cut.sequence };
    }
  }
  return { blocks };
}

function cutToLimit(
  blocks: readonly AnswerBlock[],
  { body, model }: ModelCall,
): { readonly blocks: readonly AnswerBlock[]; readonly isCut: boolean } {
  const limit = body.inferenceConfig?.maxTokens ?? model.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  let left = bytesOfTokens(limit);
  for (const [index, block] of blocks.entries()) {
    const length = byteLengthOf(block.pieces);
    if (length > left) {
      return { blocks: [...blocks.slice(0, index), { ...block, pieces: cutToBytes(block.pieces, left) }], isCut: true };
    }
    left -= length;
  }
  return { blocks, isCut: false };
}

function countUsage(
  call: ModelCall,
  blocks: readonly AnswerBlock[],
  { readTokens, writes }: CacheUse,
  overrides: Script['usage'],
): Usage {
  const bytes = blocks.reduce((sum, { pieces }) => sum + byteLengthOf(pieces), 0);
  const written = writes.reduce((sum, { tokens }) => sum + tokens, 0);
  const read = overrides?.cacheReadInputTokens ?? readTokens;
  const write = overrides?.cacheWriteInputTokens ?? written;
  const inputTokens = overrides?.inputTokens ?? call.promptTokens - readTokens - written;
  const outputTokens = overrides?.outputTokens ?? tokensOf({ bytes, images: 0 });
  const details = overrides?.cacheDetails ?? writes.map(({ ttl, tokens }) => ({ ttl, inputTokens: tokens }));
  const hasCache = call.model.capabilities.promptCaching !== null || read + write > 0;
  return {
    ...(details.length > 0 && { cacheDetails: details }),
    ...(hasCache && { cacheReadInputTokens: read, cacheWriteInputTokens: write }),
    inputTokens,
    outputTokens,
    totalTokens: overrides?.totalTokens ?? inputTokens + outputTokens + read + write,
  };
}
