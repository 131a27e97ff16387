import { test } from 'vitest';
import { parseConfig } from './config.ts';

test.for([
  [undefined, {}],
  ['', {}],
  ['{}', {}],
  [
    '{"openai_compatible":{"base_url":"http://127.0.0.1:11434/v1","models":["a"]}}',
    { openai_compatible: { base_url: 'http://127.0.0.1:11434/v1', models: ['a'] } },
  ],
] as const)('reads %s', ([text, config], { expect }) => {
  expect(parseConfig(text)).toEqual(config);
});

test.for([
  ['{', 'is not JSON'],
  ['{"openai":1}', 'openai'],
  ['{"openai_compatible":{"base_url":"ftp://x","models":[]}}', 'openai_compatible.base_url'],
  ['{"openai_compatible":{"base_url":"http://x/v1"}}', 'openai_compatible.models'],
] as const)('refuses %s by name', ([text, named], { expect }) => {
  expect(() => parseConfig(text)).toThrow(/^PENNYWORTH_CONFIG: /);
  expect(() => parseConfig(text)).toThrow(named);
});
