import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { applyMutation, type Mutation } from './apply.ts';
import { mutations } from './rules.ts';

const mutation: Mutation = { rule: 'adds', file: 'a.ts', find: 'a + b', replace: 'a', tests: ['a.test.ts'] };

test('a rule is taken out where it stands', () => {
  expect(applyMutation('return a + b;', mutation)).toBe('return a;');
  expect(applyMutation('return a + b;', { ...mutation, replace: '$&' })).toBe('return $&;');
});

test.for([
  ['return a;', mutation, 'stands 0 times in a.ts'],
  ['a + b; a + b;', mutation, 'stands 2 times in a.ts'],
  ['a + b', { ...mutation, find: '' }, 'stands 0 times'],
  ['a + b', { ...mutation, replace: 'a + b' }, 'stays as it is'],
] as const)('%s cannot be changed by %j', ([text, wrong, reason]) => {
  expect(() => applyMutation(text, wrong)).toThrow(reason);
});

test('every rule stands in the code, so that it can be taken out', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const lost = mutations.flatMap((each) => {
    try {
      applyMutation(readFileSync(path.join(root, each.file), 'utf8'), each);
      return each.tests.filter((file) => !existsSync(path.join(root, file)));
    } catch (error) {
      return [String(error)];
    }
  });
  expect(lost).toEqual([]);
});
