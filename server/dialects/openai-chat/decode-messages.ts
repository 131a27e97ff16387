import type { ChatMessage } from '../../../shared/openai/chat.ts';
import { invalidRequest } from '../../errors.ts';
import type { AssistantMessage, Message, TextPart, UserMessage } from '../../model/request.ts';
import { decodeContent, inAssistant, inSystem, inToolResult, inUser, markLast, textPart } from '../decode-content.ts';
import type { JsonObject } from '../json-object.ts';
import { cacheAfterOf, optionalText, type Reading, requireObject, requireText, wrong } from '../reading.ts';
import type { CallHistory } from './call-history.ts';
import { decodeReasoning, reasoningFields, tellsThoughts } from './decode-reasoning.ts';
import { decodeFunctionCall, decodeToolCalls } from './decode-tool-calls.ts';

const fieldsOf: Readonly<Record<ChatMessage['role'], readonly string[]>> = {
  system: ['role', 'content', 'cache_control'],
  developer: ['role', 'content', 'cache_control'],
  user: ['role', 'content', 'cache_control'],
  assistant: ['role', 'content', 'refusal', 'tool_calls', 'function_call', 'cache_control', ...reasoningFields],
  // `name` says no more than the call does that this answers.
  tool: ['role', 'content', 'tool_call_id', 'name', 'is_error', 'status', 'cache_control'],
  function: ['role', 'content', 'name', 'cache_control'],
};

/** The leading system texts, and everything after them. */
export interface Conversation {
  readonly system: TextPart[];
  readonly messages: Message[];
}

/** Adds one message of the waist. */
export function addMessage({ system, messages }: Conversation, message: Message): void {
  if (message.role === 'system' && messages.length === 0) for (const part of message.content) system.push(part);
  else messages.push(message);
}

/** Anthropic's `cache_control` of the request itself: the whole prompt is to be cached. */
export function markEnd(conversation: Conversation, request: JsonObject, reading: Reading): Conversation {
  const { cacheAfter } = cacheAfterOf(request, '', reading);
  const last = conversation.messages.at(-1);
  if (cacheAfter === undefined || !last) return conversation;
  return { ...conversation, messages: [...conversation.messages.slice(0, -1), marked(last, cacheAfter)] };
}

function marked(message: Message, ttl: '5m' | '1h'): Message {
  if (message.role === 'system') return { role: 'system', content: markLast([...message.content], ttl) };
  if (message.role === 'user') return { role: 'user', content: markLast([...message.content], ttl) };
  return { role: 'assistant', content: markLast([...message.content], ttl) };
}

/** One message as the waist has it. @throws GatewayError 400 naming the field. */
export function decodeMessage(message: ChatMessage, path: string, reading: Reading, history: CallHistory): Message {
  const { role } = message;
  const plain = decodePlain(message);
  if (plain) return plain;
  const decoded =
    role === 'assistant'
      ? decodeAssistant(message, path, reading, history)
      : decodeOther(message, path, reading, history);
  reading.dropped.addUnknown(message, fieldsOf[role], 'messages');
  return decoded;
}

/** What nearly every message is: a role and a text, and nothing else that would have to be looked at. */
function decodePlain(message: ChatMessage): Message | undefined {
  const { role, content } = message;
  if (typeof content !== 'string' || role === 'tool' || role === 'function') return undefined;
  for (const name in message) if (name !== 'role' && name !== 'content') return undefined;
  // An assistant's empty text says nothing, as null does.
  if (role === 'assistant') return { role, content: content === '' ? [] : [textPart(content)] };
  return { role: role === 'developer' ? 'system' : role, content: [textPart(content)] };
}

function decodeOther(message: ChatMessage, path: string, reading: Reading, history: CallHistory): Message {
  const { role } = message;
  const said = message.content ?? (role === 'function' ? '' : undefined);
  if (said === undefined) {
    throw invalidRequest(`${path}.content: is missing; send a text.`, `${path}.content`);
  }
  const { cacheAfter } = cacheAfterOf(message, path, reading);
  const at = `${path}.content`;
  if (role === 'system' || role === 'developer') {
    return { role: 'system', content: markLast(decodeContent(said, at, inSystem, reading), cacheAfter) };
  }
  if (role === 'user') {
    const content = markLast(decodeContent(said, at, inUser, reading), cacheAfter);
    return { role: 'user', content: history.complete(content) };
  }
  return decodeResult(message, said, path, reading, history);
}

function decodeResult(
  message: ChatMessage,
  said: string | readonly unknown[],
  path: string,
  reading: Reading,
  history: CallHistory,
): UserMessage {
  const toolCallId =
    message.role === 'function'
      ? history.answerFunctionCall(requireText(message, 'name', path), path)
      : message.tool_call_id;
  if (!toolCallId) {
    throw wrong(`${path}.tool_call_id`, 'is missing; name the tool call this message answers');
  }
  const content = decodeContent(said, `${path}.content`, inToolResult, reading);
  // Anthropic's mark, and LangChain's.
  const isError = message['is_error'] === true || message['status'] === 'error';
  const mark = cacheAfterOf(message, path, reading);
  return { role: 'user', content: history.complete([{ type: 'tool-result', toolCallId, content, isError, ...mark }]) };
}

function decodeAssistant(message: ChatMessage, path: string, reading: Reading, history: CallHistory): AssistantMessage {
  if (message['audio'] !== undefined && message['audio'] !== null) {
    throw invalidRequest(`${path}.audio: is not taken back; leave it out.`, `${path}.audio`);
  }
  const { tool_calls: calls, function_call: call } = message;
  const refusal = optionalText(message, 'refusal', path);
  const said = message.content ? decodeContent(message.content, `${path}.content`, inAssistant, reading) : [];
  const hasThought = said.some(({ type }) => type === 'reasoning' || type === 'redacted-reasoning');
  const content = [
    ...(hasThought || !tellsThoughts(message) ? [] : decodeReasoning(message, path, reading)),
    ...said,
    ...(refusal ? [textPart(refusal)] : []),
    ...(calls ? decodeToolCalls(calls, `${path}.tool_calls`, reading, history) : []),
    ...(call
      ? decodeFunctionCall(requireObject(message, 'function_call', path), `${path}.function_call`, reading, history)
      : []),
  ];
  return { role: 'assistant', content: markLast(content, cacheAfterOf(message, path, reading).cacheAfter) };
}
