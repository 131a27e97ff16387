import { test } from 'vitest';
import { formatCsv } from './csv.ts';

test('quotes what RFC 4180 wants quoted, and ends lines with CRLF', ({ expect }) => {
  const rows = [
    { name: 'a,b', note: 'say "hi"', n: 3 },
    { name: 'two\nlines', note: null, n: -1.5 },
  ];
  expect(formatCsv(['name', 'note', 'n'], rows)).toBe('name,note,n\r\n"a,b","say ""hi""",3\r\n"two\nlines",,-1.5\r\n');
});

test('writes lists as words and structures as JSON', ({ expect }) => {
  expect(formatCsv(['list', 'thing'], [{ list: ['a', 'b'], thing: { x: 1 } }])).toBe(
    'list,thing\r\na b,"{""x"":1}"\r\n',
  );
});

test.for([
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['-cmd', "'-cmd"],
  ['-0.000000001', '-0.000000001'],
  ['a=b', 'a=b'],
] as const)('a spreadsheet takes %s for no formula', ([text, cell], { expect }) => {
  expect(formatCsv(['x'], [{ x: text }])).toBe(`x\r\n${cell}\r\n`);
});
