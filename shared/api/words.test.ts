import { describe, test } from 'vitest';
import { seenOf } from '../unseen.ts';
import { PutGroup } from './groups.ts';
import { KeyName } from './keys.ts';
import { ModelPatterns } from './policy.ts';
import { UpdateUser } from './users.ts';

const unseen = [
  ['a line end', 'a\nb'],
  ['an escape', '\u001b[31mred'],
  ['a C1 control', '\u009b31m'],
  ['bidi', 'a\u202eb'],
  ['a zero-width space', 'a\u200bb'],
  ['a byte order mark', '\ufeffa'],
  ['a soft hyphen', 'a\u00adb'],
  ['a Mongolian separator', 'a\u180eb'],
  ['a filler', '\u3164'],
  ['a tag', 'a\u{e0061}b'],
  ['a selector', 'a\u{e0100}b'],
  ['half a pair', 'a\ud800b'],
] as const;

describe('a name', () => {
  test.for(unseen)('with %s is refused, of a key and in a description of a group', ([, text], { expect }) => {
    expect(KeyName.safeParse(text).success).toBe(false);
    expect(PutGroup.safeParse({ description: text }).success).toBe(false);
  });

  test.for(unseen)('with %s that somebody gave themselves is shown without', ([, text], { expect }) => {
    const seen = seenOf(`Ann ${text}`, 64) ?? '';
    expect(seen).toMatch(/^Ann/);
    expect(KeyName.safeParse(seen).success).toBe(true);
  });

  test('in any script is taken, without spaces around it', ({ expect }) => {
    for (const name of ['Laptop 2', 'Schlüssel', 'ключ', '鍵', '🔑', 'مفتاح'])
      expect(KeyName.parse(` ${name} `)).toBe(name);
  });

  test('that is all unseen is none, and a long one is cut between characters', ({ expect }) => {
    expect([seenOf('\u200b \ufeff', 64), seenOf('🔑🔑🔑', 2)]).toEqual([null, '🔑🔑']);
  });
});

test('a pattern of models is printable ASCII without spaces', ({ expect }) => {
  expect(ModelPatterns.parse(['claude-*', 'us.amazon.nova-*:0/x'])).toHaveLength(2);
  for (const wrong of ['a b', 'a\u001b]0;x\u0007', 'a\n', 'modèle', 'a\u007f']) {
    expect(ModelPatterns.safeParse([wrong]).success).toBe(false);
  }
});

test.for([
  'a@b',
  'ann@example..com',
  '.ann@example.com',
  'ann.@example.com',
  'ann@-example.com',
  'a@b@example.com',
  'ann@example.com.',
  'ann "x"@example.com',
  `${'a'.repeat(65)}@example.com`,
])('%s is no e-mail address', (wrong, { expect }) => {
  expect(UpdateUser.safeParse({ email: wrong }).error?.issues[0]?.path).toEqual(['email']);
  expect(UpdateUser.parse({ email: "o'Hara+x@Mail.Example.co.uk" }).email).toBe("o'hara+x@mail.example.co.uk");
});
