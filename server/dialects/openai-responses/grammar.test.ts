import { test } from 'vitest';
import { end, reasoning, text, toolCall } from '../openai-chat/test-answers.ts';
import { ResponsesStreamEncoder } from './encode-stream.ts';
import { head } from './test-answers.ts';
import { faultsOfStream, readStream, type StreamedEvent } from './test-grammar.ts';

// Each way to break a stream has to be found.

const encoder = new ResponsesStreamEncoder(head);
const good = readStream(
  encoder.encode([
    ...reasoning(0, 'Hm.'),
    ...text(1, 'a', 'b'),
    ...toolCall(2, 'look', '{}'),
    ...toolCall(3, 'shell', '{"commands":["ls"]}'),
    ...end('tool-calls'),
  ]) + encoder.end({ costUsd: null }),
);

/** The stream without the first event of that name, numbered anew. */
function without(name: string): readonly StreamedEvent[] {
  const at = good.findIndex((event) => event.name === name);
  return numbered(good.filter((_, index) => index !== at));
}

function numbered(events: readonly StreamedEvent[]): readonly StreamedEvent[] {
  return events.map(({ name, data }, index) => ({ name, data: { ...data, sequence_number: index } }));
}

/** The stream with other members in the first event of that name. */
function changed(name: string, members: object): readonly StreamedEvent[] {
  const at = good.findIndex((event) => event.name === name);
  return good.map((event, index) => (index === at ? { name, data: { ...event.data, ...members } } : event));
}

/** The end of the shell call with other members in its item. */
function shellDone(members: object): readonly StreamedEvent[] {
  const at = good.findLastIndex(({ name }) => name === 'response.output_item.done');
  return good.map((event, index) => {
    const { name, data } = event;
    return index === at ? { name, data: { ...data, item: Object.assign({}, data['item'], members) } } : event;
  });
}

/** The last event with other members in its Response. */
function ended(members: object): readonly StreamedEvent[] {
  return changed('response.completed', { response: Object.assign({}, good.at(-1)?.data['response'], members) });
}

test('finds nothing in a good stream', ({ expect }) => {
  expect(faultsOfStream(good)).toEqual([]);
});

test.for([...new Set(good.map(({ name }) => name))])('misses %s', (name, { expect }) => {
  expect(faultsOfStream(without(name))).not.toEqual([]);
});

const [created, inProgress] = good;
const broken: Readonly<Record<string, readonly StreamedEvent[]>> = {
  'a gap in the numbers': good.map(({ name, data }) => ({
    name,
    data: { ...data, sequence_number: Number(data['sequence_number']) + 1 },
  })),
  'a name that is not the type': changed('response.output_text.delta', { type: 'response.refusal.delta' }),
  'an unknown event': numbered([
    ...good.slice(0, 2),
    { name: 'response.x', data: { type: 'response.x' } },
    ...good.slice(2),
  ]),
  'two ends': numbered([...good, ...good.slice(-1)]),
  'something after the end': numbered([...good.slice(0, -2), ...good.slice(-1), ...good.slice(-2, -1)]),
  'the opening in the wrong order': numbered(
    [inProgress, created, ...good.slice(2)].filter((event) => event !== undefined),
  ),
  'the id of another item': changed('response.output_text.delta', { item_id: 'msg_other' }),
  'the index of another item': changed('response.output_text.delta', { output_index: 0 }),
  'another part': changed('response.output_text.delta', { content_index: 1 }),
  'a lost delta': changed('response.output_text.delta', { delta: '' }),
  'another text at the end': changed('response.output_text.done', { text: 'a' }),
  'other arguments at the end': changed('response.function_call_arguments.done', { arguments: '' }),
  'another item at the end': changed('response.output_item.done', {
    item: { id: 'rs_other', type: 'reasoning', status: 'completed', summary: [{ type: 'summary_text', text: 'Hm.' }] },
  }),
  'another command at the end': shellDone({ action: { commands: ['rm'], timeout_ms: null, max_output_length: null } }),
  'another call at the end': shellDone({ call_id: 'call_other' }),
  'an item that is not done at the end': shellDone({ status: 'in_progress' }),
  'an empty output': ended({ output: [] }),
  'no usage': ended({ usage: undefined }),
  'another id of the answer': ended({ id: 'resp_other' }),
  'a status that is not the event’s': ended({ status: 'incomplete' }),
  'an end cut by nothing': ended({ incomplete_details: { reason: 'max_output_tokens' } }),
};

test.for(Object.entries(broken))('finds %s', ([, events], { expect }) => {
  expect(faultsOfStream(events)).not.toEqual([]);
});

test('reads only events with a name', ({ expect }) => {
  expect(readStream(': ping\n\n')).toEqual([]);
  expect(() => readStream('data: {"type":"response.created"}\n\n')).toThrow('not an event');
  expect(() => readStream('data: [DONE]\n\n')).toThrow('not an event');
});
