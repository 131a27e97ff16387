import { invalidRequest } from '../../errors.ts';
import type { AssistantMessage, Message, TextPart, UserMessage } from '../../model/request.ts';
import type { Quirks } from './quirks.ts';
import { type ToolNames, toToolUseId } from './tools.ts';
import { filler, inOrder, isNotBlank, type Part, setApart, type Turn, toTurns } from './turns.ts';

export interface MessageOptions {
  /** Without tools in the request Bedrock refuses tool blocks in the history: they are told as text then. */
  readonly hasTools: boolean;
  /** Whether the model goes on from a last assistant turn. */
  readonly canPrefill: boolean;
  /** Whether the request has a system prompt: it alone is something to answer. */
  readonly hasSystem: boolean;
  /** Texts that belong before the first user turn, for models without a system prompt. */
  readonly preamble: readonly TextPart[];
  readonly names: ToolNames;
  readonly quirks: Quirks;
  readonly dropped: Set<string>;
}

/**
 * The conversation as Converse takes it: a user turn first, roles in turn, no blank text, results before text, each tool
 * call answered in the very next turn.
 * @throws GatewayError 400 for a call without its result and a result without its call
 */
export function encodeMessages(messages: readonly Message[], options: MessageOptions): object[] {
  const flat = options.hasTools ? messages : messages.map(toolsAsText(messages));
  const opened = fromUser(toTurns(flat), options);
  const turns = endForModel(opened, options).map((turn) => inOrder(turn, options.dropped));
  checkToolResults(turns);
  const separate = options.quirks.mixesToolsAndText ? turns : turns.flatMap(setApart);
  return separate.map(({ role, parts }) => ({ role, content: parts.map(encodePart(options)) }));
}

/** The user's turn comes first, and the preamble first in it. */
function fromUser(turns: readonly Turn[], { hasSystem, preamble }: MessageOptions): Turn[] {
  const [first, ...rest] = turns;
  if (first?.role === 'user') return [{ role: 'user', parts: [...preamble, ...first.parts] }, ...rest];
  if (!first && !hasSystem) throw invalidRequest('messages: there is no text in them; send some.', 'messages');
  return [{ role: 'user', parts: preamble.length > 0 ? preamble : [filler] }, ...turns];
}

/** The last turn must be one the model answers. */
function endForModel(turns: readonly Turn[], { canPrefill, dropped }: MessageOptions): readonly Turn[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant' || last.parts.some((part) => part.type === 'tool-call')) return turns;
  if (!canPrefill) {
    dropped.add('prefill');
    return [...turns, { role: 'user', parts: [{ type: 'text', text: 'Continue.' }] }];
  }
  // Claude refuses whitespace at the end of what it is to go on from.
  const parts = last.parts.map((part, index) =>
    part.type === 'text' && index === last.parts.length - 1 ? { ...part, text: part.text.trimEnd() } : part,
  );
  return [...turns.slice(0, -1), { role: 'assistant', parts }];
}

function checkToolResults(turns: readonly Turn[]): void {
  let open = new Set<string>();
  for (const { role, parts } of [...turns, { role: 'assistant', parts: [] } satisfies Turn]) {
    if (role === 'user') {
      for (const part of parts) {
        if (part.type === 'tool-result' && !open.delete(part.toolCallId)) throw orphan(part.toolCallId);
      }
      continue;
    }
    const [unanswered] = open;
    if (unanswered !== undefined) {
      const message = `messages: the tool call ${named(unanswered)} is not answered right after it. Send a tool message with its id.`;
      throw invalidRequest(message, 'messages');
    }
    open = new Set(parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])));
  }
}

function orphan(id: string): Error {
  const message = `messages: the tool message for ${named(id)} answers no tool call of the turn before it. Send that call too, or leave the message out.`;
  return invalidRequest(message, 'messages');
}

function named(id: string): string {
  return JSON.stringify(id.slice(0, 128));
}

function encodePart({ names, quirks }: MessageOptions): (part: Part) => object {
  return (part) => {
    if (part.type === 'text') return { text: part.text };
    if (part.type === 'tool-call') {
      return { toolUse: { toolUseId: toToolUseId(part.id), name: names.encode(part.name), input: part.input } };
    }
    return {
      toolResult: {
        toolUseId: toToolUseId(part.toolCallId),
        content: part.content.filter(isNotBlank).map(({ text }) => ({ text })),
        ...(part.isError && quirks.toolResultStatus ? { status: 'error' } : {}),
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
