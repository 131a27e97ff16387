import { test } from 'vitest';
import { noUsage } from '../model/usage.ts';
import { Meter } from './meter.ts';

test('what an answer had to leave out is known at its end, each field once', ({ expect }) => {
  const meter = new Meter(1);
  meter.read([
    { type: 'warning', code: 'schema_mismatch', field: 'response_format' },
    { type: 'text-delta', index: 0, text: 'x' },
  ]);
  meter.read([
    { type: 'warning', code: 'text_left_out', field: 'response_format' },
    { type: 'warning', code: 'content_left_out', field: 'content.citation' },
  ]);
  expect(meter.lost).toEqual(['response_format', 'content.citation']);
});

test('an answer that broke off has used of the prompt what the provider told at its start, else what was held', ({
  expect,
}) => {
  const meter = new Meter(900);
  meter.read([{ type: 'text-delta', index: 0, text: 'four' }]);
  expect(meter.estimate()).toEqual({ ...noUsage, inputTokens: 900, outputTokens: 2 });
  const told = { inputTokens: 9, cacheReadTokens: 4, cacheWrite5mTokens: 3, cacheWrite1hTokens: 2 };
  const usage = { ...noUsage, ...told, outputTokens: 1, reasoningTokens: 1, tier: 'flex' };
  meter.read([{ type: 'prompt-usage', usage }]);
  expect(meter.estimate()).toEqual({ ...noUsage, ...told, outputTokens: 2, tier: 'flex' });
  expect(meter.usage).toBeUndefined();
});

test.for([
  ['flex', [], 'flex'],
  ['flex', ['service_tier'], undefined],
  ['optimized', ['service_tier'], 'optimized'],
  ['optimized', ['performanceConfig'], undefined],
] as const)(
  'was asked for in the tier %s, with %s left out: it is billed in %s',
  ([asked, dropped, tier], { expect }) => {
    const meter = new Meter(1, asked);
    meter.begin(dropped);
    expect(meter.estimate().tier).toBe(tier);
  },
);
