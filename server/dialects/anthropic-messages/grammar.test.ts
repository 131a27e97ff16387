import { test } from 'vitest';
import { end, reasoning, text, toolCall } from '../openai-chat/test-answers.ts';
import { readStream, type StreamedEvent } from '../openai-responses/test-grammar.ts';
import { MessagesStreamEncoder } from './encode-stream.ts';
import { head } from './test-answers.ts';
import { faultsOfStream, messageOfStream } from './test-grammar.ts';

// Each way to break a stream has to be found.

const encoder = new MessagesStreamEncoder(head);
const good = readStream(
  encoder.encode([
    ...reasoning(0, 'Hm.'),
    ...text(1, 'a', 'b'),
    ...toolCall(2, 'look', '{"at":', '1}'),
    ...end('tool-calls'),
  ]) + encoder.end({ costUsd: null }),
);

const find = (name: string) => good.findIndex((event) => event.name === name);

/** The stream with other members in the first event of that name. */
function changed(name: string, members: object): readonly StreamedEvent[] {
  const at = find(name);
  return good.map((event, index) => (index === at ? { name, data: { ...event.data, ...members } } : event));
}

/** The stream with an event put in at a place. */
function inserted(at: number, event: StreamedEvent | undefined): readonly StreamedEvent[] {
  return event ? [...good.slice(0, at), event, ...good.slice(at)] : good;
}

const error: StreamedEvent = { name: 'error', data: { type: 'error', error: { type: 'api_error', message: 'Oh.' } } };

test('finds nothing in a good stream, nor in one that ends in an error', ({ expect }) => {
  expect(faultsOfStream(good)).toEqual([]);
  expect(faultsOfStream([...good.slice(0, 5), error])).toEqual([]);
  expect(faultsOfStream([error])).toEqual([]);
});

test('puts together what a stream tells, unless it ends in an error', ({ expect }) => {
  expect(messageOfStream(good)).toMatchObject({
    stop_reason: 'tool_use',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
      { type: 'text', text: 'ab' },
      { type: 'tool_use', name: 'look', input: { at: 1 } },
    ],
    usage: { input_tokens: 100 },
  });
  expect(() => messageOfStream([...good.slice(0, 5), error])).toThrow('ends in an error');
  expect(() => messageOfStream(good.slice(0, 5))).toThrow('ends nothing');
});

test.for(['message_start', 'content_block_start', 'content_block_stop', 'message_delta', 'message_stop'])(
  'misses %s',
  (name, { expect }) => {
    expect(faultsOfStream(good.filter((_, index) => index !== find(name)))).not.toEqual([]);
  },
);

const message = Object.assign({}, good[0]?.data['message']);
const usage = { input_tokens: 1, output_tokens: 1 };
const broken: Readonly<Record<string, readonly StreamedEvent[]>> = {
  'nothing at all': [],
  'a ping first': [{ name: 'ping', data: { type: 'ping' } }, ...good],
  'a name that is not the type': changed('content_block_delta', { type: 'content_block_stop' }),
  'an unknown event': inserted(3, { name: 'x', data: { type: 'x' } }),
  'two starts': inserted(1, good[0]),
  'two ends': [...good, ...good.slice(-1)],
  'no end': good.slice(0, -1),
  'an error that is not the end': inserted(3, error),
  'an error that says nothing': [{ name: 'error', data: { type: 'error', error: { type: 'api_error', message: '' } } }],
  'another id': changed('message_start', { message: { ...message, id: 'resp_1' } }),
  'a start with content': changed('message_start', { message: { ...message, content: [{ type: 'text', text: 'a' }] } }),
  'a start that has stopped': changed('message_start', { message: { ...message, stop_reason: 'end_turn' } }),
  'a start with a container': changed('message_start', { message: { ...message, container: {} } }),
  'a refusal without details': changed('message_delta', {
    delta: { stop_reason: 'refusal', stop_sequence: null, stop_details: null },
  }),
  'two calls of one id': good.flatMap(({ name, data }) => {
    const start = { name, data: { ...data, index: 3 } };
    const isCall = JSON.stringify(data).includes('"tool_use","id"');
    const stop = (index: number) => ({ name: 'content_block_stop', data: { type: 'content_block_stop', index } });
    return isCall
      ? [{ name, data }, stop(2), start]
      : [{ name, data: data['index'] === 2 ? { ...data, index: 3 } : data }];
  }),
  'a start without usage': changed('message_start', { message: { ...message, usage: {} } }),
  'a block out of order': changed('content_block_start', { index: 1 }),
  'a block in a block': inserted(find('content_block_start') + 1, {
    name: 'content_block_start',
    data: { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  }),
  'a block of an unknown type': changed('content_block_start', { content_block: { type: 'x' } }),
  'a block that begins with text': changed('content_block_start', {
    content_block: { type: 'thinking', thinking: 'a', signature: '' },
  }),
  'a delta of another block': changed('content_block_delta', { index: 1 }),
  'a delta of another kind': changed('content_block_delta', { delta: { type: 'text_delta', text: 'a' } }),
  'a delta without its text': changed('content_block_delta', { delta: { type: 'thinking_delta' } }),
  'thinking after its signature': inserted(find('content_block_delta'), {
    name: 'content_block_delta',
    data: { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 's' } },
  }),
  'the end of another block': changed('content_block_stop', { index: 1 }),
  'arguments that are a list': good.map(({ name, data }) => {
    const isInput = JSON.stringify(data).includes('input_json_delta');
    return { name, data: isInput ? { ...data, delta: { type: 'input_json_delta', partial_json: '[' } } : data };
  }),
  'no reason to stop': changed('message_delta', {
    delta: { stop_reason: null, stop_sequence: null, stop_details: null },
  }),
  'a stop for a tool without one': good
    .filter(({ data }) => data['index'] !== 2)
    .map(({ name, data }) =>
      name === 'message_delta'
        ? { name, data: { ...data, delta: { stop_reason: 'tool_use', stop_sequence: null } } }
        : { name, data },
    ),
  'a stop sequence of another reason': changed('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: 'END' },
  }),
  'no usage at the end': changed('message_delta', { usage: { ...usage, output_tokens: null } }),
};

test.for(Object.keys(broken))('%s', (name, { expect }) => {
  expect(faultsOfStream(broken[name] ?? good)).toHaveLength(1);
});
