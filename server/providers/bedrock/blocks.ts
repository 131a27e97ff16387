import { randomUUID } from 'node:crypto';
import type { ModelEvent } from '../../model/events.ts';
import { isObject } from './json.ts';

// What whole answers and streams have in common: calls without an id, and content that nobody here knows.

/** A tool call's id as the model gave it; one without is given one, for clients answer by it. */
export function toCallId(id: string | undefined): string {
  return id || `call_${randomUUID().replaceAll('-', '')}`;
}

const known: ReadonlySet<string> = new Set([
  'text',
  'toolUse',
  'reasoningContent',
  'citation',
  'citationsContent',
  'p',
]);

/** The kind of a block, or of a piece of one, that cannot be handed on; undefined for those that can. */
export function unknownKind(content: unknown): string | undefined {
  if (!isObject(content)) return undefined;
  const kinds = Object.keys(content);
  return kinds.some((kind) => known.has(kind)) ? undefined : kinds[0];
}

/** Content of a kind that has no place in an answer. */
export function leftOut(kind: string): ModelEvent {
  return { type: 'warning', code: 'content_left_out', field: `content.${kind.slice(0, 64)}` };
}
