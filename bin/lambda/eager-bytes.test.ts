import path from 'node:path';
import { expect, test } from 'vitest';
import { eagerBytes } from './eager-bytes.ts';

test('a cold start reads at most 285 KiB of code before it can answer a chat', () => {
  const bytes = eagerBytes(path.resolve(import.meta.dirname, '../../dist/lambda'));
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(285 * 1024);
});
