import { invalidRequest } from '../../errors.ts';
import type {
  AssistantMessage,
  Message,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserMessage,
} from '../../model/request.ts';
import { type ToolNames, toToolUseId } from './tools.ts';

type Part = TextPart | ToolCallPart | ToolResultPart;

/** A turn of the conversation: neighbours of one role are one turn. */
interface Turn {
  readonly role: 'user' | 'assistant';
  readonly parts: Part[];
}

export interface MessageOptions {
  /** Without tools in the request Bedrock refuses tool blocks in the history: they are told as text then. */
  readonly hasTools: boolean;
  /** Whether the model goes on from a last assistant turn. */
  readonly canPrefill: boolean;
  /** Texts that belong before the first user turn, for models without a system prompt. */
  readonly preamble: readonly TextPart[];
  readonly names: ToolNames;
  readonly dropped: Set<string>;
}

/** A turn Bedrock wants where the caller has none to say. */
const filler: TextPart = { type: 'text', text: '.' };

/**
 * The conversation as Converse takes it: a user turn first, roles in turn, no blank text, results before text, each tool
 * call answered in the very next turn.
 * @throws GatewayError 400 for a call without its result and a result without its call
 */
export function encodeMessages(messages: readonly Message[], options: MessageOptions): object[] {
  const flat = options.hasTools ? messages : messages.map(toolsAsText(messages));
  const turns = toTurns(flat);
  if (turns.length === 0) throw invalidRequest('messages: there is no text in them; send some.', 'messages');
  if (turns[0]?.role === 'assistant') turns.unshift({ role: 'user', parts: [filler] });
  turns[0]?.parts.unshift(...options.preamble.filter(isNotBlank));
  endForModel(turns, options);
  checkToolResults(turns);
  return turns.map(({ role, parts }) => ({ role, content: inOrder(role, parts).map(encodePart(options.names)) }));
}

function isNotBlank(part: Part): boolean {
  return part.type !== 'text' || part.text.trim() !== '';
}

function toTurns(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const parts = (message.role === 'system' ? message.content.map(asNote) : message.content).filter(isNotBlank);
    if (parts.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  }
  return turns;
}

/** An instruction in the middle of the conversation: Converse has a place for it only at the start. */
function asNote({ text }: TextPart): TextPart {
  return { type: 'text', text: text.trim() === '' ? '' : `<system>\n${text}\n</system>` };
}

/** Results stand first in a user turn, calls last in an assistant turn; otherwise the caller's order holds. */
function inOrder(role: Turn['role'], parts: readonly Part[]): Part[] {
  const isFirst = (part: Part) => (role === 'user' ? part.type === 'tool-result' : part.type !== 'tool-call');
  return [...parts.filter(isFirst), ...parts.filter((part) => !isFirst(part))];
}

/** The last turn must be one the model answers. */
function endForModel(turns: Turn[], { canPrefill, dropped }: MessageOptions): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant' || last.parts.some((part) => part.type === 'tool-call')) return;
  if (!canPrefill) {
    dropped.add('prefill');
    turns.push({ role: 'user', parts: [{ type: 'text', text: 'Continue.' }] });
    return;
  }
  const end = last.parts.at(-1);
  if (end?.type === 'text') last.parts.splice(-1, 1, { type: 'text', text: end.text.trimEnd() });
}

function checkToolResults(turns: readonly Turn[]): void {
  let open = new Map<string, ToolCallPart>();
  for (const { role, parts } of [...turns, { role: 'assistant' as const, parts: [] }]) {
    if (role === 'user') {
      for (const part of parts) {
        if (part.type === 'tool-result' && !open.delete(part.toolCallId)) throw orphan(part.toolCallId);
      }
      continue;
    }
    const [unanswered] = open.keys();
    if (unanswered !== undefined) {
      const message = `messages: the tool call ${JSON.stringify(unanswered)} is not answered right after it. Send a tool message with its id.`;
      throw invalidRequest(message, 'messages');
    }
    open = new Map(parts.flatMap((part) => (part.type === 'tool-call' ? [[part.id, part] as const] : [])));
  }
}

function orphan(id: string): Error {
  const message = `messages: the tool message for ${JSON.stringify(id)} answers no tool call of the turn before it, or answers it twice.`;
  return invalidRequest(message, 'messages');
}

function encodePart(names: ToolNames): (part: Part) => object {
  return (part) => {
    if (part.type === 'text') return { text: part.text };
    if (part.type === 'tool-call') {
      return { toolUse: { toolUseId: toToolUseId(part.id), name: names.encode(part.name), input: part.input } };
    }
    return {
      toolResult: {
        toolUseId: toToolUseId(part.toolCallId),
        content: part.content.filter(isNotBlank).map(({ text }) => ({ text })),
        ...(part.isError ? { status: 'error' } : {}),
      },
    };
  };
}

/** Tool calls and results of the history as text, for a request whose model cannot call any tool. */
function toolsAsText(messages: readonly Message[]): (message: Message) => Message {
  const toolNames = new Map<string, string>();
  for (const { content } of messages) {
    for (const part of content) if (part.type === 'tool-call') toolNames.set(part.id, part.name);
  }
  const asText = (part: Part): TextPart => {
    if (part.type === 'text') return part;
    if (part.type === 'tool-call')
      return { type: 'text', text: `[called ${part.name} with ${JSON.stringify(part.input)}]` };
    const result = part.content.map(({ text }) => text).join('');
    return { type: 'text', text: `[${toolNames.get(part.toolCallId) ?? 'the tool'} answered: ${result}]` };
  };
  return (message) => {
    if (message.role === 'system') return message;
    if (message.role === 'user') return { role: 'user', content: message.content.map(asText) } satisfies UserMessage;
    return { role: 'assistant', content: message.content.map(asText) } satisfies AssistantMessage;
  };
}
