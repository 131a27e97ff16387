import { test } from 'vitest';
import { splitEdits } from './context-edits.ts';

const uses = { type: 'clear_tool_uses_20250919', keep: 3 };
const thinking = { type: 'clear_thinking_20251015' };
const compact = { type: 'compact_20260112' };
const path = 'context_management.edits';

test.for<[string, unknown, unknown, readonly string[]]>([
  ['all that only leave something out', { edits: [uses, thinking] }, { edits: [uses, thinking] }, []],
  ['others', { edits: [compact, uses], x: 1 }, { edits: [uses], x: 1 }, [`${path}.compact_20260112`]],
  ['none but others', { edits: [compact] }, undefined, [`${path}.compact_20260112`]],
  ['no types', { edits: [7, { type: { toString: 1 } }] }, undefined, [path, path]],
  ['a long type', { edits: [{ type: 'x'.repeat(99) }] }, undefined, [`${path}.${'x'.repeat(64)}`]],
  ['an empty list', { edits: [] }, { edits: [] }, []],
  ['no list', { edits: 'x' }, { edits: 'x' }, []],
  ['no object', 7, 7, []],
])('of %s', ([, management, kept, lost], { expect }) => {
  expect(splitEdits(management)).toEqual({ kept, lost });
});
