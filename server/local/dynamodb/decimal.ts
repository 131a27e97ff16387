import { invalid } from './fault.ts';

/** An exact decimal: `digits` × 10^`exponent`, with no zero at the end of `digits` (zero is 0 × 10^0). */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const plainInteger = /^(?:0|-?[1-9]\d{0,14})$/;
const anyNumber = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const maximumDigits = 38;
const largestMagnitude = 125;
const smallestMagnitude = -130;

/**
 * The one text of a number, as DynamoDB stores and returns it: no exponent, no zeros that say nothing.
 * Up to 38 significant digits, from 1E-130 to 9.9…E+125.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
 * @throws AwsFault ValidationException
 */
export function normalizeNumber(text: string): string {
  if (plainInteger.test(text)) return text;
  return format(checked(parse(text)));
}

/** Both in their one text. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  if (plainInteger.test(left) && plainInteger.test(right)) return Number(left) - Number(right);
  const [a, b] = align(parse(left), parse(right));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Exact. DynamoDB refuses a sum that needs more than 38 digits rather than rounding it.
 * @throws AwsFault ValidationException
 */
export function addNumbers(left: string, right: string, sign: 1 | -1 = 1): string {
  if (plainInteger.test(left) && plainInteger.test(right)) return String(Number(left) + sign * Number(right));
  const one = parse(left);
  const other = parse(right);
  const [a, b] = align(one, other);
  const sum = strip(sign === 1 ? a + b : a - b, Math.min(one.exponent, other.exponent));
  if (digitCount(sum) > maximumDigits) throw overflow();
  return format(checked(sum));
}

/** The bytes a number takes: about one for two significant digits, one more, one for the sign. */
export function sizeOfNumber(text: string): number {
  const digits = text.replace(/^-?0*\.?0*|\./g, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function parse(text: string): Decimal {
  const match = anyNumber.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole.length + fraction.length === 0) {
    const what = text === '' ? '' : `: ${text}`;
    throw invalid(`The parameter cannot be converted to a numeric value${what}`);
  }
  const exponent = Number(match[4] ?? 0) - fraction.length;
  const significant = (whole + fraction).replace(/^0+/, '');
  const kept = significant.replace(/0+$/, '');
  if (kept === '') return { digits: 0n, exponent: 0 };
  const digits = BigInt(kept);
  return {
    digits: match[1] === '-' ? -digits : digits,
    exponent: exponent + significant.length - kept.length,
  };
}

function checked(number: Decimal): Decimal {
  if (number.digits === 0n) return number;
  const count = digitCount(number);
  const magnitude = count + number.exponent - 1;
  if (magnitude > largestMagnitude) throw overflow();
  if (magnitude < smallestMagnitude) {
    throw invalid('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (count > maximumDigits) throw invalid('Attempting to store more than 38 significant digits in a Number');
  return number;
}

function overflow() {
  return invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
}

function digitCount({ digits }: Decimal): number {
  return String(digits < 0n ? -digits : digits).length;
}

function align(left: Decimal, right: Decimal): [bigint, bigint] {
  const exponent = Math.min(left.exponent, right.exponent);
  return [
    left.digits * 10n ** BigInt(left.exponent - exponent),
    right.digits * 10n ** BigInt(right.exponent - exponent),
  ];
}

function strip(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  const text = String(digits);
  const kept = text.replace(/0+$/, '');
  return { digits: BigInt(kept), exponent: exponent + text.length - kept.length };
}

function format({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return `${sign}${text}${'0'.repeat(exponent)}`;
  const point = text.length + exponent;
  if (point > 0) return `${sign}${text.slice(0, point)}.${text.slice(point)}`;
  return `${sign}0.${'0'.repeat(-point)}${text}`;
}
