import { createHash } from 'node:crypto';
import type { ModelCall } from './call.ts';
import { createDefaultText, createForcedToolCall, createStructuredText, fillerWords } from './default-answer.ts';
import { byteLengthOf, cutAtSequence, cutToBytes, splitEvenly, splitWords } from './pieces.ts';
import type { CacheUse } from './prompt-cache.ts';
import type { ChosenScript, Script } from './script.ts';
import { bytesOfTokens, tokensOf } from './usage.ts';

const wordsPerPiece = 4;
const bytesPerPiece = 1024;
const piecesPerToolCall = 4;

export type AnswerBlock =
  | { readonly kind: 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'reasoning'; readonly pieces: readonly string[] }
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
  /** The sequence that ended it, where the request asked to be told. */
  readonly stopSequence: string | undefined;
  readonly usage: Usage;
}

export function createAnswer(call: ModelCall, chosen: ChosenScript | undefined, cache: CacheUse): Answer {
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
  const tellsSequence = (call.body.additionalModelResponseFieldPaths ?? []).includes('/stop_sequence');
  return {
    blocks,
    stopReason: chosen?.script.stopReason ?? naturalReason,
    stopSequence: tellsSequence ? sequence : undefined,
    usage: countUsage(call, blocks, cache, chosen?.script.usage),
  };
}

function draftBlocks(call: ModelCall, chosen: ChosenScript | undefined): readonly AnswerBlock[] {
  const script = chosen?.script ?? {};
  const blocks: AnswerBlock[] = [];
  if (script.reasoning !== undefined) blocks.push({ kind: 'reasoning', pieces: toPieces(script.reasoning) });
  const text = draftText(script);
  if (text) blocks.push({ kind: 'text', pieces: text });
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
  const isScripted = text !== undefined || script.toolCalls !== undefined;
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
  const hasCache = call.model.capabilities.promptCaching || read + write > 0;
  return {
    ...(details.length > 0 && { cacheDetails: details }),
    ...(hasCache && { cacheReadInputTokens: read, cacheWriteInputTokens: write }),
    inputTokens,
    outputTokens,
    totalTokens: overrides?.totalTokens ?? inputTokens + outputTokens + read + write,
  };
}
