import { describe, test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import type { Message } from '../../model/request.ts';
import { encodeMessages, type MessageOptions } from './messages.ts';
import { assistant, calling, modelWith, result, system, text, user } from './test-calls.ts';
import { ToolNames } from './tools.ts';

const { capabilities } = modelWith();

function encode(messages: readonly Message[], differences: Partial<MessageOptions> = {}) {
  const dropped = new Set<string>();
  const fixed = {
    hasTools: true,
    hasSystem: false,
    preamble: [],
    replayReasoning: true,
    alias: 'claude-test',
    cites: false,
  };
  const options = { ...fixed, capabilities, dropped };
  const encoded = encodeMessages(messages, { ...options, names: new ToolNames(), ...differences });
  return { messages: encoded, dropped: [...dropped] };
}

const said = (role: 'user' | 'assistant', ...content: readonly (string | object)[]) => {
  return { role, content: content.map((part) => (typeof part === 'string' ? { text: part } : part)) };
};
const use = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'look', input: { at: toolUseId } } });
const answer = (toolUseId: string, ...texts: readonly string[]) => {
  return { toolResult: { toolUseId, content: texts.map((each) => ({ text: each })) } };
};

interface Case {
  readonly messages: readonly Message[];
  readonly expected: readonly object[];
  readonly options?: Partial<MessageOptions>;
  readonly dropped?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'a plain conversation': {
    messages: [user('a'), assistant('b'), user('c')],
    expected: [said('user', 'a'), said('assistant', 'b'), said('user', 'c')],
  },
  'neighbours of one role as one turn': {
    messages: [user('a'), user('b', 'c'), assistant('d'), assistant('e'), user('f')],
    expected: [said('user', 'a', 'b', 'c'), said('assistant', 'd', 'e'), said('user', 'f')],
  },
  'an assistant’s greeting after a filler': {
    messages: [assistant('Hello!'), user('Hi')],
    expected: [said('user', '.'), said('assistant', 'Hello!'), said('user', 'Hi')],
  },
  'blank texts, and what they leave empty, not at all': {
    messages: [user('', 'a', ' \n\t'), assistant(''), user('b')],
    expected: [said('user', 'a', 'b')],
  },
  'a silent user between two assistant turns as a filler': {
    messages: [user('a'), assistant('b'), user(' '), assistant('c'), user('d')],
    expected: [said('user', 'a'), said('assistant', 'b'), said('user', '.'), said('assistant', 'c'), said('user', 'd')],
  },
  'a silent user at the end as a filler': {
    messages: [user('a'), assistant('b'), user('')],
    expected: [said('user', 'a'), said('assistant', 'b'), said('user', '.')],
  },
  'a silent user beside another one not at all': {
    messages: [user('a'), assistant('b'), user(''), user('c')],
    expected: [said('user', 'a'), said('assistant', 'b'), said('user', 'c')],
  },
  'a later instruction as a note of the user’s turn': {
    messages: [user('a'), system('Be brief.', ' '), assistant('b'), system('In French.'), user('c')],
    expected: [
      said('user', 'a', '<system>\nBe brief.\n</system>'),
      said('assistant', 'b'),
      said('user', '<system>\nIn French.\n</system>', 'c'),
    ],
  },
  'a conversation of instructions only, when there is a system prompt': {
    messages: [],
    options: { hasSystem: true },
    expected: [said('user', '.')],
  },
  'a system prompt before the first user turn, for a model without one': {
    messages: [user('a')],
    options: { hasSystem: true, preamble: text('Be kind.', 'Be brief.') },
    expected: [said('user', 'Be kind.', 'Be brief.', 'a')],
  },
  'a system prompt alone as the user’s turn, for a model without one': {
    messages: [assistant('Hello!')],
    options: { hasSystem: true, preamble: text('Be kind.') },
    expected: [said('user', 'Be kind.'), said('assistant', 'Hello!')],
  },
  'calls and results, in parallel and in any order': {
    messages: [user('a'), calling('', 'x', 'y'), result('y', '2'), result('x', '1', 'one'), user('b')],
    expected: [
      said('user', 'a'),
      said('assistant', use('x'), use('y')),
      said('user', answer('y', '2'), answer('x', '1', 'one'), 'b'),
    ],
  },
  'results before what is said, calls after it': {
    messages: [user('a'), calling('', 'x'), assistant('Wait.'), system('Quick!'), user('b'), result('x', '1')],
    expected: [
      said('user', 'a'),
      said('assistant', 'Wait.', use('x')),
      said('user', answer('x', '1'), '<system>\nQuick!\n</system>', 'b'),
    ],
  },
  'a blank result as an empty one': {
    messages: [user('a'), calling('', 'x'), result('x', ' ')],
    expected: [said('user', 'a'), said('assistant', use('x')), said('user', answer('x'))],
  },
  'the first of two calls and of two results with one id': {
    messages: [user('a'), calling('', 'x', 'x'), result('x', '1'), result('x', '2')],
    expected: [said('user', 'a'), said('assistant', use('x')), said('user', answer('x', '1'))],
    dropped: ['messages.tool_calls', 'messages.tool_call_id'],
  },
  'texts and tools in turns of their own, for a model that refuses both in one': {
    messages: [user('a'), calling('Wait.', 'x'), result('x', '1'), user('b')],
    options: { capabilities: { ...capabilities, mixesToolsAndText: false } },
    expected: [
      said('user', 'a'),
      said('assistant', 'Wait.'),
      said('user', '.'),
      said('assistant', use('x')),
      said('user', answer('x', '1')),
      said('assistant', '.'),
      said('user', 'b'),
    ],
  },
  'a beginning of the answer, without the blank at its end': {
    messages: [user('a'), assistant('{', '"b":\n ')],
    expected: [said('user', 'a'), said('assistant', '{', '"b":')],
  },
  'a beginning of the answer as a turn to go on from, for a model that refuses it': {
    messages: [user('a'), assistant('Once')],
    options: { capabilities: { ...capabilities, assistantPrefill: false } },
    expected: [said('user', 'a'), said('assistant', 'Once'), said('user', 'Continue.')],
    dropped: ['prefill'],
  },
  'calls and results as text, where the request has no tools': {
    messages: [user('a'), calling('Wait.', 'x'), result('x', '1', '2'), result('unknown', '3')],
    options: { hasTools: false },
    expected: [
      said('user', 'a'),
      said('assistant', 'Wait.', '[called look with {"at":"x"}]'),
      said('user', '[look answered: 12]', '[the tool answered: 3]'),
    ],
  },
};

test.for(Object.entries(cases))('encodes %s', ([, { messages, expected, options, dropped = [] }], { expect }) => {
  expect(encode(messages, options)).toEqual({ messages: expected, dropped });
});

test('says that a tool failed, where the model takes it', ({ expect }) => {
  const failed: Message = {
    role: 'user',
    content: [{ type: 'tool-result', toolCallId: 'x', content: [], isError: true }],
  };
  const messages = [user('a'), calling('', 'x'), failed];
  const status = (toolResultStatus: boolean) =>
    JSON.stringify(encode(messages, { capabilities: { ...capabilities, toolResultStatus } }).messages).includes(
      '"status":"error"',
    );
  expect([status(true), status(false)]).toEqual([true, false]);
});

test('makes ids legal, the same for the call and its result', ({ expect }) => {
  const id = 'call with spaces|日本';
  const json = JSON.stringify(encode([user('a'), calling('', id), result(id, '1')]).messages);
  const ids = [...json.matchAll(/"toolUseId":"([^"]+)"/g)].map(([, found]) => found);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
  expect(ids[1]).toBe(ids[0]);
});

describe('refuses', () => {
  const refusals: Readonly<Record<string, readonly [messages: readonly Message[], said: string]>> = {
    'no messages': [[], 'there is no text'],
    'blank messages only': [[user(''), assistant(' ')], 'there is no text'],
    'a call without its result': [[user('a'), calling('', 'x')], '"x"'],
    'a call answered too late': [[user('a'), calling('', 'x'), user('b'), assistant('c'), result('x', '1')], '"x"'],
    'one of two calls without its result': [[user('a'), calling('', 'x', 'y'), result('x', '1')], '"y"'],
    'a call that a silent user follows': [[user('a'), calling('', 'x'), user('')], '"x"'],
    'a result without its call': [[user('a'), result('x', '1')], '"x"'],
    'a result answered twice in two turns': [
      [user('a'), calling('', 'x'), result('x', '1'), assistant('b'), result('x', '1')],
      '"x"',
    ],
  };
  test.for(Object.entries(refusals))('%s', ([, [messages, said]], { expect }) => {
    const refuse = () => encode(messages);
    expect(refuse).toThrow(GatewayError);
    expect(refuse).toThrow(expect.objectContaining({ status: 400, param: 'messages' }));
    expect(refuse).toThrow(said);
  });
});
