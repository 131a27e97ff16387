import type { Message, TextPart, ToolCallPart, ToolResultPart } from '../../model/request.ts';

export type Part = TextPart | ToolCallPart | ToolResultPart;

/** A turn of the conversation: neighbours of one role are one turn. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly Part[];
}

/** Stands where Bedrock wants a turn and the caller has nothing to say. */
export const filler: TextPart = { type: 'text', text: '.' };

export function isNotBlank(part: Part): boolean {
  return part.type !== 'text' || part.text.trim() !== '';
}

/**
 * Messages as turns, without blank texts and without the messages they leave empty. A user message that says nothing
 * stays as a filler where it kept two assistant turns apart, or the last one from being taken for the answer's start.
 */
export function toTurns(messages: readonly Message[]): Turn[] {
  const turns: { role: Turn['role']; parts: Part[] }[] = [];
  let isSilent = false;
  for (const message of messages) {
    const last = turns.at(-1);
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const parts = (message.role === 'system' ? message.content.map(asNote) : message.content).filter(isNotBlank);
    if (parts.length === 0) {
      isSilent ||= message.role === 'user' && last?.role === 'assistant';
      continue;
    }
    if (last?.role === role && !isSilent) last.parts.push(...parts);
    else {
      if (last?.role === role) turns.push({ role: 'user', parts: [filler] });
      turns.push({ role, parts: [...parts] });
    }
    isSilent = false;
  }
  if (isSilent) turns.push({ role: 'user', parts: [filler] });
  return turns;
}

/** An instruction in the middle of the conversation: Converse has a place for it only at the start. */
function asNote({ text }: TextPart): TextPart {
  return { type: 'text', text: text.trim() === '' ? '' : `<system>\n${text}\n</system>` };
}

/**
 * A turn as Bedrock takes it: results first in a user turn, calls last in an assistant turn, otherwise in the caller's
 * order; of two calls or results with one id the first counts, and the other is reported.
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
  const leads = (part: Part) => (role === 'user' ? part.type === 'tool-result' : part.type !== 'tool-call');
  return { role, parts: [...kept.filter(leads), ...kept.filter((part) => !leads(part))] };
}

/** Texts and tool blocks in turns of their own, for models that refuse both in one; expects a turn in order. */
export function setApart({ role, parts }: Turn): Turn[] {
  const second = parts.findIndex(({ type }) => (type === 'text') !== (parts[0]?.type === 'text'));
  if (second < 0) return [{ role, parts }];
  const between: Turn = { role: role === 'user' ? 'assistant' : 'user', parts: [filler] };
  return [{ role, parts: parts.slice(0, second) }, between, { role, parts: parts.slice(second) }];
}
