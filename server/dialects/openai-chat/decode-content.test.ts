import { test } from 'vitest';
import { gif, jpeg, pdf, png, textFile, wav, zip } from '../test-files.ts';
import { decodeChatRequest } from './decode-request.ts';
import { failureOf } from './test-failures.ts';

const decode = (...parts: readonly unknown[]) =>
  decodeChatRequest({ model: 'm', messages: [{ role: 'user', content: parts }] });
const only = (part: unknown) => {
  const { request, dropped } = decode(part);
  return { part: request.messages[0]?.content[0], dropped };
};

const url = (data: string, label = 'image/png') => `data:${label};base64,${data}`;
const imagePart = { type: 'image', format: 'png', data: png };
const source = (data: string, media_type = 'image/png') => ({ type: 'base64', media_type, data });

const shapes: readonly (readonly [name: string, part: object, expected: object])[] = [
  ['image_url', { type: 'image_url', image_url: { url: url(png) } }, imagePart],
  [
    'image_url labelled jpg',
    { type: 'image_url', image_url: { url: url(jpeg, 'image/jpg') } },
    { type: 'image', format: 'jpeg', data: jpeg },
  ],
  [
    'image_url with a wrong label',
    { type: 'image_url', image_url: { url: url(gif) } },
    { type: 'image', format: 'gif', data: gif },
  ],
  ['image_url as a bare text', { type: 'image_url', image_url: url(png) }, imagePart],
  ['input_image', { type: 'input_image', image_url: url(png), detail: 'auto' }, imagePart],
  ['Anthropic’s image', { type: 'image', source: source(png, 'image/jpeg') }, imagePart],
  [
    'an image in lines',
    { type: 'image_url', image_url: { url: url(`${png.slice(0, 8)}\n${png.slice(8)}`) } },
    imagePart,
  ],
  [
    'an address',
    { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
    { type: 'remote-image', url: 'https://example.org/a.png', path: 'messages[0].content[0].image_url.url' },
  ],
  [
    'Anthropic’s address',
    { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
    { type: 'remote-image', url: 'https://example.org/a.png', path: 'messages[0].content[0].source.url' },
  ],
  [
    'input_audio',
    { type: 'input_audio', input_audio: { data: wav, format: 'wav' } },
    { type: 'audio', format: 'wav', data: wav },
  ],
  [
    'a file',
    { type: 'file', file: { filename: 'Plan 1.pdf', file_data: url(pdf, 'application/pdf') } },
    { type: 'document', format: 'pdf', data: pdf, name: 'Plan 1.pdf' },
  ],
  [
    'a file as bare base64',
    { type: 'file', file: { filename: 'plan.docx', file_data: zip } },
    { type: 'document', format: 'docx', data: zip, name: 'plan.docx' },
  ],
  ['a file that is an image', { type: 'file', file: { file_data: png } }, imagePart],
  [
    'input_file',
    { type: 'input_file', filename: 'a.txt', file_data: textFile },
    { type: 'document', format: 'txt', data: textFile, name: 'a.txt' },
  ],
  [
    'Anthropic’s document',
    { type: 'document', title: 'Plan', source: source(pdf, 'application/pdf') },
    { type: 'document', format: 'pdf', data: pdf, name: 'Plan' },
  ],
  [
    'Anthropic’s document of text',
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Some text.' } },
    { type: 'document', format: 'txt', data: textFile, name: undefined },
  ],
  [
    'video_url',
    { type: 'video_url', video_url: { url: url(wav, 'video/mp4') } },
    { type: 'video', format: 'mp4', data: wav },
  ],
  [
    'input_video',
    { type: 'input_video', video_url: url(wav, 'video/webm') },
    { type: 'video', format: 'webm', data: wav },
  ],
];

test.for(shapes)('reads %s', ([, part, expected], { expect }) => {
  // Files say where they stand, too.
  expect(only(part)).toMatchObject({ part: expected, dropped: [] });
});

test.for(shapes)('reads %s in a tool’s message, too', ([, part, expected], { expect }) => {
  const { request } = decodeChatRequest({
    model: 'm',
    messages: [{ role: 'tool', tool_call_id: 'c', content: [part] }],
  });
  expect(request.messages[0]?.content[0]).toMatchObject({
    type: 'tool-result',
    toolCallId: 'c',
    content: [expected],
    isError: false,
  });
});

test('reports a detail other than auto, and what else is not kept', ({ expect }) => {
  const image = { type: 'image_url', image_url: { url: url(png), detail: 'high', alt: 'x' } };
  expect(only(image).dropped).toEqual(['messages.content.image_url.detail', 'messages.content.image_url.alt']);
});

test.for([
  ['5m', { cache_control: { type: 'ephemeral' } }],
  ['5m', { cache_control: { type: 'ephemeral', ttl: '5m' } }],
  ['1h', { cache_control: { type: 'ephemeral', ttl: '1h' } }],
  ['5m', { prompt_cache_breakpoint: { mode: 'explicit' } }],
] as const)('ends a prefix to be cached for %s after %j', ([ttl, mark], { expect }) => {
  for (const part of [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url: url(png) } },
  ]) {
    const read = only({ ...part, ...mark });
    expect(read.part).toMatchObject({ cacheAfter: ttl });
    expect(read.dropped).toEqual([]);
  }
});

/** A wrong part, where its error points, and the error’s code. */
const refusals: readonly (readonly [part: unknown, member: string, code?: string])[] = [
  [{ type: 'image_url' }, 'image_url'],
  [{ type: 'image_url', image_url: {} }, 'image_url.url'],
  [{ type: 'image_url', image_url: { url: url(pdf) } }, 'image_url.url', 'unsupported_content'],
  [{ type: 'image_url', image_url: { url: url('') } }, 'image_url.url'],
  [{ type: 'image_url', image_url: { url: url('****') } }, 'image_url.url'],
  [{ type: 'image_url', image_url: { url: 'data:image/png,abc' } }, 'image_url.url'],
  [{ type: 'image_url', image_url: { url: 'http://example.org/a.png' } }, 'image_url.url', 'unsupported_content'],
  [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }, 'image_url.url', 'unsupported_content'],
  [{ type: 'image_url', image_url: { url: png } }, 'image_url.url'],
  [{ type: 'input_image', file_id: 'file-1' }, 'file_id', 'unsupported_content'],
  [{ type: 'image', source: { type: 'file' } }, 'source.type', 'unsupported_content'],
  [{ type: 'input_audio' }, 'input_audio'],
  [{ type: 'input_audio', input_audio: { data: wav, format: 'pcm16' } }, 'input_audio.format', 'unsupported_content'],
  [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }, 'input_audio.data'],
  [{ type: 'file', file: { file_id: 'file-1' } }, 'file.file_id', 'unsupported_content'],
  [{ type: 'file', file: {} }, 'file.file_data'],
  [{ type: 'file', file: { file_data: zip } }, 'file.file_data', 'unsupported_content'],
  [{ type: 'document', source: { type: 'url', url: 'https://x' } }, 'source.type', 'unsupported_content'],
  [{ type: 'video_url', video_url: { url: 'https://example.org/a.mp4' } }, 'video_url.url', 'unsupported_content'],
  [{ type: 'document', source: { type: 'text', data: '' } }, 'source.data'],
  [{ type: 'video_url', video_url: { url: url(wav, 'video/unknown') } }, 'video_url.url', 'unsupported_content'],
  [{ type: 'text', text: 'x', cache_control: { type: 'permanent' } }, 'cache_control'],
  [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '2h' } }, 'cache_control.ttl'],
  [{ type: 'thinking', thinking: 'x' }, 'type', 'unsupported_content'],
  [{ type: 'tool_use', id: 'c', name: 'look', input: {} }, 'type', 'unsupported_content'],
];

test.for(refusals)('refuses %j, naming %s', ([part, member, code = 'invalid_request'], { expect }) => {
  const param = `messages[0].content[1].${member}`;
  const error = failureOf(() => decode({ type: 'text', text: 'x' }, part));
  expect(error).toMatchObject({ status: 400, code, param });
  expect(error?.message).toMatch(/^messages\[0\]\.content\[1\]\..*\.$/s);
});

test.for(['system', 'developer', 'assistant'] as const)(
  'has no place for an image in a message of %s',
  (role, { expect }) => {
    const content = [{ type: 'image_url', image_url: { url: url(png) } }];
    const error = failureOf(() => decodeChatRequest({ model: 'm', messages: [{ role, content }] }));
    expect(error).toMatchObject({ code: 'unsupported_content', param: 'messages[0].content[0].type' });
  },
);

test('refuses a part that is no object, naming its place', ({ expect }) => {
  expect(failureOf(() => decode('Hi'))).toMatchObject({ status: 400, param: 'messages[0].content[0]' });
});

test('reads a refusal as the text it is, and reports what a text has beside it', ({ expect }) => {
  const content = [{ type: 'refusal', refusal: 'No.', alt: 'x' }];
  const { request, dropped } = decodeChatRequest({ model: 'm', messages: [{ role: 'assistant', content }] });
  expect(request.messages).toEqual([{ role: 'assistant', content: [{ type: 'text', text: 'No.' }] }]);
  expect(dropped).toEqual(['messages.content.alt']);
});

test('marks the last part that can carry a mark for a message’s own', ({ expect }) => {
  const thinking = { type: 'thinking', thinking: 'Hm.', signature: 's' };
  const message = { role: 'assistant', content: [{ type: 'text', text: 'a' }, thinking] };
  const marked = { ...message, cache_control: { type: 'ephemeral' } };
  expect(decodeChatRequest({ model: 'm', messages: [marked] }).request.messages[0]?.content).toEqual([
    { type: 'text', text: 'a', cacheAfter: '5m' },
    { type: 'reasoning', text: 'Hm.', signature: 's' },
  ]);
});

test('reports what a mark has beside its time', ({ expect }) => {
  const part = { type: 'text', text: 'x', cache_control: { type: 'ephemeral', scope: 'org' } };
  expect(only(part).dropped).toEqual(['cache_control.scope']);
});

test('takes an assistant’s empty text for nothing said', ({ expect }) => {
  const { request } = decodeChatRequest({ model: 'm', messages: [{ role: 'assistant', content: '' }] });
  expect(request.messages).toEqual([{ role: 'assistant', content: [] }]);
});
