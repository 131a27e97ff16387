import { test } from 'vitest';
import { readCsv } from './read-csv.ts';

const cellsOf = (text: string) => readCsv(text).records.map(({ line, cells }) => [line, ...Object.values(cells)]);

test.for([
  [
    'plain lines',
    'a,b\n1,2\n3,4\n',
    [
      [2, '1', '2'],
      [3, '3', '4'],
    ],
  ],
  ['no end of the last line', 'a,b\n1,2', [[2, '1', '2']]],
  ['a spreadsheet’s', '\ufeffA;B\r\n"1";"x;y"\r\n', [[2, '1', 'x;y']]],
  [
    'quotes, commas and line ends in a cell',
    'a,b\n"1\n""x"", y",2\n3,4\n',
    [
      [2, '1\n"x", y', '2'],
      [4, '3', '4'],
    ],
  ],
  [
    'empty cells',
    'a,b\n,\n1,\n,2\n3,',
    [
      [3, '1', ''],
      [4, '', '2'],
      [5, '3', ''],
    ],
  ],
  ['empty lines', 'a\n\n  \n1\n\n', [[4, '1']]],
  ['blanks around', 'a, b \n 1 , "2" \n', [[2, '1', '2']]],
] as const)('%s', ([, text, expected], { expect }) => {
  expect(cellsOf(text)).toEqual(expected);
});

test('a line with more or fewer cells than the header is told', ({ expect }) => {
  expect(readCsv('a,b\n1\n1,2\n1,2,3\n').records.map(({ isWhole }) => isWhole)).toEqual([false, true, false]);
});

test.for([
  ['', 'the CSV is empty'],
  ['a,A\n', 'the column "a" stands twice'],
  ['a,b\n1,"2\n', 'a quote in line 2 of the CSV is not closed'],
  ['a,b\n1,"2"x\n', 'a quote in line 2 of the CSV is not closed'],
] as const)('%j is refused', ([text, message], { expect }) => {
  expect(() => readCsv(text)).toThrow(message);
});
