import type { AssistantPart, CacheTtl, Message, TextPart, ToolResultPart, UserPart } from '../../model/request.ts';

/** An instruction in the middle of the conversation, in the user's turn that it falls into. */
interface NotePart extends Omit<TextPart, 'type'> {
  readonly type: 'note';
}

export type Part = UserPart | AssistantPart | NotePart;

/** A turn of the conversation: neighbours of one role are one turn. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly Part[];
}

/** Stands where Bedrock wants a turn and the caller has nothing to say. */
export const filler: TextPart = { type: 'text', text: '.' };

function isBlank(part: Part): boolean {
  return (part.type === 'text' || part.type === 'note') && part.text.trim() === '';
}

export function isReasoning({ type }: Part): boolean {
  return type === 'reasoning' || type === 'redacted-reasoning';
}

/**
 * Messages as turns, without blank texts and without the messages they leave empty. A user message that says nothing
 * stays as a filler where it kept two assistant turns apart, or the last one from being taken for the answer's start.
 */
export function toTurns(messages: readonly Message[], dropped: Set<string>): Turn[] {
  const turns: { role: Turn['role']; parts: Part[] }[] = [];
  let isSilent = false;
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = turns.at(-1);
    const parts = withoutBlanks(message.role === 'system' ? message.content.map(asNote) : message.content, dropped);
    if (parts.length === 0) {
      isSilent ||= message.role === 'user' && last?.role === 'assistant';
      continue;
    }
    // One by one: a message may have more parts than a call can have arguments.
    if (last?.role === role && !isSilent) for (const part of parts) last.parts.push(part);
    else {
      if (last?.role === role) turns.push({ role: 'user', parts: [filler] });
      turns.push({ role, parts });
    }
    isSilent = false;
  }
  if (isSilent) turns.push({ role: 'user', parts: [filler] });
  return turns;
}

/** A mark on a blank text holds for what stands before it in its message; with nothing there it is reported. */
function withoutBlanks(parts: readonly Part[], dropped: Set<string>): Part[] {
  const kept: Part[] = [];
  for (const part of parts) {
    if (!isBlank(part)) {
      kept.push(part.type === 'tool-result' ? markedBehind(part) : part);
      continue;
    }
    const ttl = 'cacheAfter' in part ? part.cacheAfter : undefined;
    if (ttl === undefined) continue;
    const last = kept.pop();
    if (last) kept.push(marked(last, ttl));
    // Nothing to mark: a point may neither begin a message nor stand right after reasoning.
    if (!last || isReasoning(last)) dropped.add('cache_control');
  }
  return kept;
}

function marked(part: Part, ttl: CacheTtl): Part {
  return part.type === 'reasoning' || part.type === 'redacted-reasoning' ? part : { ...part, cacheAfter: ttl };
}

/** A mark on a part of a tool result stands behind the result: a point inside is none (B24). */
export function markedBehind(part: ToolResultPart): ToolResultPart {
  const marks = part.content.flatMap(({ cacheAfter }) => cacheAfter ?? []);
  const ttl = part.cacheAfter ?? (marks.includes('1h') ? '1h' : marks[0]);
  return ttl === undefined ? part : { ...part, cacheAfter: ttl };
}

function asNote(part: TextPart): NotePart {
  return { ...part, type: 'note' };
}

/**
 * Where a part stands in its turn: results first in a user turn, calls last in an assistant turn. Reasoning keeps its
 * place among the texts if it both begins the turn and does not end it, as Claude wants it; otherwise it comes first.
 */
function placesIn(parts: readonly Part[]): (part: Part) => number {
  const others = parts.filter(({ type }) => type !== 'tool-call');
  const [first] = others;
  const last = others.length === parts.length ? others.at(-1) : undefined;
  const isInPlace = first !== undefined && isReasoning(first) && !(last && isReasoning(last));
  return (part) => {
    if (part.type === 'tool-result') return 0;
    if (part.type === 'tool-call') return 3;
    return isReasoning(part) && !isInPlace ? 1 : 2;
  };
}

/**
 * A turn as Bedrock takes it, otherwise in the caller's order; of two calls or results with one id the first counts, and
 * the other is reported. Claude refuses a turn that ends with reasoning: one of nothing else gets a filler.
 */
export function inOrder({ role, parts }: Turn, dropped: Set<string>): Turn {
  const seen = new Set<string>();
  const kept: Part[] = [];
  for (const part of parts) {
    const id = part.type === 'tool-call' ? part.id : part.type === 'tool-result' ? part.toolCallId : undefined;
    if (id === undefined || !seen.has(id)) kept.push(part);
    else dropped.add(part.type === 'tool-call' ? 'messages.tool_calls' : 'messages.tool_call_id');
    if (id !== undefined) seen.add(id);
  }
  if (kept.every(isReasoning)) kept.push(filler);
  const placeOf = placesIn(kept);
  return { role, parts: kept.toSorted((a, b) => placeOf(a) - placeOf(b)) };
}

const isTool = ({ type }: Part) => type === 'tool-call' || type === 'tool-result';

/** Texts and tool blocks in turns of their own, for models that refuse both in one; expects a turn in order. */
export function setApart({ role, parts }: Turn): Turn[] {
  const [first] = parts;
  const second = first === undefined ? -1 : parts.findIndex((part) => isTool(part) !== isTool(first));
  if (second < 0) return [{ role, parts }];
  const between: Turn = { role: role === 'user' ? 'assistant' : 'user', parts: [filler] };
  return [{ role, parts: parts.slice(0, second) }, between, { role, parts: parts.slice(second) }];
}

/**
 * Where a document or film stands beside tool results, the results in a turn of their own: Claude behind Converse takes
 * them for missing otherwise (pydantic/pydantic-ai#6081, n8n-io/n8n#16987).
 */
export function setFilesApart(turn: Turn): Turn[] {
  return turn.parts.some(({ type }) => type === 'document' || type === 'video') ? setApart(turn) : [turn];
}

/** Instructions in messages of role `system`, right after the user's turn: Claude takes them in no other place. */
export function instructionsApart({ role, parts }: Turn): { role: Message['role']; parts: readonly Part[] }[] {
  const notes = parts.flatMap((part) => (part.type === 'note' ? [{ ...part, type: 'text' } as const] : []));
  if (notes.length === 0) return [{ role, parts }];
  const rest = parts.filter(({ type }) => type !== 'note');
  return [
    { role, parts: rest.length > 0 ? rest : [filler] },
    { role: 'system', parts: notes },
  ];
}
