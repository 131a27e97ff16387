import type { Capabilities } from '../../catalogue/catalogue.ts';
import { invalidRequest } from '../../errors.ts';
import type { AssistantPart, CacheTtl, Message, TextPart, ToolResultPart } from '../../model/request.ts';
import { encodeCachePoint, isTextDocument } from './cache-points.ts';
import { type ContentOptions, describeContent, encodeContent } from './content.ts';
import { DocumentNames } from './document-names.ts';
import { hoistFiles } from './result-files.ts';
import { type ToolNames, toToolUseId } from './tools.ts';
import {
  filler,
  inOrder,
  instructionsApart,
  markedBehind,
  type Part,
  setApart,
  setFilesApart,
  type Turn,
  toTurns,
} from './turns.ts';

export interface MessageOptions {
  /** Without tools in the request Bedrock refuses tool blocks in the history: they are told as text then. */
  readonly hasTools: boolean;
  /** Whether the request has a system prompt: it alone is something to answer. */
  readonly hasSystem: boolean;
  /** Texts that belong before the first user turn, for models without a system prompt. */
  readonly preamble: readonly TextPart[];
  /** Whether what the model thought in earlier turns goes back to it. */
  readonly replayReasoning: boolean;
  readonly names: ToolNames;
  readonly capabilities: Capabilities;
  /** The model's short name, for messages. */
  readonly alias: string;
  /** See ContentOptions. */
  readonly cites: boolean;
  readonly dropped: Set<string>;
}

/**
 * The conversation as Converse takes it: a user turn first, roles in turn, no blank text, results before text, each tool
 * call answered in the very next turn, a cache point after each part that ends a prefix to be cached. Results in another
 * order, or after what the user says in the same turn, are put right; one that comes after a further answer of the
 * assistant is refused, for the model has gone on without it.
 * @throws GatewayError 400 for a call without its result, a result without its call, and files the model does not read
 */
export function encodeMessages(messages: readonly Message[], options: MessageOptions): object[] {
  const told = messages.map(replayed(options));
  const flat = options.hasTools ? told : told.map(toolsAsText(told));
  const opened = fromUser(toTurns(flat, options.dropped), options);
  const ordered = opened.map((turn) => inOrder(turn, options.dropped));
  const turns = endForModel(ordered, options);
  checkToolResults(turns);
  const { capabilities } = options;
  const hoisted = turns.map((turn) => hoistFiles(turn, capabilities));
  const separate = hoisted.flatMap(capabilities.mixesToolsAndText ? setFilesApart : setApart);
  const spoken = capabilities.systemAmongMessages ? separate.flatMap(instructionsApart) : separate;
  const encode = encodeTurn({ ...options, documentNames: new DocumentNames() });
  return spoken.map(encode);
}

/** Reasoning goes back signed or not at all: what is unsigned, or not asked for, is left out and reported. */
function replayed({ replayReasoning, capabilities, dropped }: MessageOptions): (message: Message) => Message {
  const isReplayed = replayReasoning && capabilities.reasoningReplay === 'signed';
  const isKept = (part: AssistantPart) => {
    if (part.type === 'redacted-reasoning') return isReplayed;
    return part.type !== 'reasoning' || (isReplayed && part.signature !== undefined);
  };
  return (message) => {
    if (message.role !== 'assistant' || message.content.every(isKept)) return message;
    dropped.add('messages.reasoning_details');
    return { role: 'assistant', content: message.content.filter(isKept) };
  };
}

/** The user's turn comes first, and the preamble first in it. */
function fromUser(turns: readonly Turn[], { hasSystem, preamble }: MessageOptions): Turn[] {
  const [first, ...rest] = turns;
  if (first?.role === 'user') return [{ role: 'user', parts: [...preamble, ...first.parts] }, ...rest];
  if (!first && !hasSystem) throw invalidRequest('messages: there is no text in them; send some.', 'messages');
  return [{ role: 'user', parts: preamble.length > 0 ? preamble : [filler] }, ...turns];
}

/** The last turn must be one the model answers. */
function endForModel(turns: readonly Turn[], { capabilities, dropped }: MessageOptions): readonly Turn[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant' || last.parts.some((part) => part.type === 'tool-call')) return turns;
  // Nor is there anything to go on from in a turn of nothing but reasoning.
  if (!capabilities.assistantPrefill || last.parts.at(-1) === filler) {
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
      const strays = parts.flatMap((part) =>
        part.type === 'tool-result' && !open.delete(part.toolCallId) ? [part.toolCallId] : [],
      );
      if (strays.length > 0) {
        const fault = `the turn before calls no tool as ${named(strays)}, which a result is sent for`;
        throw invalidRequest(`messages: ${fault}; send the call too, or leave its result out.`, 'messages');
      }
      continue;
    }
    if (open.size > 0) {
      const fault = `the turn after the tool calls ${named([...open])} has no result for them`;
      throw invalidRequest(`messages: ${fault}; send a result for each id right after the calls.`, 'messages');
    }
    open = new Set(parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])));
  }
}

/** Ids for a message; not all of very many, nor all of a very long one. */
function named(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).map((id) => JSON.stringify(id.slice(0, 128)));
  return [...shown, ...(ids.length > 5 ? [`${ids.length - 5} more`] : [])].join(', ');
}

type TurnOptions = MessageOptions & ContentOptions;

function encodeTurn(options: TurnOptions): (turn: Omit<Turn, 'role'> & Pick<Message, 'role'>) => object {
  return ({ role, parts }) => {
    const blocks: object[] = [];
    let waiting: CacheTtl | undefined;
    for (const [index, part] of parts.entries()) {
      const block = encodePart(part, options);
      blocks.push(block);
      waiting = longer(waiting, markAfter(part));
      // A point may not come right after a document that is no PDF, nor part tool results for older Claudes: it waits.
      if (waiting === undefined || isTextDocument(block) || parts[index + 1]?.type === 'tool-result') continue;
      blocks.push(encodeCachePoint(waiting));
      waiting = undefined;
    }
    const needsText = blocks.some((block) => 'document' in block) && !blocks.some((block) => 'text' in block);
    if (needsText || waiting !== undefined) {
      const last = blocks.at(-1);
      // The text is still part of what a point at the end covers.
      const isPoint = last !== undefined && 'cachePoint' in last;
      blocks.splice(isPoint ? -1 : blocks.length, 0, { text: filler.text });
    }
    if (waiting !== undefined) blocks.push(encodeCachePoint(waiting));
    return { role, content: blocks };
  };
}

function longer(one: CacheTtl | undefined, other: CacheTtl | undefined): CacheTtl | undefined {
  return one === '1h' ? one : (other ?? one);
}

function markAfter(part: Part): CacheTtl | undefined {
  return part.type === 'reasoning' || part.type === 'redacted-reasoning' ? undefined : part.cacheAfter;
}

function encodePart(part: Part, options: TurnOptions): object {
  const { names, capabilities, dropped } = options;
  switch (part.type) {
    case 'reasoning': {
      const { text, signature } = part;
      return { reasoningContent: { reasoningText: { text, signature } } };
    }
    case 'redacted-reasoning':
      return { reasoningContent: { redactedContent: part.data } };
    case 'note':
      return { text: `<system>\n${part.text}\n</system>` };
    case 'tool-call':
      return { toolUse: { toolUseId: toToolUseId(part.id), name: names.encode(part.name), input: part.input } };
    case 'tool-result':
      if (part.isError && !capabilities.toolResultStatus) dropped.add('messages.is_error');
      return {
        toolResult: {
          toolUseId: toToolUseId(part.toolCallId),
          content: part.content
            .filter((each) => each.type !== 'text' || each.text.trim() !== '')
            .map((each) => encodeContent(each, options)),
          ...(part.isError && capabilities.toolResultStatus ? { status: 'error' } : {}),
        },
      };
    default:
      return encodeContent(part, options);
  }
}

/** Tool calls and results of the history as text, for a request whose model cannot call any tool. */
function toolsAsText(messages: readonly Message[]): (message: Message) => Message {
  const toolNames = new Map<string, string>();
  for (const { content } of messages) {
    for (const part of content) if (part.type === 'tool-call') toolNames.set(part.id, part.name);
  }
  const marked = ({ cacheAfter }: { readonly cacheAfter?: CacheTtl }) => (cacheAfter ? { cacheAfter } : {});
  const told = (part: ToolResultPart): TextPart => {
    const result = part.content.map(describeContent).join('');
    const text = `[${toolNames.get(part.toolCallId) ?? 'the tool'} answered: ${result}]`;
    return { type: 'text', text, ...marked(markedBehind(part)) };
  };
  return (message) => {
    if (message.role === 'system') return message;
    if (message.role === 'user') {
      // Files stay files.
      const content = message.content.flatMap((part) =>
        part.type === 'tool-result' ? [told(part), ...part.content.filter(({ type }) => type !== 'text')] : [part],
      );
      return { role: 'user', content };
    }
    const content = message.content.map((part): AssistantPart => {
      if (part.type !== 'tool-call') return part;
      return { type: 'text', text: `[called ${part.name} with ${JSON.stringify(part.input)}]`, ...marked(part) };
    });
    return { role: 'assistant', content };
  };
}
