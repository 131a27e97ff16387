import { randomBytes } from 'node:crypto';
import { describe, test } from 'vitest';
import { apiKeyPattern, parseApiKey } from '../../shared/api-key.ts';
import type { RootKeys } from '../auth/root-secret.ts';
import { createKeyFormat, type MintedKey } from './key-format.ts';

const username = 'b81f7aa2-42a5-4b6b-9f0e-0d3f3a5a9c11';

function rootKeys(): RootKeys {
  const [pepper, checksumKey, ledgerKey, sealingKey] = [32, 32, 32, 32].map((size) => randomBytes(size));
  if (!pepper || !checksumKey || !ledgerKey || !sealingKey) throw new Error('unreachable');
  return { fingerprint: '0123456789abcdef', pepper, pepperId: '01234567', checksumKey, ledgerKey, sealingKey };
}

function mint(format: ReturnType<typeof createKeyFormat>, slot: number): MintedKey {
  const minted = format.mint(username, slot);
  if (!minted) throw new Error('the username is a UUID');
  return minted;
}

function isOurs(format: ReturnType<typeof createKeyFormat>, text: string): boolean {
  const parts = parseApiKey(text);
  return parts !== undefined && format.isOurs(parts);
}

describe('a minted key', () => {
  const format = createKeyFormat(rootKeys());

  test('names its owner and slot, and only its own text has its digest', ({ expect }) => {
    const first = mint(format, 7);
    const second = mint(format, 7);
    expect(first.text).toMatch(apiKeyPattern);
    expect(parseApiKey(first.text)).toMatchObject({ username, slot: 7, last4: first.last4 });
    expect(first.digest).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([
      format.matches(first.text, first.digest),
      format.matches(second.text, first.digest),
      format.matches(first.text, undefined),
      format.matches(first.text, ''),
      format.matches(first.text, 'AAAA'),
      format.matches(first.text, Buffer.alloc(32).toString('base64url')),
    ]).toEqual([true, false, false, false, false, false]);
  });

  test('is known by its checksum, and not after any change of one character', ({ expect }) => {
    const { text } = mint(format, 1);
    const changed = [...text.slice(4)].map((digit, index) => {
      const at = index + 4;
      return `${text.slice(0, at)}${digit === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`;
    });
    expect(isOurs(format, text)).toBe(true);
    expect(changed.filter((other) => isOurs(format, other))).toEqual([]);
  });

  test('of another deployment is not ours', ({ expect }) => {
    const elsewhere = createKeyFormat(rootKeys());
    const theirs = mint(elsewhere, 1);
    expect([isOurs(elsewhere, theirs.text), isOurs(format, theirs.text)]).toEqual([true, false]);
    expect(format.matches(theirs.text, theirs.digest)).toBe(false);
  });

  test('cannot be made for a username that is no UUID', ({ expect }) => {
    expect(format.mint('ann', 1)).toBeUndefined();
  });
});
