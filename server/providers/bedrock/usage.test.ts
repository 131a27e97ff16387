import * as fc from 'fast-check';
import { test } from 'vitest';
import { decodeUsage } from './usage.ts';

const nothing = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: undefined,
  tier: undefined,
};

const cached = { inputTokens: 100, outputTokens: 50, cacheReadInputTokens: 900, cacheWriteInputTokens: 200 };
const ttls = (fiveMinutes: number, hour: number) => [
  { ttl: '5m', inputTokens: fiveMinutes },
  { ttl: '1h', inputTokens: hour },
];

const cases: Readonly<Record<string, readonly [raw: object, expected: object, countsCached?: boolean]>> = {
  'no caching': [
    { inputTokens: 12, outputTokens: 7, totalTokens: 19 },
    { inputTokens: 12, outputTokens: 7 },
  ],
  'cached tokens beside the input': [
    { ...cached, totalTokens: 1250 },
    { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 200, outputTokens: 50 },
  ],
  'no total at all': [cached, { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 200, outputTokens: 50 }],
  'writes for an hour': [
    { ...cached, cacheDetails: ttls(50, 150) },
    { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 50, cacheWrite1hTokens: 150, outputTokens: 50 },
  ],
  'details that do not add up': [
    { ...cached, cacheDetails: ttls(50, 151) },
    { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 200, outputTokens: 50 },
  ],
  'cached tokens within the input, by the total': [
    { ...cached, inputTokens: 1200, totalTokens: 1250 },
    { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 200, outputTokens: 50 },
  ],
  'a wrong total with less input than cached tokens': [
    { ...cached, totalTokens: 7 },
    { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 200, outputTokens: 50 },
  ],
  'cached tokens within the input and twice in the total, by the model': [
    { inputTokens: 4995, outputTokens: 19, totalTokens: 10_007, cacheWriteInputTokens: 4993 },
    { inputTokens: 2, cacheWrite5mTokens: 4993, outputTokens: 19 },
    true,
  ],
  'such a model with cached tokens beside the input for once': [
    { inputTokens: 2, outputTokens: 19, totalTokens: 5014, cacheWriteInputTokens: 4993 },
    { inputTokens: 2, cacheWrite5mTokens: 4993, outputTokens: 19 },
    true,
  ],
  'numbers no token count can be': [
    { inputTokens: -5, outputTokens: 1.6, cacheReadInputTokens: 'many', cacheWriteInputTokens: null },
    { outputTokens: 2 },
  ],
};

test.for(Object.entries(cases))('reads %s', ([, [raw, expected, countsCached = false]], { expect }) => {
  expect(decodeUsage(raw, undefined, countsCached)).toEqual({ ...nothing, ...expected, raw });
});

test('keeps the tier that served', ({ expect }) => {
  expect(decodeUsage({}, 'flex', false)).toEqual({ ...nothing, tier: 'flex', raw: {} });
});

test('no part is ever negative, and with a true total the parts add up to it', async ({ expect }) => {
  const count = fc.nat(10_000_000);
  const shape = fc.record({
    input: count,
    read: count,
    fiveMinutes: count,
    hour: count,
    output: count,
    within: fc.boolean(),
  });
  await fc.assert(
    fc.property(shape, ({ input, read, fiveMinutes, hour, output, within }) => {
      const written = fiveMinutes + hour;
      const totalTokens = input + read + written + output;
      const raw = {
        inputTokens: within ? input + read + written : input,
        cacheReadInputTokens: read,
        cacheWriteInputTokens: written,
        cacheDetails: ttls(fiveMinutes, hour),
        outputTokens: output,
        totalTokens,
      };
      expect(decodeUsage(raw, undefined, false)).toEqual({
        ...nothing,
        inputTokens: input,
        cacheReadTokens: read,
        cacheWrite5mTokens: fiveMinutes,
        cacheWrite1hTokens: hour,
        outputTokens: output,
        raw,
      });
    }),
  );
});
