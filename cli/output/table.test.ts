import { test } from 'vitest';
import { formatTable, formatTsv } from './table.ts';

const columns = [
  { title: 'NAME', shrinks: true },
  { title: 'N', align: 'right' as const },
];

test('aligns without any colour or border of its own', ({ expect }) => {
  expect(
    formatTable(
      columns,
      [
        ['laptop', '7'],
        ['ci', '1,200'],
      ],
      80,
    ),
  ).toBe('NAME         N\nlaptop       7\nci       1,200\n');
});

test('aligns wide characters by the columns they take', ({ expect }) => {
  const rows = [
    ['日本語', '1'],
    ['👨\u200d👩\u200d👧 ok', '2'],
    ['e\u0301te\u0301', '3'],
  ];
  expect(formatTable(columns, rows, 80).split('\n')).toEqual([
    'NAME        N',
    '日本語      1',
    '👨👩👧 ok   2',
    'e\u0301te\u0301         3',
    '',
  ]);
});

test('cells are cleaned before they are coloured', ({ expect }) => {
  const style = (text: string) => `<${text}>`;
  expect(formatTable([{ title: 'A' }], [[{ text: '\u001b[31mx\n\u202e', style }]], 80)).toBe('A\n<x>\n');
});

test('the column that may gives way on a narrow terminal', ({ expect }) => {
  const text = formatTable(columns, [['a-very-long-name-indeed', '12']], 20);
  expect(text).toBe('NAME               N\na-very-long-na…   12\n');
});

test('for programs: tabs, no header, no way to break a row', ({ expect }) => {
  expect(
    formatTsv([
      ['a\tb\nc', '1'],
      ['', '2'],
    ]),
  ).toBe('abc\t1\n\t2\n');
});
