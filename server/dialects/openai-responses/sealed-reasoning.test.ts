import * as fc from 'fast-check';
import { test } from 'vitest';
import type { SignedReasoning } from './response-object.ts';
import { createReasoningSeal, hasSealedThoughts, openSealedThoughts } from './sealed-reasoning.ts';

const rootKey = Buffer.alloc(32, 7);
const scope = { owner: 'ada', model: 'claude-sonnet-4-5' };
const ours = createReasoningSeal(rootKey, scope);
const thought: SignedReasoning = { text: 'Größe:\r\n\t🌍 "{}" \0', signature: 'ErUB+/==' };

test.for<SignedReasoning>([thought, { text: '', signature: 's' }, { data: 'gAAA+/==' }])(
  '%j comes back byte for byte, in another instance too',
  (reasoning, { expect }) => {
    const sealed = ours.seal(reasoning);
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(createReasoningSeal(Buffer.alloc(32, 7), scope).unseal(sealed)).toEqual(reasoning);
  },
);

test('any text comes back, halves of surrogate pairs too', async ({ expect }) => {
  await fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, hasHalf) => {
      const reasoning = { text: hasHalf ? `${text}\ud83c` : text, signature: 's' };
      expect(ours.unseal(ours.seal(reasoning))).toEqual(reasoning);
    }),
    { numRuns: 200 },
  );
});

test('nothing of it can be read, and it is never twice the same', ({ expect }) => {
  const sealed = ours.seal({ text: 'secret thoughts', signature: 's' });
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
  expect(ours.seal({ text: 'secret thoughts', signature: 's' })).not.toBe(sealed);
});

test.for([
  ['another person', createReasoningSeal(rootKey, { ...scope, owner: 'bob' })],
  ['another model', createReasoningSeal(rootKey, { ...scope, model: 'nova-pro' })],
  ['another deployment', createReasoningSeal(Buffer.alloc(32, 8), scope)],
] as const)('what was sealed for %s is foreign', ([, other], { expect }) => {
  expect(ours.unseal(other.seal(thought))).toBeUndefined();
});

test('damage at any place is seen', ({ expect }) => {
  const bytes = Buffer.from(ours.seal(thought), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    expect(ours.unseal(damaged.toString('base64url'))).toBeUndefined();
    expect(ours.unseal(bytes.subarray(0, at).toString('base64url'))).toBeUndefined();
  }
});

test.for(['', 'x', 'gAAAAABo_openai', 'AQ', '{"text":"x"}', '🌍', 'AQ'.repeat(40)])(
  'no layout of ours: %s',
  (encrypted, { expect }) => {
    expect(ours.unseal(encrypted)).toBeUndefined();
  },
);

test('a conversation that goes on in another dialect is opened, and nothing else in it is touched', ({ expect }) => {
  const said = { type: 'text', text: ours.seal(thought) } as const;
  const kept = { type: 'reasoning', text: 'Hm.', signature: 'ErUB+/==' } as const;
  const unsigned = { type: 'reasoning', text: 'Hm.', signature: undefined } as const;
  const foreign = {
    type: 'reasoning',
    text: 'Hm.',
    signature: createReasoningSeal(rootKey, { ...scope, owner: 'bob' }).seal(thought),
  } as const;
  const others = [
    { role: 'user', content: [said] },
    { role: 'assistant', content: [kept, unsigned, said] },
  ] as const;
  expect(hasSealedThoughts(others)).toBe(false);
  const signed = { type: 'reasoning', text: 'a summary', signature: ours.seal(thought) } as const;
  const redacted = { type: 'redacted-reasoning', data: ours.seal({ data: 'gAAA' }) } as const;
  const messages = [...others, { role: 'assistant', content: [signed, redacted, foreign, said] }] as const;
  expect(hasSealedThoughts(messages)).toBe(true);
  expect(openSealedThoughts(messages, ours.unseal)).toEqual([
    ...others,
    {
      role: 'assistant',
      content: [{ type: 'reasoning', ...thought }, { type: 'redacted-reasoning', data: 'gAAA' }, foreign, said],
    },
  ]);
});
