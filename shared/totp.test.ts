import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeBase32, totpCode, totpStep } from './totp.ts';

// RFC 6238, appendix B, its SHA-1 rows; six of their eight digits.
const secret = encodeBase32(Buffer.from('12345678901234567890'));

test.for([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
] as const)('at %i s the code is %s', ([seconds, code], { expect }) => {
  expect(totpCode(secret, totpStep(seconds * 1000))).toBe(code);
});

// RFC 4648, section 10.
test.for([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
] as const)('“%s” in base32 is %s', ([text, encoded], { expect }) => {
  expect(encodeBase32(Buffer.from(text))).toBe(encoded);
});

test('a secret may be written as people copy it, and nothing else', () => {
  expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(totpCode('gezd gnbv gy3t qojq gezd gnbv gy3t qojq', 1)).toBe(totpCode(secret, 1));
  expect(totpCode('MZXW6===', 1)).toBe(totpCode('MZXW6', 1));
  expect(encodeBase32(randomBytes(32))).toMatch(/^[A-Z2-7]{52}$/);
  expect(() => totpCode('MZXW1', 1)).toThrow(RangeError);
});
