import { test } from 'vitest';
import { encodeSystem } from './system.ts';

const point = { cachePoint: { type: 'default' } };
const part = (text: string, cacheAfter?: '5m' | '1h') => {
  return { type: 'text', text, ...(cacheAfter && { cacheAfter }) } as const;
};

test.for([
  ['each text is a block', [part('a'), part('b')], [{ text: 'a' }, { text: 'b' }]],
  ['blank texts are left out', [part(''), part('a'), part(' \n')], [{ text: 'a' }]],
  ['a point stands behind a marked text', [part('a', '5m'), part('b')], [{ text: 'a' }, point, { text: 'b' }]],
  ['an hour is said', [part('a', '1h')], [{ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } }]],
  ['a mark on a blank text holds for what is before it', [part('a'), part(' ', '5m')], [{ text: 'a' }, point]],
  ['no point begins the prompt', [part(' ', '5m'), part('a')], [{ text: 'a' }]],
] as const)('%s', ([, system, expected], { expect }) => {
  expect(encodeSystem(system)).toEqual(expected);
});
