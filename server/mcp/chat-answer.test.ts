import { expect, test } from 'vitest';
import { GatewayError } from '../errors.ts';
import { noUsage } from '../model/usage.ts';
import { ChatAnswer } from './chat-answer.ts';

const facts = { model: 'nova-lite', request_id: 'req_1', dropped: ['top_k'], max_output_tokens: 100 };

test('collects text, usage and warnings; thoughts count as progress only', () => {
  const answer = new ChatAnswer();
  expect(answer.encode([{ type: 'start', model: 'nova-lite' }])).toBe('');
  expect(answer.encode([{ type: 'reasoning-delta', index: 0, text: 'hm' }])).not.toBe('');
  answer.encode([
    { type: 'text-delta', index: 1, text: 'Yes' },
    { type: 'text-delta', index: 1, text: '.' },
    { type: 'warning', code: 'lost', field: 'tools' },
    { type: 'usage', usage: { ...noUsage, inputTokens: 5, cacheWrite1hTokens: 2, outputTokens: 7 } },
    { type: 'finish', reason: 'stop', raw: 'end_turn' },
  ]);
  answer.end({ costUsd: '0.000000123' });
  expect(answer.characters).toBe(6);
  expect(answer.result(facts)).toEqual({
    ...facts,
    text: 'Yes.',
    finish_reason: 'stop',
    usage: {
      input_tokens: 5,
      cache_read_tokens: 0,
      cache_write_tokens: 2,
      output_tokens: 7,
      reasoning_tokens: null,
    },
    cost_nano_usd: 123,
    cost_usd: '0.000000123',
    dropped: ['top_k', 'tools'],
  });
});

test('says that the time was up, and knows no cost without a price', () => {
  const answer = new ChatAnswer();
  answer.encode([
    { type: 'text-delta', index: 0, text: 'Half' },
    { type: 'finish', reason: 'length', raw: 'deadline' },
  ]);
  answer.end({ costUsd: null });
  const told = { finish_reason: 'length', warning: 'deadline', cost_usd: null, cost_nano_usd: null };
  expect(answer.result(facts)).toMatchObject(told);
});

test('tells of an answer that broke off, with what had come of it', () => {
  const answer = new ChatAnswer();
  answer.encode([{ type: 'text-delta', index: 0, text: 'Half an ans' }]);
  answer.error({ error: { message: 'It broke off.', type: 'server_error', param: null, code: 'upstream_truncated' } });
  expect(() => answer.result(facts)).toThrow(GatewayError);
  expect(() => answer.result(facts)).toThrow(/^It broke off\. .*\n\nHalf an ans$/s);
});
