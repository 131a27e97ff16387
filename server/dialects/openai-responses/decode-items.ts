import type { ChatMessage } from '../../../shared/openai/chat.ts';
import type { AssistantPart, Message, UserPart } from '../../model/request.ts';
import { textPart } from '../decode-content.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import type { CallHistory } from '../openai-chat/call-history.ts';
import { decodeMessage } from '../openai-chat/decode-messages.ts';
import { optionalText, type Reading, wrong } from '../reading.ts';
import { decodeCallItem, decodeOutputItem, priorPath } from './decode-call-items.ts';
import type { SignedReasoning } from './response-object.ts';
import { toThoughtPart } from './sealed-reasoning.ts';

/** What was sealed for this caller and model; undefined for anything else. */
export type Unseal = (encrypted: string) => SignedReasoning | undefined;

const roles = ['system', 'developer', 'user', 'assistant'] as const;

/** Items of tools that run at OpenAI, of which no model here knows. They are left out and reported. */
export const hostedItems: ReadonlySet<string> = new Set([
  'web_search_call',
  'file_search_call',
  'computer_call',
  'computer_call_output',
  'image_generation_call',
  'code_interpreter_call',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'mcp_call',
  'tool_search_call',
  'tool_search_output',
  'program',
  'program_output',
]);

/**
 * `input` of OpenAI's Responses, a text or a list of items, as messages: what the model wrote in one go is one assistant
 * message, and the results that follow are one user message. Without `unseal` it stands in a chat request (Cursor sends
 * it there for some models), where reasoning, tools and unknown items are only reported.
 * @param priorItems how many of them come from the response before, and have no place in the caller's request
 * @throws GatewayError 400 naming the member
 */
export function* decodeItems(
  input: string | readonly unknown[],
  reading: Reading,
  history: CallHistory,
  unseal?: Unseal,
  priorItems = 0,
): Generator<Message> {
  if (typeof input === 'string') {
    yield { role: 'user', content: [textPart(input)] };
    return;
  }
  let open: OpenTurn | undefined;
  for (const [index, item] of input.entries()) {
    const path = index < priorItems ? priorPath : `input[${index - priorItems}]`;
    if (!isObject(item)) throw wrong(path, 'is not an item; send an object');
    const message = decodeItem(item, path, reading, history, unseal);
    if (!message || (open && joins(open, message))) continue;
    if (open) yield* closed(open, reading);
    open = openOf(message);
    if (message.role === 'system') yield message;
  }
  if (open) yield* closed(open, reading);
}

type OpenTurn =
  | { readonly role: 'assistant'; readonly content: AssistantPart[] }
  | { readonly role: 'user'; readonly content: UserPart[]; readonly hasOnlyResults: boolean };

function openOf(message: Message): OpenTurn | undefined {
  if (message.role === 'system') return undefined;
  if (message.role === 'user') {
    return { role: 'user', content: [...message.content], hasOnlyResults: isResults(message.content) };
  }
  return { role: 'assistant', content: [...message.content] };
}

/** Adds a message to the turn before it, if it belongs there. */
function joins(turn: OpenTurn, message: Message): boolean {
  if (turn.role === 'assistant' && message.role === 'assistant') turn.content.push(...message.content);
  else if (turn.role === 'user' && message.role === 'user' && turn.hasOnlyResults && isResults(message.content)) {
    turn.content.push(...message.content);
  } else return false;
  return true;
}

function isResults(content: readonly UserPart[]): boolean {
  return content.every(({ type }) => type === 'tool-result');
}

/** Thoughts that led to nothing (the turn was broken off) cannot stand at the end of a turn. */
function* closed(turn: OpenTurn, reading: Reading): Generator<Message> {
  if (turn.role === 'user') {
    yield { role: 'user', content: turn.content };
    return;
  }
  const { content } = turn;
  const end = content.findLastIndex(({ type }) => type !== 'reasoning' && type !== 'redacted-reasoning') + 1;
  if (end < content.length) reading.dropped.add('input.reasoning');
  // A message without a text stays as one: it was said, if only nothing.
  if (end > 0 || content.length === 0) yield { role: 'assistant', content: content.slice(0, end) };
}

/** A reference needs no type, and a message neither. */
export function itemType(item: JsonObject): unknown {
  const isReference = item['role'] === undefined && item['content'] === undefined && typeof item['id'] === 'string';
  return item['type'] ?? (isReference ? 'item_reference' : 'message');
}

function decodeItem(
  item: JsonObject,
  path: string,
  reading: Reading,
  history: CallHistory,
  unseal: Unseal | undefined,
): Message | undefined {
  const type = itemType(item);
  if (typeof type !== 'string') throw wrong(`${path}.type`, 'is not a word; send "message"');
  switch (type) {
    case 'message':
      return decodeMessageItem(item, path, reading, history);
    case 'reasoning':
      return decodeReasoningItem(item, path, reading, unseal);
    case 'item_reference':
      throw wrong(`${path}.type`, 'items are not kept here; send the item itself');
    case 'compaction':
    case 'compaction_trigger':
      if (unseal) throw wrong(`${path}.type`, 'a conversation is not compacted here; send its items themselves');
      break;
    case 'additional_tools':
      if (unseal) return undefined;
      break;
    default: {
      const call = decodeCallItem(type, item, path, reading, history);
      if (call) return { role: 'assistant', content: call };
      const output = decodeOutputItem(type, item, path, reading);
      if (output) return { role: 'user', content: history.complete([output]) };
      if (unseal && !hostedItems.has(type)) {
        throw wrong(`${path}.type`, 'is no kind of item known here; leave the item out', 'unsupported_content');
      }
    }
  }
  reading.dropped.add(`input.${type}`.slice(0, 64));
  return undefined;
}

const knownInMessage = ['type', 'role', 'content', 'id', 'status', 'cache_control'];

function decodeMessageItem(item: JsonObject, path: string, reading: Reading, history: CallHistory): Message {
  const role = roles.find((each) => each === item['role']);
  if (!role) throw wrong(`${path}.role`, 'is system, developer, user or assistant');
  const { content } = item;
  if (typeof content !== 'string' && !Array.isArray(content)) {
    throw wrong(`${path}.content`, 'is a text or a list of content parts');
  }
  reading.dropped.addUnknown(item, knownInMessage, 'input');
  const mark = item['cache_control'] ?? undefined;
  const message: ChatMessage = mark === undefined ? { role, content } : { role, content, cache_control: mark };
  return decodeMessage(message, path, reading, history);
}

/** What we sealed is given back to its model. A summary alone is not what was thought, and has no signature. */
function decodeReasoningItem(
  item: JsonObject,
  path: string,
  { dropped }: Reading,
  unseal: Unseal | undefined,
): Message | undefined {
  const encrypted = optionalText(item, 'encrypted_content', path);
  const thought = encrypted ? unseal?.(encrypted) : undefined;
  if (!thought) {
    dropped.add('input.reasoning');
    return undefined;
  }
  return { role: 'assistant', content: [toThoughtPart(thought)] };
}
