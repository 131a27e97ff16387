import { test } from 'vitest';
import type { ModelEvent } from '../../model/events.ts';
import { disclose } from '../enclosed-thinking.ts';
import { reasoning, text } from '../openai-chat/test-answers.ts';
import { ThinkingOmitter } from './thinking.ts';

/** The signature of the only thought that is left of these events. */
function signatureOf(events: readonly ModelEvent[]): string {
  const signed = new ThinkingOmitter().omit(events).filter((event) => event.type === 'reasoning-signature');
  return signed.map(({ signature }) => signature).join('|');
}

test.for(['Hm.', 'ß “🦋”\r\n', ''])('thoughts that were omitted come back whole: %j', (thought, { expect }) => {
  const [told, ...more] = new ThinkingOmitter()
    .omit(reasoning(0, thought))
    .filter(({ type }) => type.endsWith('delta'));
  expect([told, ...more]).toEqual([undefined]);
  const part = { type: 'reasoning', text: '', signature: signatureOf(reasoning(0, thought)) } as const;
  expect(part.signature).not.toContain('c2lnbmVk');
  expect(disclose(part)).toEqual({ type: 'reasoning', text: thought, signature: 'c2lnbmVk' });
});

test('what is not signed is left out whole, and the rest stays', ({ expect }) => {
  const unsigned = reasoning(0, 'Hm.').filter(({ type }) => type !== 'reasoning-signature');
  expect(new ThinkingOmitter().omit([...unsigned, ...text(1, 'a')])).toEqual(text(1, 'a'));
});

const enclosed = (value: unknown) => `pennyworth.thinking.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
test.for([
  ['a signature of Claude’s', { text: '', signature: 'c2lnbmVk' }],
  ['a text beside it', { text: 'x', signature: enclosed({ text: 'a', signature: 'b' }) }],
  ['no signature', { text: '', signature: undefined }],
  ['a damaged one', { text: '', signature: 'pennyworth.thinking.e30x' }],
  ['one without a signature in it', { text: '', signature: enclosed({ text: 'a' }) }],
  ['one that holds no object', { text: '', signature: enclosed('a') }],
] as const)('%s stays as it came', ([, { text: said, signature }], { expect }) => {
  const part = { type: 'reasoning', text: said, signature } as const;
  expect(disclose(part)).toBe(part);
});
