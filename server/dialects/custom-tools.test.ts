import * as fc from 'fast-check';
import { test } from 'vitest';
import { CustomInput } from './custom-tools.ts';

function read(...pieces: readonly string[]): string[] {
  const input = new CustomInput();
  return [...pieces.map((piece) => input.push(piece)), input.end()];
}

test('tells the text while it arrives', ({ expect }) => {
  expect(read('{"inp', 'ut": "Hel', 'lo\\', 'n\\u00', 'e9"', '}')).toEqual(['', 'Hel', 'lo', '\n', 'é', '', '']);
});

test('never tells half a character', ({ expect }) => {
  expect(read('{"input":"\\ud83c', '\\udf0d"}')).toEqual(['', '🌍', '']);
  expect(read('{"input":"\ud83c', '\udf0d!"}')).toEqual(['', '🌍!', '']);
  expect(read('{"input":"x\ud83c', '\\', 'udf0d"}')).toEqual(['x', '', '🌍', '']);
});

test('any text comes through, however it is written and cut', async ({ expect }) => {
  const whole = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed());
  await fc.assert(
    fc.property(whole, fc.boolean(), fc.array(fc.nat(400), { maxLength: 12 }), (text, isEscaped, cuts) => {
      const units = text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const json = isEscaped ? `{"input":"${units.join('')}"}` : JSON.stringify({ input: text });
      const bounds = [0, ...cuts.map((each) => Math.min(each, json.length)).toSorted((a, b) => a - b), json.length];
      const pieces = bounds.slice(1).map((to, index) => json.slice(bounds[index], to));
      const told = read(...pieces);
      expect(told.join('')).toBe(text);
      expect(told.every((piece) => piece.isWellFormed())).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.for([
  ['', ''],
  ['{}', ''],
  ['{"input":""}', ''],
  ['{"input":7}', '7'],
  ['{"input":{"a":[1]}}', '{"a":[1]}'],
  ['{"note":"x","input":"y"}', 'y'],
  ['{"patch":"x"}', '{"patch":"x"}'],
  ['"x"', '"x"'],
  ['hello raw', 'hello raw'],
  // Cut at the cap.
  ['{"in', ''],
  ['{"input":"abc', 'abc'],
  ['{"input":"abc\\u00', 'abc'],
  ['{ "input" :\n"a\\/\\"\\\\b"', 'a/"\\b'],
] as const)('takes %s as %j', ([json, text], { expect }) => {
  expect(read(json).join('')).toBe(text);
  expect(read(...json).join('')).toBe(text);
});
