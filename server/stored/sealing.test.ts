import { test } from 'vitest';
import { createSealer } from './sealing.ts';

const rootKey = Buffer.alloc(32, 7);

test('what an earlier version sealed still opens', ({ expect }) => {
  const sealed = 'AV0oPzmU1CO32VTJzdFc69cSEtlhtLlKtShsOYW3-DVYwHMYbijrrM0';
  const sealer = createSealer(rootKey, 'stored', 'ada', ['response', 'resp_1']);
  expect(sealer.unseal(Buffer.from(sealed, 'base64url'))?.toString()).toBe('content 🦋');
});

test.for([
  [{ key: Buffer.alloc(32, 8) }],
  [{ purpose: 'reasoning' }],
  [{ owner: 'eve' }],
  [{ bound: ['response', 'resp_2'] }],
  [{ bound: ['response'] }],
])('it does not open with %j', ([other], { expect }) => {
  const own = { key: rootKey, purpose: 'stored', owner: 'ada', bound: ['response', 'resp_1'] };
  const { key, purpose, owner, bound } = { ...own, ...other };
  const sealed = createSealer(own.key, own.purpose, own.owner, own.bound).seal('content');
  expect(createSealer(key, purpose, owner, bound).unseal(sealed)).toBeUndefined();
});
