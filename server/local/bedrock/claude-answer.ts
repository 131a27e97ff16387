import { createHash } from 'node:crypto';
import type { Answer, AnswerBlock } from './answer.ts';
import type { ModelCall } from './call.ts';
import { findSignature } from './converse.ts';
import { memberOf } from './json.ts';
import { sealReasoning } from './reasoning.ts';
import type { CitationScript } from './script.ts';
import { padding, type StreamEvent } from './stream-events.ts';

// InvokeModel's answers of Claude: a message of Anthropic's API, or its events, one in each chunk of the stream.

type Json = Readonly<Record<string, unknown>>;

/** The whole answer. */
export function encodeMessage(call: ModelCall, answer: Answer): Json {
  const content = sentBlocks(answer).map((block) => toBlock(call, block));
  return { ...headOf(call), content, ...endOf(answer), usage: usageOf(answer), ...guardrailOf(answer) };
}

/** The events of a stream. What the service itself adds stands in the last. */
export function createMessageEvents(call: ModelCall, answer: Answer, latencyMs: number): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  const add = (type: string, members: Json, part?: StreamEvent['part']) => {
    const bytes = Buffer.from(JSON.stringify({ type, ...members })).toString('base64');
    const payload = JSON.stringify({ bytes, p: padding(events.length) });
    events.push({ type: 'chunk', payload, ...(part && { part }) });
  };
  const usage = usageOf(answer);
  const stopped = { stop_reason: null, stop_sequence: null };
  add('message_start', {
    message: { ...headOf(call), content: [], ...stopped, usage: { ...usage, output_tokens: 1 } },
  });
  for (const [index, block] of sentBlocks(answer).entries()) {
    add('content_block_start', { index, content_block: toStart(block) });
    for (const delta of deltasOf(call, block)) add('content_block_delta', { index, delta }, 'chunk');
    add('content_block_stop', { index });
  }
  add('message_delta', { delta: endOf(answer), usage }, 'stop');
  add('message_stop', { 'amazon-bedrock-invocationMetrics': metricsOf(answer, latencyMs), ...guardrailOf(answer) });
  return events;
}

function sentBlocks({ blocks }: Answer): readonly AnswerBlock[] {
  return blocks.filter(({ kind, pieces }) => kind === 'tool' || kind === 'native' || pieces.length > 0);
}

function headOf({ model, promptTokens, native }: ModelCall): Json {
  const hash = createHash('sha256')
    .update(`${promptTokens} ${JSON.stringify(native)}`)
    .digest('base64url');
  return { model: model.alias, id: `msg_bdrk_${hash.slice(0, 24)}`, type: 'message', role: 'assistant' };
}

/** A guardrail that intervenes leaves Claude's own word (NousResearch/hermes-agent#107815). */
function endOf({ stopReason, responseFields }: Answer): Json {
  return {
    stop_reason: stopReason === 'guardrail_intervened' ? 'end_turn' : stopReason,
    stop_sequence: memberOf(responseFields, 'stop_sequence') ?? null,
  };
}

function guardrailOf({ stopReason, trace }: Answer): Json {
  if (stopReason !== 'guardrail_intervened' && !trace) return {};
  const action = stopReason === 'guardrail_intervened' ? 'INTERVENED' : 'NONE';
  return { 'amazon-bedrock-guardrailAction': action, ...(trace && { 'amazon-bedrock-trace': trace }) };
}

function usageOf({ usage, responseFields }: Answer): Json {
  const { inputTokens, outputTokens, cacheReadInputTokens: read = 0, cacheWriteInputTokens: written = 0 } = usage;
  const hourly = (usage.cacheDetails ?? [])
    .filter(({ ttl }) => ttl === '1h')
    .reduce((sum, { inputTokens: tokens }) => sum + tokens, 0);
  const own = memberOf(responseFields, 'usage');
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written - hourly, ephemeral_1h_input_tokens: hourly },
    output_tokens: outputTokens,
    ...(typeof own === 'object' ? own : {}),
  };
}

function metricsOf({ usage }: Answer, latencyMs: number): Json {
  return {
    inputTokenCount: usage.inputTokens,
    outputTokenCount: usage.outputTokens,
    cacheReadInputTokenCount: usage.cacheReadInputTokens ?? 0,
    cacheWriteInputTokenCount: usage.cacheWriteInputTokens ?? 0,
    invocationLatency: latencyMs,
    firstByteLatency: latencyMs,
  };
}

function toStart(block: AnswerBlock): Json {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: '', ...(block.citations && { citations: [] }) };
    case 'tool':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
    case 'reasoning':
      return block.sealed
        ? { type: 'redacted_thinking', data: sealReasoning(block.pieces.join('')) }
        : { type: 'thinking', thinking: '', signature: '' };
    case 'native':
      return block.block;
  }
}

function deltasOf(call: ModelCall, block: AnswerBlock): readonly Json[] {
  const { kind, pieces } = block;
  if (kind === 'native' || (kind === 'reasoning' && block.sealed)) return [];
  if (kind === 'tool') return pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
  if (kind === 'text') {
    const citations = (block.citations ?? []).map((each) => ({ type: 'citations_delta', citation: toCitation(each) }));
    return [...pieces.map((text) => ({ type: 'text_delta', text })), ...citations];
  }
  const signature = findSignature(call, pieces.join('')) ?? '';
  return [...pieces.map((thinking) => ({ type: 'thinking_delta', thinking })), { type: 'signature_delta', signature }];
}

function toBlock(call: ModelCall, block: AnswerBlock): Json {
  const whole = block.pieces.join('');
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: whole, ...(block.citations && { citations: block.citations.map(toCitation) }) };
    case 'tool':
      return { ...toStart(block), input: JSON.parse(whole || '{}') };
    case 'reasoning':
      return block.sealed
        ? toStart(block)
        : { type: 'thinking', thinking: whole, signature: findSignature(call, whole) ?? '' };
    case 'native':
      return block.block;
  }
}

/** A citation in Anthropic's words. */
function toCitation({ text, title, source, index = 0, start = 0, end = 0 }: CitationScript): Json {
  if (source !== undefined) {
    const place = { search_result_index: index, start_block_index: start, end_block_index: end };
    return { type: 'search_result_location', cited_text: text, source, title: title ?? null, ...place };
  }
  const place = { document_index: index, start_char_index: start, end_char_index: end };
  return { type: 'char_location', cited_text: text, document_title: title ?? null, file_id: null, ...place };
}
