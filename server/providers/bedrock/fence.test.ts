import * as fc from 'fast-check';
import { test } from 'vitest';
import { FenceStripper } from './fence.ts';

function strip(pieces: readonly string[]): string {
  const fence = new FenceStripper();
  return pieces.map((piece) => fence.push(piece)).join('') + fence.end();
}

const cases: Readonly<Record<string, readonly [string, string]>> = {
  'no fence': ['{"a":1}', '{"a":1}'],
  'blanks before': [' \n{"a":1}\n', '{"a":1}\n'],
  'a fence with a language': ['```json\n{"a":1}\n```', '{"a":1}'],
  'a fence without': ['```\n{"a":1}\n```\n', '{"a":1}'],
  'a fence of Windows': ['```JSON\r\n{"a":1}\r\n```\r\n', '{"a":1}'],
  'a fence on one line': ['```json {"a":1}```', '{"a":1}'],
  'a list in a fence': ['```[1]```', '[1]'],
  'a fence that is not closed': ['```json\n{"a":1}\n', '{"a":1}\n'],
  'backticks within': ['```json\n{"md":"use ``` here"}\n```', '{"md":"use ``` here"}'],
  emoji: ['```json\n{"a":"🌍👩‍👩‍👧"}\n```', '{"a":"🌍👩‍👩‍👧"}'],
  'a fence of something else': ['```not a fence', '```not a fence'],
  'talk before it': ['Here:\n```json\n{}\n```', 'Here:\n```json\n{}\n```'],
  'talk after it': ['```json\n{}\n```\nThat is all.', '{}\n```\nThat is all.'],
  'code in words': ['`x` is one', '`x` is one'],
  nothing: ['', ''],
  'nothing in it': ['```json\n```', ''],
  'only backticks': ['``', '``'],
  'a fence of nothing else': ['```', '```'],
};

test.for(Object.entries(cases))('%s', async ([, [given, expected]], { expect }) => {
  expect(strip([given])).toBe(expected);
  expect(strip([...given])).toBe(expected);
  const cuts = fc.array(fc.nat(given.length), { maxLength: 5 });
  await fc.assert(
    fc.property(cuts, (places) => {
      const sorted = [0, ...places, given.length].toSorted((a, b) => a - b);
      expect(strip(sorted.map((place, at) => given.slice(place, sorted[at + 1] ?? place)))).toBe(expected);
    }),
    { numRuns: 30 },
  );
});

test('text comes out as it comes in, but for what may be the end of a fence', ({ expect }) => {
  const bare = new FenceStripper();
  expect(['{', '"a"', ' \n'].map((piece) => bare.push(piece))).toEqual(['{', '"a"', ' \n']);
  const fenced = new FenceStripper();
  expect(['```json\n{', '"a":1', '}\n', '``', '`'].map((piece) => fenced.push(piece))).toEqual([
    '{',
    '"a":1',
    '}',
    '',
    '',
  ]);
});

test('blanks without end are not kept back', ({ expect }) => {
  const fence = new FenceStripper();
  fence.push('```json\n{');
  const startedAt = performance.now();
  let length = 0;
  for (let at = 0; at < 100_000; at++) length += fence.push('  ').length;
  expect(length).toBeGreaterThan(199_900);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
