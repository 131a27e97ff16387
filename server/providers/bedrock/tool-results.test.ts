import { test } from 'vitest';
import type { DocumentPart, MediaPart, Message, ToolResultPart } from '../../model/request.ts';
import { DocumentNames } from './document-names.ts';
import { encodeMessages, type MessageOptions } from './messages.ts';
import { calling, modelWith, text, user } from './test-calls.ts';
import { ToolNames } from './tools.ts';

// Results with files, marks and failures in them.

const image: MediaPart = { type: 'image', format: 'png', data: 'aW1n', path: 'messages[2].content[0]' };
const audio: MediaPart = { type: 'audio', format: 'wav', data: 'd2F2', path: 'messages[2].content[0]' };
const point = { cachePoint: { type: 'default' } };

function encode(results: readonly ToolResultPart[], options: Partial<MessageOptions> = {}) {
  const dropped = new Set<string>();
  const calls = results.map(({ toolCallId }) => toolCallId);
  const messages: Message[] = [user('a'), calling('', ...calls), { role: 'user', content: results }];
  const encoded = encodeMessages(messages, {
    hasTools: true,
    hasSystem: false,
    preamble: [],
    replayReasoning: true,
    names: new ToolNames(),
    capabilities: modelWith().capabilities,
    alias: 'a-model',
    cites: false,
    dropped,
    ...options,
  });
  return { last: encoded.at(-1), dropped: options.dropped ?? dropped };
}

const result = (toolCallId: string, content: ToolResultPart['content'], more: Partial<ToolResultPart> = {}) =>
  ({ type: 'tool-result', toolCallId, content, isError: false, ...more }) as const;

test('a point after one of several results waits for the last', ({ expect }) => {
  const results = [result('x', text('1'), { cacheAfter: '5m' }), result('y', text('2'))];
  expect(encode(results).last).toMatchObject({ content: [{ toolResult: {} }, { toolResult: {} }, point] });
});

test('a failure is told by its status, or reported where the model takes none', ({ expect }) => {
  const failed = [result('x', text('No.'), { isError: true })];
  expect(encode(failed).last).toMatchObject({ content: [{ toolResult: { status: 'error' } }] });
  const { capabilities } = modelWith({ toolResultStatus: false });
  const { last, dropped } = encode(failed, { capabilities });
  expect(last).toEqual({ role: 'user', content: [{ toolResult: { toolUseId: 'x', content: [{ text: 'No.' }] } }] });
  expect([...dropped]).toEqual(['messages.is_error']);
});

test('files stay files where a result is told as text', ({ expect }) => {
  const { last } = encode([result('x', [...text('1'), image])], { hasTools: false });
  expect(last).toEqual({
    role: 'user',
    content: [{ text: '[look answered: 1[image]]' }, { image: { format: 'png', source: { bytes: 'aW1n' } } }],
  });
});

test('sound never stands in a result', ({ expect }) => {
  const { capabilities } = modelWith({ audio: true });
  const { last } = encode([result('x', [...text('1'), audio])], { capabilities });
  expect(last).toEqual({
    role: 'user',
    content: [
      { toolResult: { toolUseId: 'x', content: [{ text: '1' }] } },
      { audio: { format: 'wav', source: { bytes: 'd2F2' } } },
    ],
  });
});

const pdf: DocumentPart = { type: 'document', format: 'pdf', name: 'a.pdf', data: 'cGRm', path: 'messages[0]' };

test('a document whose name is what another was given gets its own, in any case of letters', ({ expect }) => {
  const plain = new DocumentNames();
  plain.nameOf(pdf);
  const marked = plain.nameOf(pdf);
  const names = new DocumentNames();
  const given = [{ name: marked }, {}, {}, {}].map((each) => names.nameOf({ ...pdf, ...each }));
  expect(new Set(given).size).toBe(4);
  const cased = new DocumentNames();
  expect([cased.nameOf(pdf), cased.nameOf({ ...pdf, name: 'A.pdf' })]).toEqual([
    'a',
    expect.stringMatching(/^A .{8}$/),
  ]);
});
