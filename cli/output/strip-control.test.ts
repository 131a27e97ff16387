import * as fc from 'fast-check';
import { test } from 'vitest';
import { stripControl, stripControlFromText } from './strip-control.ts';

test.for([
  ['a colour', '\u001b[31mred\u001b[0m', 'red'],
  ['a title', 'a\u001b]0;owned\u0007b', 'ab'],
  ['a link ended by ST', '\u001b]8;;http://x\u001b\\click\u001b]8;;\u001b\\', 'click'],
  ['an eight-bit sequence', '\u009b2Jx\u009d0;t\u009cy', 'xy'],
  ['a cut sequence', 'a\u001b[3', 'a[3'],
  ['a reversed reading direction', 'gnp\u202etxt.exe\u2066', 'gnptxt.exe'],
  ['invisible characters', 'a\u200b\u200d\ufeff\u00adb', 'ab'],
  ['line ends', 'a\r\nb\tc\u2028d', 'abcd'],
  ['nothing', '日本語 e\u0301 👍🏽', '日本語 e\u0301 👍🏽'],
] as const)('takes %s out of a cell', ([, text, expected], { expect }) => {
  expect(stripControl(text)).toBe(expected);
});

test('keeps lines, tabs and joiners of running text, and nothing else that moves', ({ expect }) => {
  expect(stripControlFromText('a\r\n\tb\u001b[2J\u202e 👩\u200d👧\u0007\u0085')).toBe('a\n\tb 👩\u200d👧');
});

test('leaves no control character whatever comes', async ({ expect }) => {
  const nasty = fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', '\u0007', '3', 'm', '\u009b', '\u202e', 'a', '\n'),
  });
  await fc.assert(
    fc.property(nasty, (text) => {
      expect(stripControl(text)).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(stripControlFromText(text)).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    }),
  );
});
