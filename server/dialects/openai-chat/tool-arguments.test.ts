import { test } from 'vitest';
import { decodeChatRequest } from './decode-request.ts';
import { failureOf } from './test-failures.ts';

const user = { role: 'user', content: 'Hi' };
const call = (args: unknown, id = 'c') => ({ id, type: 'function', function: { name: 'look', arguments: args } });
const decode = (...messages: readonly object[]) => decodeChatRequest({ model: 'm', messages: [user, ...messages] });
const reported = 'messages.tool_calls.function.arguments';

test.for([
  ['', [{}], []],
  ['  ', [{}], []],
  [null, [{}], []],
  ['null', [{}], []],
  ['""', [{}], []],
  ['{"a":[1]}', [{ a: [1] }], []],
  [{ a: 1 }, [{ a: 1 }], []],
  ['7', [{}], [reported]],
  ['[1,2]', [{}], [reported]],
  ['"Bern"', [{}], [reported]],
  // Two calls in one.
  ['{"a":1}{"b":"}{"}', [{ a: 1 }, { b: '}{' }], [reported]],
  ['{"a":"\\"{"} \n {}', [{ a: '"{' }, {}], [reported]],
  // Cut at the cap.
  ['{"a":', [{}], [reported]],
  ['{"a":"x\\', [{}], [reported]],
  ['{"a":1}{"b"', [{ a: 1 }], [reported]],
] as const)('reads the arguments %j', ([json, inputs, dropped], { expect }) => {
  const decoded = decode({ role: 'assistant', tool_calls: [call(json)] });
  const names = ['c', 'c_2'];
  expect(decoded.request.messages.at(-1)).toEqual({
    role: 'assistant',
    content: inputs.map((input, index) => ({ type: 'tool-call', id: names[index], name: 'look', input })),
  });
  expect(decoded.dropped).toEqual(dropped);
});

test.for(['a: 1', "{'a':1}", '{"a":1} and', '{a}', 'look {"a":1}', '}{', '{}'.repeat(65)])(
  'refuses the arguments %j',
  (json, { expect }) => {
    const error = failureOf(() => decode({ role: 'assistant', tool_calls: [call('{}'), call(json, 'd')] }));
    expect(error).toMatchObject({ param: 'messages[1].tool_calls[1].function.arguments' });
  },
);

test('each call that was split off is answered, so that the history stays whole', ({ expect }) => {
  const result = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content });
  const { request } = decode(
    { role: 'assistant', tool_calls: [call('{"a":1}{"a":2}{"a":3}'), call('{}', 'd')] },
    result('d', 'D'),
    result('c', 'C'),
    { role: 'assistant', tool_calls: [call('{}')] },
    result('c', 'again'),
  );
  const results = request.messages.flatMap(({ content }) => content.filter((part) => part.type === 'tool-result'));
  expect(results.map(({ toolCallId, content }) => [toolCallId, content.length])).toEqual([
    ['d', 1],
    ['c', 1],
    ['c_2', 0],
    ['c_3', 0],
    ['c', 1],
  ]);
});

test('megabytes of quotes are read in no time', ({ expect }) => {
  const started = performance.now();
  failureOf(() => decode({ role: 'assistant', tool_calls: [call(`{"${'\\"'.repeat(2_500_000)}\\`)] }));
  failureOf(() => decode({ role: 'assistant', tool_calls: [call('{}'.repeat(2_500_000))] }));
  expect(performance.now() - started).toBeLessThan(5_000);
});
