import { test } from 'vitest';
import type { DocumentPart, ModelRequest } from '../model/request.ts';
import { requestWith } from '../model/test-requests.ts';
import { withoutClaudeFields } from './claude-fields.ts';
import { encodeChatRequest } from './openai-compatible/request.ts';

const claude: NonNullable<ModelRequest['claude']> = {
  betas: ['effort-2025-11-24', 'x'.repeat(100)],
  fields: { context_management: { edits: [] } },
  tools: [{ type: 'bash_20250124', name: 'bash' }],
  toolFields: { look: { defer_loading: true, input_examples: [] } },
};
const names = [
  'anthropic-beta.effort-2025-11-24',
  `anthropic-beta.${'x'.repeat(64)}`,
  'context_management',
  'tools.bash_20250124',
  'tools.defer_loading',
  'tools.input_examples',
];
const look = { name: 'look', description: undefined, inputSchema: {}, strict: false };

function left(fields: Partial<ModelRequest>): { readonly request: ModelRequest; readonly dropped: string[] } {
  const dropped = new Set<string>();
  return { request: withoutClaudeFields(requestWith(fields), dropped), dropped: [...dropped] };
}

test('what only Claude knows is left out and named', ({ expect }) => {
  const { request, dropped } = left({ claude, tools: [look] });
  expect(request).toEqual(requestWith({ tools: [look] }));
  expect(dropped).toEqual(names);
  expect(encodeChatRequest(requestWith({ claude, tools: [look] }), 'm', 9).dropped).toEqual(names);
});

test('a request of another dialect is not copied', ({ expect }) => {
  const request = requestWith();
  const dropped = new Set<string>();
  expect(withoutClaudeFields(request, dropped)).toBe(request);
  expect(dropped.size).toBe(0);
});

test.for([
  [{ type: 'tool', name: 'bash' }, [look], true],
  [{ type: 'tool', name: 'look' }, [look], false],
  [{ type: 'required' }, [], true],
  [{ type: 'required' }, [look], false],
  [{ type: 'auto' }, [], false],
  [{ type: 'none' }, [], false],
] as const)('of a choice %j among %j nothing is left: %s', ([toolChoice, tools, isLost], { expect }) => {
  const { request, dropped } = left({ claude, toolChoice, tools });
  expect(request.toolChoice).toEqual(isLost ? undefined : toolChoice);
  expect(dropped.includes('tool_choice')).toBe(isLost);
});

const document: DocumentPart = { type: 'document', format: 'txt', data: 'eA==', name: 'a' };
test.for([
  ['a document', (part: DocumentPart) => part],
  [
    'one in a tool result',
    (part: DocumentPart) => ({ type: 'tool-result', toolCallId: 't', isError: false, content: [part] }) as const,
  ],
] as const)('what is said of %s is named', ([, place], { expect }) => {
  const of = (part: DocumentPart) => left({ messages: [{ role: 'user', content: [place(part)] }] }).dropped;
  expect(of(document)).toEqual([]);
  expect(of({ ...document, context: 'c', citations: true })).toEqual([
    'messages.content.context',
    'messages.content.citations',
  ]);
});
