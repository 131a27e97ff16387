import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsFault } from '../emulator.ts';
import { addNumbers, compareNumbers, normalizeNumber, sizeOfNumber } from './decimal.ts';

describe('the one text of a number', () => {
  const cases: readonly [string, string][] = [
    ['0', '0'],
    ['-0', '0'],
    ['0.000', '0'],
    ['007', '7'],
    ['+7.50', '7.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['12E-3', '0.012'],
    ['-1.50e1', '-15'],
    ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['1e-130', `0.${'0'.repeat(129)}1`],
    ['9e125', `9${'0'.repeat(125)}`],
  ];
  test.for(cases)('%s is %s', ([text, expected], { expect }) => {
    expect(normalizeNumber(text)).toBe(expected);
  });

  const refused: readonly [string, string][] = [
    ['', 'The parameter cannot be converted to a numeric value'],
    ['.', 'The parameter cannot be converted to a numeric value: .'],
    ['1x', 'The parameter cannot be converted to a numeric value: 1x'],
    [' 1', 'The parameter cannot be converted to a numeric value:  1'],
    ['NaN', 'The parameter cannot be converted to a numeric value: NaN'],
    ['1e126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['1e999999999', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['1e-131', 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
    ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
  ];
  test.for(refused)('%s is refused', ([text, message], { expect }) => {
    expect(() => normalizeNumber(text)).toThrow(new AwsFault('ValidationException', message));
  });
});

/** Integers of any size with a power of ten, and the same value as a fraction of 10^40. */
const number = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: -8, max: 8 }))
  .map(([digits, exponent]) => ({
    text: normalizeNumber(`${digits}e${exponent}`),
    scaled: digits * 10n ** BigInt(40 + exponent),
  }));
const scaledOf = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(40, '0'));
};

test('sums, differences and order are those of exact fractions', () => {
  fc.assert(
    fc.property(number, number, (left, right) => {
      expect(scaledOf(addNumbers(left.text, right.text))).toBe(left.scaled + right.scaled);
      expect(scaledOf(addNumbers(left.text, right.text, -1))).toBe(left.scaled - right.scaled);
      const order = compareNumbers(left.text, right.text);
      expect(Math.sign(order)).toBe(left.scaled === right.scaled ? 0 : left.scaled < right.scaled ? -1 : 1);
    }),
    { numRuns: 500 },
  );
});

test('a sum that needs more than 38 digits is refused', () => {
  const message = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
  const large = normalizeNumber('1e50');
  expect(() => addNumbers(large, '1')).toThrow(new AwsFault('ValidationException', message));
  expect(() => addNumbers(large, '1', -1)).toThrow(new AwsFault('ValidationException', message));
});

test.for([
  ['0', 1],
  ['7', 2],
  ['-7', 3],
  ['100', 2],
  ['12345', 4],
  ['0.00012', 2],
] as const)('%s takes %i bytes', ([text, bytes], { expect }) => {
  expect(sizeOfNumber(text)).toBe(bytes);
});
