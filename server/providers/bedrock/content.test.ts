import { describe, test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import type { DocumentPart, ImagePart, MediaPart, Message, UserPart } from '../../model/request.ts';
import { DocumentNames } from './document-names.ts';
import { encodeMessages } from './messages.ts';
import { calling, modelWith, text, user } from './test-calls.ts';
import { ToolNames } from './tools.ts';

const place = 'messages[0].content[1]';
const image: ImagePart = { type: 'image', format: 'png', data: 'aW1n', path: place };
const pdf: DocumentPart = { type: 'document', format: 'pdf', name: 'A report_(1).pdf', data: 'cGRm', path: place };
const note: DocumentPart = { type: 'document', format: 'txt', name: undefined, data: 'bm90ZQ==', path: place };
const audio: MediaPart = { type: 'audio', format: 'wav', data: 'd2F2', path: place };
const video: MediaPart = { type: 'video', format: 'mp4', data: 'bXA0', path: place };

function encode(messages: readonly Message[], differences: Parameters<typeof modelWith>[0] = {}, cites = false) {
  const { capabilities } = modelWith(differences);
  const dropped = new Set<string>();
  const encoded = encodeMessages(messages, {
    hasTools: true,
    hasSystem: false,
    preamble: [],
    replayReasoning: true,
    names: new ToolNames(),
    capabilities,
    alias: 'a-model',
    cites,
    dropped,
  });
  return { messages: encoded, dropped: [...dropped] };
}

const asked = (...content: readonly UserPart[]): Message => ({ role: 'user', content });
const bytes = (data: string) => ({ source: { bytes: data } });
const point = { cachePoint: { type: 'default' } };

test('files are Converse’s blocks, and a document has a text beside it', ({ expect }) => {
  const { messages } = encode([asked(image, pdf, audio, video)], { audio: true, video: true });
  expect(messages).toEqual([
    {
      role: 'user',
      content: [
        { image: { format: 'png', ...bytes('aW1n') } },
        { document: { name: 'A report (1)', format: 'pdf', ...bytes('cGRm') } },
        { audio: { format: 'wav', ...bytes('d2F2') } },
        { video: { format: 'mp4', ...bytes('bXA0') } },
        { text: '.' },
      ],
    },
  ]);
});

test.for([
  [image, { vision: false }, 'images'],
  [pdf, { documents: false }, 'PDF documents'],
  [audio, {}, 'sound'],
  [video, {}, 'film'],
] as const)('%j is refused by its place where the model does not read it', ([part, lacks, named], { expect }) => {
  const refuse = () => encode([asked(...text('Hi'), part)], lacks);
  expect(refuse).toThrow(GatewayError);
  expect(refuse).toThrow(expect.objectContaining({ status: 400, code: 'unsupported_content', param: place }));
  expect(refuse).toThrow(named);
});

test('a text document is told as text to a model that reads no documents', ({ expect }) => {
  expect(encode([asked(note)], { documents: false }).messages).toEqual([
    { role: 'user', content: [{ text: '<document name="txt document">\nnote\n</document>' }] },
  ]);
});

describe('names of documents', () => {
  const names = (...documents: readonly Partial<DocumentPart>[]) => {
    const given = new DocumentNames();
    return documents.map((each) => given.nameOf({ ...pdf, ...each }));
  };

  test('are legal, and made from the document alone', ({ expect }) => {
    expect(
      names({ name: 'Ünïcode  & more_2.tar.gz' }, { name: '日本.pdf' }, { name: `${'x'.repeat(300)}.pdf` }),
    ).toEqual(['n code more 2 tar', 'pdf document', 'x'.repeat(100)]);
  });

  test('differ within a conversation, always in the same way', ({ expect }) => {
    const [first, second, third] = names(
      { name: 'a.pdf' },
      { name: 'a.pdf', data: 'eA==' },
      { name: 'a.pdf', data: 'eA==' },
    );
    expect([first, second, third]).toEqual(['a', expect.stringMatching(/^a [0-9a-f]{8}$/), `${second} (2)`]);
    expect(names({ name: 'a.pdf' }, { name: 'a.pdf', data: 'eA==' })).toEqual([first, second]);
  });
});

const returned = (
  content: readonly (MediaPart | { readonly type: 'text'; readonly text: string })[],
  ttl?: '5m',
): Message =>
  asked(
    { type: 'tool-result', toolCallId: 'x', content, isError: false, ...(ttl && { cacheAfter: ttl }) },
    ...text('And?'),
  );

test('images of a result stand in it where the model sees them there, otherwise right behind all results', ({
  expect,
}) => {
  const messages = [user('a'), calling('', 'x'), returned([...text('1'), image], '5m')];
  const block = { image: { format: 'png', ...bytes('aW1n') } };
  expect(encode(messages).messages.at(-1)).toEqual({
    role: 'user',
    content: [{ toolResult: { toolUseId: 'x', content: [{ text: '1' }, block] } }, point, { text: 'And?' }],
  });
  expect(encode(messages, { toolResultImages: false }).messages.at(-1)).toEqual({
    role: 'user',
    content: [{ toolResult: { toolUseId: 'x', content: [{ text: '1' }] } }, block, point, { text: 'And?' }],
  });
});

test('a mark inside a result stands behind it; one on a blank text behind what comes before', ({ expect }) => {
  const marked = { type: 'text', text: '1', cacheAfter: '5m' } as const;
  const blank = { type: 'text', text: ' ', cacheAfter: '5m' } as const;
  const messages = [user('a'), calling('', 'x'), returned([marked, ...text('2')])];
  expect(encode(messages).messages.at(-1)).toMatchObject({ content: [{ toolResult: {} }, point, { text: 'And?' }] });
  expect(encode([asked(...text('a'), blank)]).messages).toEqual([{ role: 'user', content: [{ text: 'a' }, point] }]);
});

test('a point never comes right after a document that is no PDF', ({ expect }) => {
  const marked = { ...note, cacheAfter: '5m' } as const;
  const document = { document: { name: 'txt document', format: 'txt', ...bytes('bm90ZQ==') } };
  expect(encode([asked(marked, ...text('a'))]).messages).toEqual([
    { role: 'user', content: [document, { text: 'a' }, point] },
  ]);
  expect(encode([asked(...text('a'), marked)]).messages).toEqual([
    { role: 'user', content: [{ text: 'a' }, document, { text: '.' }, point] },
  ]);
});

describe('reasoning of earlier turns', () => {
  const thought = { type: 'reasoning', text: 'Hm “ß” 🦋\r\n', signature: 'c2ln' } as const;
  const sealed = { type: 'redacted-reasoning', data: 'eA==' } as const;
  const unsigned = { type: 'reasoning', text: 'Hm.', signature: undefined } as const;
  const history = (...content: Extract<Message, { role: 'assistant' }>['content']): Message[] => [
    user('a'),
    { role: 'assistant', content },
    user('b'),
  ];

  test('goes back byte for byte, before the text', ({ expect }) => {
    const { messages, dropped } = encode(history(thought, sealed, ...text('c')));
    expect(messages[1]).toEqual({
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: thought.text, signature: 'c2ln' } } },
        { reasoningContent: { redactedContent: 'eA==' } },
        { text: 'c' },
      ],
    });
    expect(dropped).toEqual([]);
  });

  test('comes first where it would end the turn', ({ expect }) => {
    const { messages } = encode(history(thought, ...text('c'), sealed));
    expect(messages[1]).toMatchObject({
      content: [{ reasoningContent: {} }, { reasoningContent: { redactedContent: 'eA==' } }, { text: 'c' }],
    });
  });

  test.for([
    [[unsigned], {}],
    [[thought, sealed], { reasoningReplay: 'none' }],
  ] as const)('%j is left out and reported for %j', ([parts, differences], { expect }) => {
    const { messages, dropped } = encode(history(...parts, ...text('c')), differences);
    expect(messages[1]).toEqual({ role: 'assistant', content: [{ text: 'c' }] });
    expect(dropped).toEqual(['messages.reasoning_details']);
  });
});

test('an instruction in the middle keeps its mark', ({ expect }) => {
  const rule = { type: 'text', text: 'Be brief.', cacheAfter: '5m' } as const;
  expect(encode([user('a'), { role: 'system', content: [rule] }]).messages).toEqual([
    { role: 'user', content: [{ text: 'a' }, { text: '<system>\nBe brief.\n</system>' }, point] },
  ]);
});

describe('for a model that cites', () => {
  const found = {
    type: 'search-result',
    source: 'https://example.com',
    title: 'A page',
    content: text('The sea is blue.', ' '),
    citations: true,
  } as const;
  const cited = { citations: true, context: 'Of May' } as const;
  const word: DocumentPart = { ...pdf, format: 'docx', name: 'w' };

  test('search results and what is said of documents go along', ({ expect }) => {
    const { messages, dropped } = encode([asked(found, { ...note, ...cited }, { ...word, ...cited })], {}, true);
    expect(messages).toMatchObject([
      {
        content: [
          {
            searchResult: {
              source: 'https://example.com',
              title: 'A page',
              content: [{ text: 'The sea is blue.' }],
              citations: { enabled: true },
            },
          },
          { document: { citations: { enabled: true }, context: 'Of May' } },
          { document: { context: 'Of May', format: 'docx' } },
          { text: '.' },
        ],
      },
    ]);
    expect(JSON.stringify(messages[0]).match(/citations/g)).toHaveLength(2);
    // Bedrock cites no Office files.
    expect(dropped).toEqual(['messages.content.citations']);
  });

  test('for one that does not, search results are texts', ({ expect }) => {
    const { messages, dropped } = encode([asked(found)]);
    expect(messages).toEqual([
      { role: 'user', content: [{ text: 'A page\nhttps://example.com\nThe sea is blue.\n ' }] },
    ]);
    expect(dropped).toEqual(['messages.content.citations']);
  });
});
