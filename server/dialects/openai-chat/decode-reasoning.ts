import type { ChatMessage } from '../../../shared/openai/chat.ts';
import type { ReasoningPart, RedactedReasoningPart } from '../../model/request.ts';
import { thinkingPart } from '../decode-content.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { optionalText, type Reading, requireText, wrong } from '../reading.ts';

type Thought = ReasoningPart | RedactedReasoningPart;

/** The fields of an assistant message that may tell what it thought. */
export const reasoningFields = [
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'thinking_blocks',
  'content_blocks',
] as const;

export function tellsThoughts(message: ChatMessage): boolean {
  return reasoningFields.some((name) => message[name] !== undefined && message[name] !== null);
}

/**
 * What the model thought in an earlier turn, byte for byte, from whichever field says most of it: our own (and
 * OpenRouter's) `reasoning_details`, LiteLLM's `thinking_blocks`, Portkey's `content_blocks`, else the plain text, which
 * repeats the others and has no signature.
 * @throws GatewayError 400 naming the member
 */
export function decodeReasoning(message: ChatMessage, path: string, reading: Reading): Thought[] {
  const details = mergeDetails(listOf(message, 'reasoning_details', path), `${path}.reasoning_details`, reading);
  if (details.length > 0) return details;
  for (const name of ['thinking_blocks', 'content_blocks']) {
    const thoughts = listOf(message, name, path).flatMap((block, index) =>
      isThinking(block) ? [thinkingPart(block, `${path}.${name}[${index}]`)] : [],
    );
    if (thoughts.length > 0) return thoughts;
  }
  const text = optionalText(message, 'reasoning_content', path) || optionalText(message, 'reasoning', path);
  return text ? [{ type: 'reasoning', text, signature: undefined }] : [];
}

/** Portkey's blocks repeat the answer's texts and calls beside its thoughts. */
function isThinking(block: JsonObject): boolean {
  return block['type'] === 'thinking' || block['type'] === 'redacted_thinking';
}

function listOf(message: ChatMessage, name: string, path: string): JsonObject[] {
  const value = message[name] ?? [];
  if (!Array.isArray(value)) throw wrong(`${path}.${name}`, 'is a list');
  return value.map((entry: unknown, index) => {
    if (!isObject(entry)) throw wrong(`${path}.${name}[${index}]`, 'is not an object; send the entry as it came');
    return entry;
  });
}

/**
 * A client that gathers a stream by appending has each block in pieces, so pieces with one `index` are one block: their
 * texts follow each other, and the signature comes last.
 */
function mergeDetails(details: readonly JsonObject[], path: string, reading: Reading): Thought[] {
  const thoughts: Thought[] = [];
  const texts = new Map<unknown, number>();
  for (const [order, detail] of details.entries()) {
    reading.dropped.addUnknown(detail, knownInDetails, 'messages.reasoning_details');
    const at = `${path}[${order}]`;
    const thought = decodeDetail(detail, at);
    const { index } = detail;
    const place = typeof index === 'number' && thought.type === 'reasoning' ? texts.get(index) : undefined;
    const earlier = place === undefined ? undefined : thoughts[place];
    if (place !== undefined && earlier?.type === 'reasoning' && thought.type === 'reasoning') {
      const text = earlier.text + thought.text;
      thoughts[place] = { type: 'reasoning', text, signature: thought.signature ?? earlier.signature };
      continue;
    }
    if (thought.type === 'reasoning') texts.set(index, thoughts.length);
    thoughts.push(thought);
  }
  return thoughts;
}

/** `id` and `format` are OpenRouter's. */
const knownInDetails: readonly string[] = ['type', 'text', 'signature', 'data', 'summary', 'index', 'id', 'format'];

function decodeDetail(detail: JsonObject, path: string): Thought {
  switch (detail['type']) {
    case 'reasoning.text': {
      const signature = optionalText(detail, 'signature', path) || undefined;
      return { type: 'reasoning', text: optionalText(detail, 'text', path) ?? '', signature };
    }
    case 'reasoning.summary':
      return { type: 'reasoning', text: requireText(detail, 'summary', path), signature: undefined };
    case 'reasoning.encrypted':
      return { type: 'redacted-reasoning', data: requireText(detail, 'data', path) };
    default:
      throw wrong(`${path}.type`, 'is "reasoning.text" or "reasoning.encrypted"; send the entry as it came');
  }
}
