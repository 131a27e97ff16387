import { test } from 'vitest';
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
