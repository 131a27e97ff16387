import type { ChatMessage } from '../../../shared/openai/chat.ts';
import { type GatewayError, invalidRequest } from '../../errors.ts';
import { deepestJson } from '../../limits.ts';
import type { AssistantMessage, Message, TextPart, ToolCallPart } from '../../model/request.ts';
import type { DroppedFields } from './fields.ts';

const fieldsOf: Readonly<Record<ChatMessage['role'], readonly string[]>> = {
  system: ['role', 'content'],
  developer: ['role', 'content'],
  user: ['role', 'content'],
  assistant: ['role', 'content', 'refusal', 'tool_calls'],
  tool: ['role', 'content', 'tool_call_id'],
};

/** The leading system texts, and everything after them. @throws GatewayError 400 naming the field. */
export function decodeMessages(
  chat: readonly ChatMessage[],
  dropped: DroppedFields,
): { readonly system: readonly TextPart[]; readonly messages: readonly Message[] } {
  const system: TextPart[] = [];
  const messages: Message[] = [];
  for (const [index, message] of chat.entries()) {
    const decoded = decodeMessage(message, `messages[${index}]`, dropped);
    if (decoded.role === 'system' && messages.length === 0) system.push(...decoded.content);
    else messages.push(decoded);
  }
  return { system, messages };
}

function decodeMessage(message: ChatMessage, path: string, dropped: DroppedFields): Message {
  const { role } = message;
  const decoded = role === 'assistant' ? decodeAssistant(message, path, dropped) : decodeOther(message, path, dropped);
  dropped.addUnknown(message, fieldsOf[role], 'messages');
  return decoded;
}

function decodeOther(message: ChatMessage, path: string, dropped: DroppedFields): Message {
  const { role } = message;
  if (message.content === undefined || message.content === null) {
    throw invalidRequest(`${path}.content: is missing; send a text.`, `${path}.content`);
  }
  const content = decodeContent(message.content, `${path}.content`, dropped);
  if (role === 'system' || role === 'developer') return { role: 'system', content };
  if (role === 'user') return { role: 'user', content };
  const toolCallId = message.tool_call_id;
  if (!toolCallId) {
    const param = `${path}.tool_call_id`;
    throw invalidRequest(`${param}: is missing; name the tool call this message answers.`, param);
  }
  return { role: 'user', content: [{ type: 'tool-result', toolCallId, content, isError: false }] };
}

function decodeAssistant(message: ChatMessage, path: string, dropped: DroppedFields): AssistantMessage {
  for (const field of ['function_call', 'audio']) {
    const value = message[field];
    if (value !== undefined && value !== null) {
      throw invalidRequest(`${path}.${field}: is not taken back; leave it out.`, `${path}.${field}`);
    }
  }
  const content = message.content ? decodeContent(message.content, `${path}.content`, dropped) : [];
  const refusal = message['refusal'];
  const texts = typeof refusal === 'string' ? [...content, textPart(refusal)] : content;
  return { role: 'assistant', content: [...texts, ...decodeToolCalls(message, path, dropped)] };
}

/** Accumulated streams leave an `index` in their calls; the order says the same. */
function decodeToolCalls({ tool_calls }: ChatMessage, path: string, dropped: DroppedFields): ToolCallPart[] {
  return (tool_calls ?? []).map((call, index) => {
    dropped.addUnknown(call, ['id', 'type', 'function', 'index'], 'messages.tool_calls');
    dropped.addUnknown(call.function, ['name', 'arguments'], 'messages.tool_calls.function');
    const param = `${path}.tool_calls[${index}].function.arguments`;
    const input = decodeArguments(call.function.arguments, param, dropped);
    return { type: 'tool-call', id: call.id, name: call.function.name, input };
  });
}

/** Arguments as models write them: nothing at all means none; a bare value cannot be kept. */
function decodeArguments(text: string, param: string, dropped: DroppedFields): Record<string, unknown> {
  const parsed = text.trim() === '' ? null : parseArguments(text, param);
  // The body's own limit does not see into a text, and writing deep objects overflows the stack.
  if (isDeeperThan(deepestJson, parsed)) {
    throw invalidRequest(`${param}: is nested deeper than ${deepestJson} levels; send flatter arguments.`, param);
  }
  if (isObject(parsed)) return parsed;
  if (parsed !== null && parsed !== '') dropped.add('messages.tool_calls.function.arguments');
  return {};
}

function parseArguments(text: string, param: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest(`${param}: is not JSON; send the arguments as the model wrote them.`, param);
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeContent(content: string | readonly unknown[], path: string, dropped: DroppedFields): TextPart[] {
  if (typeof content === 'string') return [textPart(content)];
  return content.map((part, index) => decodePart(part, `${path}[${index}]`, dropped));
}

/** Which field has the text: OpenAI's own kinds, and the one of Responses that Cursor sends here. */
const textFields: Readonly<Record<string, string>> = { text: 'text', input_text: 'text', refusal: 'refusal' };

function decodePart(part: unknown, path: string, dropped: DroppedFields): TextPart {
  if (!isObject(part)) throw invalidRequest(`${path}: is not a content part; send {"type":"text","text":…}.`, path);
  const { type } = part;
  const field = typeof type === 'string' && Object.hasOwn(textFields, type) ? textFields[type] : undefined;
  if (field === undefined) throw unsupportedPart(type, path);
  const text = part[field];
  if (typeof text !== 'string') {
    throw invalidRequest(`${path}.${field}: is not a text; send one.`, `${path}.${field}`);
  }
  dropped.addUnknown(part, ['type', field], 'messages.content');
  return textPart(text);
}

const laterParts: readonly unknown[] = ['image_url', 'input_audio', 'file'];

function unsupportedPart(type: unknown, path: string): GatewayError {
  const param = `${path}.type`;
  if (laterParts.includes(type)) {
    return invalidRequest(`${param}: ${type} parts are not available yet; send text.`, param, 'unsupported_content');
  }
  if (typeof type === 'string') {
    return invalidRequest(`${param}: is no kind of content; send "text".`, param, 'unsupported_content');
  }
  return invalidRequest(`${param}: is missing; send "text".`, param);
}

function textPart(text: string): TextPart {
  return { type: 'text', text };
}
