import { isObject } from './json.ts';

/**
 * Edits of a conversation that only leave something of it out. Any other is not let through: one such as
 * `compact_20260112` has the model write a summary first, which is billed beside the answer that money is held for.
 * Source: Anthropic's guides "Context editing" and "Compaction".
 */
const known: ReadonlySet<unknown> = new Set(['clear_tool_uses_20250919', 'clear_thinking_20251015']);

interface SplitEdits {
  /** `context_management` with the edits that are let through; undefined when nothing is left of it. */
  readonly kept: unknown;
  /** The paths of the others. */
  readonly lost: readonly string[];
}

/** Tells the edits of a `context_management` that may be sent from those that may not. */
export function splitEdits(management: unknown): SplitEdits {
  const edits: unknown = isObject(management) ? management['edits'] : undefined;
  if (!isObject(management) || !Array.isArray(edits)) return { kept: management, lost: [] };
  const typeOf = (edit: unknown) => (isObject(edit) ? edit['type'] : undefined);
  const lost = edits.map(typeOf).filter((type) => !known.has(type));
  if (lost.length === 0) return { kept: management, lost: [] };
  const rest = edits.filter((edit) => known.has(typeOf(edit)));
  const path = 'context_management.edits';
  return {
    kept: rest.length > 0 ? { ...management, edits: rest } : undefined,
    lost: lost.map((type) => (typeof type === 'string' ? `${path}.${type.slice(0, 64)}` : path)),
  };
}
