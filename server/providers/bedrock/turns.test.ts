import { describe, test } from 'vitest';
import { pdf, png, textFile, wav } from '../../dialects/test-files.ts';
import { GatewayError } from '../../errors.ts';
import type { AssistantPart, Message, ToolResultPart, UserPart } from '../../model/request.ts';
import { DocumentNames } from './document-names.ts';
import { encodeMessages } from './messages.ts';
import { assistant, calling, modelWith, result, system, text, user } from './test-calls.ts';
import { ToolNames } from './tools.ts';

const document = { type: 'document', format: 'pdf', name: 'a.pdf', data: pdf } as const;
const note = { type: 'document', format: 'md', name: 'b.md', data: textFile } as const;
const image = { type: 'image', format: 'png', data: png } as const;
const audio = { type: 'audio', format: 'wav', data: wav } as const;
const video = { type: 'video', format: 'mp4', data: textFile } as const;
const thought = (said: string) => ({ type: 'reasoning', text: said, signature: `signed ${said}` }) as const;

const asked = (...content: readonly UserPart[]): Message => ({ role: 'user', content });
const thinking = (...content: readonly AssistantPart[]): Message => ({ role: 'assistant', content });
const returned = (toolCallId: string, cacheAfter: '5m' | '1h' | undefined, ...content: ToolResultPart['content']) => {
  return asked({ type: 'tool-result', toolCallId, content, isError: false, ...(cacheAfter && { cacheAfter }) });
};

/** A body's block in a few letters: its text, or its kind; a tool result with what is in it. */
function drawn(block: object): string {
  if ('text' in block) return String(block.text);
  if ('cachePoint' in block) return JSON.stringify(block).includes('1h') ? '*1h' : '*';
  if ('reasoningContent' in block) return /"text":"(\w+)"/.exec(JSON.stringify(block))?.[1] ?? 'sealed';
  if ('toolResult' in block) {
    const inside = JSON.stringify(block).matchAll(/"(text|image|document|video|audio)":/g);
    return `result(${[...inside].map(([, kind]) => kind).join(' ')})`;
  }
  return Object.keys(block).join();
}

function encode(messages: readonly Message[], differences: Parameters<typeof modelWith>[0] = {}, hasTools = true) {
  const dropped = new Set<string>();
  const encoded = encodeMessages(messages, {
    hasTools,
    hasSystem: false,
    preamble: [],
    replayReasoning: true,
    names: new ToolNames(),
    capabilities: modelWith(differences).capabilities,
    alias: 'a-model',
    cites: false,
    dropped,
  });
  const turns = encoded.map((message) => {
    const { role, content } = { role: '', content: [], ...message };
    return `${role}: ${content.map(drawn).join(', ')}`;
  });
  return { turns, dropped: [...dropped] };
}

interface Case {
  readonly messages: readonly Message[];
  readonly turns: readonly string[];
  readonly model?: Parameters<typeof modelWith>[0];
  readonly dropped?: readonly string[];
}

const systemCases: Readonly<Record<string, Case>> = {
  'after the user’s turn that it stands in': {
    messages: [user('a'), assistant('b'), system('Be brief.'), user('c')],
    turns: ['user: a', 'assistant: b', 'user: c', 'system: Be brief.'],
  },
  'after the results, never between a call and its result': {
    messages: [user('a'), calling('', 'x'), system('Be brief.'), result('x', '1')],
    turns: ['user: a', 'assistant: toolUse', 'user: result(text)', 'system: Be brief.'],
  },
  'once for several in a row, with their marks': {
    messages: [
      user('a'),
      system('One.'),
      { role: 'system', content: [{ type: 'text', text: 'Two.', cacheAfter: '5m' }] },
      assistant('b'),
      user('c'),
    ],
    turns: ['user: a', 'system: One., Two., *', 'assistant: b', 'user: c'],
  },
  'after a filler where the user says nothing': {
    messages: [user('a'), assistant('b'), system('Go on.')],
    turns: ['user: a', 'assistant: b', 'user: .', 'system: Go on.'],
  },
};

test.for(Object.entries(systemCases))(
  'a model that takes instructions among the messages gets one %s',
  ([, { messages, turns }], { expect }) => {
    expect(encode(messages, { systemAmongMessages: true, assistantPrefill: false }).turns).toEqual(turns);
  },
);

const reasoningCases: Readonly<Record<string, Case>> = {
  'between texts where it begins the turn': {
    messages: [user('a'), thinking(thought('R'), ...text('b'), thought('S'), ...text('c')), user('d')],
    turns: ['user: a', 'assistant: R, b, S, c', 'user: d'],
  },
  'first where it came after a text': {
    messages: [user('a'), thinking(...text('b'), thought('R')), user('d')],
    turns: ['user: a', 'assistant: R, b', 'user: d'],
  },
  'before all calls, those of a later message too': {
    messages: [
      user('a'),
      thinking(thought('R'), ...calling('', 'x').content),
      thinking(thought('S'), ...calling('', 'y').content),
      result('x', '1'),
      result('y', '2'),
    ],
    turns: ['user: a', 'assistant: R, S, toolUse, toolUse', 'user: result(text), result(text)'],
  },
  'with a filler where the turn has nothing else': {
    messages: [user('a'), thinking(thought('R')), user('b')],
    turns: ['user: a', 'assistant: R, .', 'user: b'],
  },
  'with a filler, and a turn to go on from, where that turn is the last': {
    messages: [user('a'), thinking(thought('R'))],
    turns: ['user: a', 'assistant: R, .', 'user: Continue.'],
    dropped: ['prefill'],
  },
  'nowhere, nor an empty turn in its place, where the model takes none': {
    messages: [user('a'), thinking(thought('R')), user('b')],
    model: { reasoningReplay: 'none' },
    turns: ['user: a, b'],
    dropped: ['messages.reasoning_details'],
  },
};

test.for(Object.entries(reasoningCases))(
  'reasoning stands %s',
  ([, { messages, turns, model, dropped = [] }], { expect }) => {
    expect(encode(messages, model)).toEqual({ turns, dropped });
  },
);

const called = [user('a'), calling('', 'x', 'y')];
const fileCases: Readonly<Record<string, Case>> = {
  'a document beside results in a turn of its own': {
    messages: [...called, returned('x', undefined), returned('y', undefined), asked(document, ...text('b'))],
    turns: ['user: a', 'assistant: toolUse, toolUse', 'user: result(), result()', 'assistant: .', 'user: document, b'],
  },
  'a document inside a result where it is': {
    messages: [...called, returned('x', undefined, document), returned('y', undefined)],
    turns: ['user: a', 'assistant: toolUse, toolUse', 'user: result(document), result()'],
  },
  'sound out of a result, for Converse has no place for it there': {
    messages: [...called, returned('x', undefined, ...text('1'), audio), returned('y', undefined), user('b')],
    model: { audio: true },
    turns: ['user: a', 'assistant: toolUse, toolUse', 'user: result(text), result(), audio, b'],
  },
  'images and films out of results for a model that sees none there, in order and with their marks behind': {
    messages: [...called, returned('x', '5m', image, ...text('1')), returned('y', '1h', video)],
    model: { toolResultImages: false, video: true },
    turns: [
      'user: a',
      'assistant: toolUse, toolUse',
      'user: result(text), result()',
      'assistant: .',
      'user: image, *, video, *1h',
    ],
  },
  'points of results behind the last of them': {
    messages: [...called, returned('x', '1h'), returned('y', '5m'), user('b')],
    turns: ['user: a', 'assistant: toolUse, toolUse', 'user: result(), result(), *1h, b'],
  },
  'a text beside a document, before the point that covers it': {
    messages: [asked({ ...document, cacheAfter: '5m' })],
    turns: ['user: document, ., *'],
  },
  'a point after a document that is no PDF behind the text that follows': {
    messages: [asked({ ...note, cacheAfter: '1h' }, { ...document, cacheAfter: '5m' })],
    turns: ['user: document, document, ., *1h'],
  },
};

test.for(Object.entries(fileCases))('sends %s', ([, { messages, turns, model }], { expect }) => {
  expect(encode(messages, model)).toEqual({ turns, dropped: [] });
});

test('names of documents differ by more than their case, for nobody says that Bedrock heeds it', ({ expect }) => {
  const names = new DocumentNames();
  const given = ['Report.pdf', 'report.pdf'].map((name) => names.nameOf({ ...document, name }).toLowerCase());
  expect(new Set(given).size).toBe(2);
});

test('without tools in the request a result is told, its files noted in it and sent beside', ({ expect }) => {
  const messages = [user('a'), calling('', 'x'), returned('x', '5m', ...text('Seen: '), image)];
  expect(encode(messages, {}, false).turns).toEqual([
    'user: a',
    'assistant: [called look with {"at":"x"}]',
    'user: [look answered: Seen: [image]], *, image',
  ]);
});

test('a mark on a blank text with nothing before it is reported', ({ expect }) => {
  const blank = { type: 'text', text: ' ', cacheAfter: '5m' } as const;
  expect(encode([asked(blank, ...text('a'))])).toEqual({ turns: ['user: a'], dropped: ['cache_control'] });
});

describe('a refusal names', () => {
  test.for<[string, readonly Message[], readonly string[]]>([
    ['every call without a result', [...called, user('b')], ['"x", "y"', 'send a result for each id']],
    [
      'every result without a call',
      [user('a'), result('p', '1'), result('q', '1')],
      ['"p", "q"', 'send the call too, or leave its result out'],
    ],
    [
      'a few of very many ids',
      [user('a'), calling('', ...Array.from({ length: 9 }, (_, at) => `id${at}`)), user('b')],
      ['"id4", 4 more'],
    ],
    [
      'the call whose result comes after the model went on',
      [user('a'), calling('', 'x'), user('b'), assistant('c'), result('x', '1')],
      ['"x"'],
    ],
  ])('%s', ([, messages, said], { expect }) => {
    const refuse = () => encode(messages);
    expect(refuse).toThrow(GatewayError);
    expect(refuse).toThrow(expect.objectContaining({ status: 400, param: 'messages' }));
    for (const each of said) expect(refuse).toThrow(each);
  });
});

test('an image that nobody fetched is our own mistake, not the caller’s', ({ expect }) => {
  const remote = { type: 'remote-image', url: 'https://example.com/a.png', path: 'messages[0]' } as const;
  const send = () => encode([asked(remote)]);
  expect(send).toThrow('remote image');
  expect(send).not.toThrow(GatewayError);
});

test('a message may have more parts than a call can have arguments', ({ expect }) => {
  const many = Array.from({ length: 150_000 }, () => ({ type: 'text', text: 'a' }) as const);
  const options = {
    hasTools: true,
    hasSystem: false,
    preamble: [],
    replayReasoning: true,
    names: new ToolNames(),
    capabilities: modelWith().capabilities,
    alias: 'a-model',
    cites: false,
    dropped: new Set<string>(),
  };
  const [turn] = encodeMessages([user('b'), { role: 'user', content: many }], options);
  expect(turn).toMatchObject({ content: { length: 150_001 } });
});

test('thousands of copies of one document are named without looking through all of them', ({ expect }) => {
  const names = new DocumentNames();
  const given = Array.from({ length: 50_000 }, () => names.nameOf(document));
  expect(new Set(given).size).toBe(given.length);
});
