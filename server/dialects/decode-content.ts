import type {
  AssistantPart,
  CacheTtl,
  MediaPart,
  ReasoningPart,
  RedactedReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from '../model/request.ts';
import { mediaReaders } from './decode-media.ts';
import { disclose } from './enclosed-thinking.ts';
import { isObject, type JsonObject } from './json-object.ts';
import {
  type BlockReader,
  cacheAfterOf,
  cacheFields,
  optionalText,
  type Reading,
  requireName,
  requireObject,
  requireText,
  wrong,
} from './reading.ts';

type Part = UserPart | AssistantPart;

/** What may stand where: a part of another kind is refused. */
interface Place<T extends Part> {
  readonly called: string;
  holds(part: Part): part is T;
}

export const inSystem: Place<TextPart> = {
  called: 'a system message',
  holds: (part): part is TextPart => part.type === 'text',
};
export const inToolResult: Place<TextPart | MediaPart> = {
  called: 'a tool result',
  holds: (part): part is TextPart | MediaPart => inUser.holds(part) && part.type !== 'tool-result',
};
export const inUser: Place<UserPart> = {
  called: 'a user message',
  holds: (part): part is UserPart => !inAssistant.holds(part) || part.type === 'text',
};
const assistantTypes: readonly Part['type'][] = ['text', 'reasoning', 'redacted-reasoning', 'tool-call'];
export const inAssistant: Place<AssistantPart> = {
  called: 'an assistant message',
  holds: (part): part is AssistantPart => assistantTypes.includes(part.type),
};

/** A text, or a list of parts in any shape clients send here. @throws GatewayError 400 naming the part's member */
export function decodeContent<T extends Part>(
  content: string | readonly unknown[],
  path: string,
  place: Place<T>,
  reading: Reading,
): (T | TextPart)[] {
  if (typeof content === 'string') return [textPart(content)];
  return content.flatMap((part, index) => {
    const at = `${path}[${index}]`;
    if (!isObject(part)) throw wrong(at, 'is not a content part; send {"type":"text","text":…}');
    const hold = (decoded: Part): T => {
      if (place.holds(decoded)) return decoded;
      throw wrong(`${at}.type`, `does not stand in ${place.called}; move it to another message`, 'unsupported_content');
    };
    const readOwn = ownReader(part['type'], reading);
    return readOwn ? readOwn(part, at, reading).map(hold) : hold(decodePart(part, at, reading));
  });
}

function ownReader(type: unknown, { blocks }: Reading): BlockReader | undefined {
  return blocks && typeof type === 'string' && Object.hasOwn(blocks, type) ? blocks[type] : undefined;
}

export function textPart(text: string): TextPart {
  return { type: 'text', text };
}

/** The message's own `cache_control`: its last part that can carry a mark carries it. */
export function markLast<T extends Part>(content: T[], ttl: CacheTtl | undefined): T[] {
  if (ttl === undefined) return content;
  const last = content.findLastIndex((part) => part.type !== 'reasoning' && part.type !== 'redacted-reasoning');
  return content.map((part, index) => (index === last ? { ...part, cacheAfter: ttl } : part));
}

function decodePart(part: JsonObject, path: string, reading: Reading): Part {
  const { type } = part;
  if (typeof type !== 'string') throw wrong(`${path}.type`, 'is missing; send "text"');
  const field = Object.hasOwn(textFields, type) ? textFields[type] : undefined;
  if (field !== undefined) return decodeText(part, field, path, reading);
  const readMedia = Object.hasOwn(mediaReaders, type) ? mediaReaders[type] : undefined;
  if (readMedia) return { ...readMedia(part, path, reading), ...cacheAfterOf(part, path, reading) };
  switch (type) {
    case 'tool_use':
      return decodeToolUse(part, path, reading);
    case 'tool_result':
      return decodeToolResult(part, path, reading);
    case 'thinking':
    case 'redacted_thinking':
      reading.dropped.addUnknown(part, ['type', 'thinking', 'signature', 'data'], 'messages.content');
      return thinkingPart(part, path);
    default:
      throw wrong(`${path}.type`, 'is no kind of content; send "text"', 'unsupported_content');
  }
}

/** Which field has the text: OpenAI's own kinds, and those of its Responses that Cursor sends here. */
const textFields: Readonly<Record<string, string>> = {
  text: 'text',
  input_text: 'text',
  output_text: 'text',
  summary_text: 'text',
  refusal: 'refusal',
};

function decodeText(part: JsonObject, field: string, path: string, reading: Reading): TextPart {
  const text = requireText(part, field, path);
  reading.dropped.addUnknown(part, ['type', field, ...cacheFields], 'messages.content');
  return { type: 'text', text, ...cacheAfterOf(part, path, reading) };
}

/** Anthropic's own block, as it also stands in LiteLLM's `thinking_blocks` and Portkey's `content_blocks`. */
export function thinkingPart(part: JsonObject, path: string): ReasoningPart | RedactedReasoningPart {
  if (part['type'] === 'redacted_thinking') {
    return { type: 'redacted-reasoning', data: requireText(part, 'data', path) };
  }
  const text = requireText(part, 'thinking', path);
  return disclose({ type: 'reasoning', text, signature: optionalText(part, 'signature', path) || undefined });
}

function decodeToolUse(part: JsonObject, path: string, reading: Reading): ToolCallPart {
  const known = ['type', 'id', 'name', 'input', 'cache_control', ...(isDirect(part['caller']) ? ['caller'] : [])];
  reading.dropped.addUnknown(part, known, 'messages.content');
  const id = requireName(part, 'id', path);
  const name = requireName(part, 'name', path);
  const input = requireObject(part, 'input', path);
  return { type: 'tool-call', id, name, input, ...cacheAfterOf(part, path, reading) };
}

/** Called by the model itself: every answer says so, and it means nothing. */
function isDirect(caller: unknown): boolean {
  return isObject(caller) && caller['type'] === 'direct';
}

function decodeToolResult(part: JsonObject, path: string, reading: Reading): ToolResultPart {
  reading.dropped.addUnknown(part, ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'], 'messages.content');
  const toolCallId = requireName(part, 'tool_use_id', path);
  const said = part['content'] ?? [];
  if (typeof said !== 'string' && !Array.isArray(said)) {
    throw wrong(`${path}.content`, 'is a text or a list of content parts');
  }
  const content = decodeContent(said, `${path}.content`, inToolResult, reading);
  return {
    type: 'tool-result',
    toolCallId,
    content,
    isError: part['is_error'] === true,
    ...cacheAfterOf(part, path, reading),
  };
}
