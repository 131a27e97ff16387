import { test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { JsonAnswer, type JsonAnswerOptions } from './json-answer.ts';
import { follows } from './schema-judge.ts';

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const asText: JsonAnswerOptions = { tool: undefined, schema: city };
const asTool: JsonAnswerOptions = { tool: 'json_answer', schema: city };

const text = (index: number, ...pieces: readonly string[]): ModelEvent[] => [
  { type: 'text-start', index },
  ...pieces.map((piece) => ({ type: 'text-delta', index, text: piece }) as const),
  { type: 'text-end', index },
];
const call = (index: number, name: string, ...pieces: readonly string[]): ModelEvent[] => [
  { type: 'tool-call-start', index, id: 't', name },
  ...pieces.map((json) => ({ type: 'tool-call-delta', index, json }) as const),
  { type: 'tool-call-end', index },
];
const finish = (reason: FinishReason): ModelEvent => ({ type: 'finish', reason, raw: 'raw' });
const mismatch: ModelEvent = { type: 'warning', code: 'schema_mismatch', field: 'response_format' };
const talk: ModelEvent = { type: 'warning', code: 'text_left_out', field: 'response_format' };

/** Event by event, as a stream brings them, and whether the answer stands. */
function read(options: JsonAnswerOptions, events: readonly ModelEvent[]) {
  const answer = new JsonAnswer({ ...options, follows });
  const read = events.flatMap((event) => answer.read([event]));
  try {
    answer.check();
    return { events: read, fault: undefined };
  } catch (error) {
    return { events: read, fault: error };
  }
}

interface Case {
  readonly options: JsonAnswerOptions;
  readonly given: readonly ModelEvent[];
  readonly expected: readonly ModelEvent[];
  readonly isFault?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'JSON as it comes': {
    options: asText,
    given: [...text(0, '{"city":', '"Bern"}'), finish('stop')],
    expected: [...text(0, '{"city":', '"Bern"}'), finish('stop')],
  },
  'a fence is taken off': {
    options: asText,
    given: [...text(0, '```json\n', '{"city":"Bern"}', '\n```'), finish('stop')],
    expected: [...text(0, '{"city":"Bern"}'), finish('stop')],
  },
  'another shape is told': {
    options: asText,
    given: [...text(0, '{"town":"Bern"}'), finish('stop')],
    expected: [...text(0, '{"town":"Bern"}'), mismatch, finish('stop')],
  },
  'no JSON is a fault': {
    options: asText,
    given: [...text(0, 'Bern.'), finish('stop')],
    expected: [...text(0, 'Bern.'), finish('stop')],
    isFault: true,
  },
  'nothing is a fault': { options: asText, given: [finish('stop')], expected: [finish('stop')], isFault: true },
  'what was cut is none': {
    options: asText,
    given: [...text(0, '{"city":'), finish('length')],
    expected: [...text(0, '{"city":'), finish('length')],
  },
  'nor what was filtered': {
    options: asText,
    given: [...text(0, 'Blocked.'), finish('content-filter')],
    expected: [...text(0, 'Blocked.'), finish('content-filter')],
  },
  'nor what calls a tool of the caller': {
    options: asText,
    given: [...text(0, 'Let me look.'), ...call(1, 'look', '{}'), finish('tool-calls')],
    expected: [...text(0, 'Let me look.'), ...call(1, 'look', '{}'), finish('tool-calls')],
  },
  'a stop for a tool that was never called is the end': {
    options: asText,
    given: [...text(0, 'Bern.'), finish('tool-calls')],
    expected: [...text(0, 'Bern.'), finish('tool-calls')],
    isFault: true,
  },
  'the forced tool’s arguments are the text': {
    options: asTool,
    given: [...call(0, 'json_answer', '{"city"', ':"Bern"}'), finish('tool-calls')],
    expected: [...text(0, '{"city"', ':"Bern"}'), finish('stop')],
  },
  'arguments cut at the cap stay cut': {
    options: asTool,
    given: [...call(0, 'json_answer', '{"ci'), finish('length')],
    expected: [...text(0, '{"ci'), finish('length')],
  },
  'arguments of another shape are told': {
    options: asTool,
    given: [...call(0, 'json_answer', '{}'), finish('tool-calls')],
    expected: [...text(0, '{}'), mismatch, finish('stop')],
  },
  'talk beside the forced tool is left out': {
    options: asTool,
    given: [...text(0, 'Sure: '), ...call(1, 'json_answer', '{"city":"Bern"}'), finish('tool-calls')],
    expected: [...text(1, '{"city":"Bern"}'), talk, finish('stop')],
  },
  'blanks beside it are not worth a word': {
    options: asTool,
    given: [...text(0, '\n'), ...call(1, 'json_answer', '{"city":"Bern"}'), finish('tool-calls')],
    expected: [...text(1, '{"city":"Bern"}'), finish('stop')],
  },
  'a forced tool that was not called: the text is the answer': {
    options: asTool,
    given: [...text(0, '```\n', '{"city":"Bern"}', '```'), finish('stop')],
    expected: [...text(0, '{"city":"Bern"}'), finish('stop')],
  },
  'a tool that was made up beside it is a call': {
    options: asTool,
    given: [...call(0, 'json_answer', '{}'), ...call(1, 'invented', '{}'), finish('tool-calls')],
    expected: [...text(0, '{}'), ...call(1, 'invented', '{}'), finish('tool-calls')],
  },
  'emoji split over pieces': {
    options: asTool,
    given: [...call(0, 'json_answer', '{"city":"\ud83c', '\udf0d"}'), finish('tool-calls')],
    expected: [...text(0, '{"city":"\ud83c', '\udf0d"}'), finish('stop')],
  },
  'reasoning goes by': {
    options: asText,
    given: [{ type: 'reasoning-delta', index: 0, text: 'Hm' }, ...text(1, '{"city":"B"}'), finish('stop')],
    expected: [{ type: 'reasoning-delta', index: 0, text: 'Hm' }, ...text(1, '{"city":"B"}'), finish('stop')],
  },
};

test.for(Object.entries(cases))('%s', ([, { options, given, expected, isFault = false }], { expect }) => {
  const { events, fault } = read(options, given);
  expect(events).toEqual(expected);
  if (isFault) expect(fault).toBeInstanceOf(GatewayError);
  expect(fault).toEqual(
    isFault
      ? expect.objectContaining({ status: 502, code: 'upstream_malformed_output', param: 'response_format' })
      : undefined,
  );
});

test('a caller’s regular expression is not run over the answer', ({ expect }) => {
  const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(x+)+$' } } };
  const startedAt = performance.now();
  const given = [...text(0, JSON.stringify({ a: `${'x'.repeat(40)}!` })), finish('stop')];
  expect(read({ tool: undefined, schema }, given).events).toEqual(given);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('a schema the validator cannot read is no reason to complain', ({ expect }) => {
  const given = [...text(0, '{}'), finish('stop')];
  expect(read({ tool: undefined, schema: { required: 7, $ref: '#/none' } }, given).events).toEqual(given);
});

// Judged as it stands, a schema like this takes twice as long with each level of the answer.
test('a recursion that was left in a schema does not hold the server up', ({ expect }) => {
  const again = { properties: { a: { $recursiveRef: '#' } } };
  const schema = { type: 'object', allOf: [again, again] };
  const json = `${'{"a":'.repeat(60)}{}${'}'.repeat(60)}`;
  const { events, fault } = read({ tool: undefined, schema }, [...text(0, json), finish('stop')]);
  expect([events.at(-1), fault]).toEqual([finish('stop'), undefined]);
});

test('the fence of each text is taken off', ({ expect }) => {
  const answer = new JsonAnswer({ tool: undefined, schema: {}, follows });
  const told = answer.read([...text(0, 'First:'), ...text(1, '```json\n{}\n```')]);
  expect(told.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('|')).toBe('First:|{}');
});
