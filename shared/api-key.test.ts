import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  apiKeyPattern,
  decodeBase62,
  encodeApiKeyBody,
  encodeBase62,
  encodeChecksum,
  parseApiKey,
  redactApiKeys,
  slotCount,
} from './api-key.ts';

const username = 'b81f7aa2-42a5-4b6b-9f0e-0d3f3a5a9c11';
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

function keyOf(owner: string, slot: number, secret: Uint8Array, checksum: number): string {
  return `${encodeApiKeyBody(owner, slot, secret)}${encodeChecksum(checksum)}`;
}

describe('base62', () => {
  test('gives back every value in its fixed width', ({ expect }) => {
    const widths = [
      [2n ** 128n - 1n, 22],
      [2n ** 256n - 1n, 43],
      [2n ** 32n - 1n, 6],
    ] as const;
    for (const [max, width] of widths) {
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max }), (value) => {
          const text = encodeBase62(value, width);
          expect([text.length, decodeBase62(text)]).toEqual([width, value]);
        }),
      );
    }
  });

  test('orders text as it orders values', ({ expect }) => {
    expect(['0', 'z', '10', '1z', 'zz'].map(decodeBase62)).toEqual([0n, 61n, 62n, 123n, 3843n]);
  });

  test('refuses a value that is too long and a character that is no digit', ({ expect }) => {
    expect(() => encodeBase62(62n ** 6n, 6)).toThrow(RangeError);
    expect(['-', 'a_b', 'é', '0000000000000 '].map(decodeBase62)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('an API key', () => {
  test('is read back part by part', ({ expect }) => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.integer({ min: 1, max: slotCount }),
        bytes(32),
        fc.nat(2 ** 32 - 1),
        (owner, slot, secret, bits) => {
          const key = keyOf(owner, slot, secret, bits);
          const body = key.slice(0, -6);
          expect(key).toMatch(apiKeyPattern);
          expect(parseApiKey(key)).toEqual({
            username: owner,
            slot,
            secret: body.slice(-43),
            body,
            checksum: encodeChecksum(bits),
            last4: body.slice(-4),
          });
        },
      ),
    );
  });

  const good = keyOf(username, 7, new Uint8Array(32).fill(255), 12345);

  test.for([
    ['one character short', good.slice(0, -1)],
    ['one character long', `${good}0`],
    ['another prefix', `pnx_${good.slice(4)}`],
    ['a space at its end', `${good.slice(0, -1)} `],
    ['a character outside of base62', `${good.slice(0, 40)}-${good.slice(41)}`],
    ['a letter that only looks like one', `${good.slice(0, 40)}а${good.slice(41)}`],
    ['slot 0', `${good.slice(0, 26)}00${good.slice(28)}`],
    ['slot 41', `${good.slice(0, 26)}0f${good.slice(28)}`],
    ['a username above 128 bits', `pnw_${'z'.repeat(22)}${good.slice(26)}`],
    ['nothing in it', ''],
  ] as const)('is refused with %s', ([, text], { expect }) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  test.for(['x', username.toUpperCase(), `${username}\n`, username.replaceAll('-', '')])(
    'cannot carry the username %j',
    (name, { expect }) => {
      expect(encodeApiKeyBody(name, 1, new Uint8Array(32))).toBeUndefined();
    },
  );

  test('is cut to its last four characters wherever it stands in a text', ({ expect }) => {
    const text = `first ${good}, {"key":"${good}"} and ${good}0`;
    const shown = `pnw_…${good.slice(67, 71)}`;
    expect(redactApiKeys(text)).toBe(`first ${shown}, {"key":"${shown}"} and ${good}0`);
  });
});
