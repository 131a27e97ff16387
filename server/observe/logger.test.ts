import { expect, expectTypeOf, test } from 'vitest';
import { createLogger, type Logger, reasonOf } from './logger.ts';

function collect() {
  const lines: string[] = [];
  const logger = createLogger(
    (line) => lines.push(line),
    () => 0,
  );
  return { logger, read: () => lines.map((line) => JSON.parse(line)) };
}

test('each line of a request has its id, however many run at one time; one outside has none', async () => {
  const { logger, read } = collect();
  const ids = Array.from({ length: 50 }, (_, index) => `req_${index}`);
  await Promise.all(
    ids.map((id, index) =>
      logger.inRequest(id, async () => {
        await new Promise((resolve) => setTimeout(resolve, 50 - index));
        logger.warn('person_stale', { reason: id });
      }),
    ),
  );
  logger.info('outside');
  const lines = read();
  expect(lines.slice(0, 50).filter(({ request_id, reason }) => request_id !== reason)).toEqual([]);
  expect(lines).toHaveLength(51);
  expect(lines[50]).toEqual({ time: '1970-01-01T00:00:00.000Z', level: 'info', event: 'outside' });
});

test('an event is one line of plain text, and a long value is cut', () => {
  const lines: string[] = [];
  createLogger((line) => lines.push(line)).error('internal_error', {
    stack: 'a\nb\u2028c\u001b[31m',
    cause: 'x'.repeat(20_000),
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what must not be there
  expect(lines.join('')).toMatch(/^[^\n\u2028\u001b]*\n$/);
  expect(JSON.parse(lines[0] ?? '').cause).toHaveLength(16_385);
});

test('of an error its name and message are told, not its stack nor what hangs on it', () => {
  const error = Object.assign(new TypeError('wrong'), { body: 'planted', cause: new Error('planted') });
  expect(reasonOf(error)).toBe('TypeError: wrong');
});

test('a field that is not on the list does not compile', () => {
  // Judged by the compiler: a prompt is not among the fields.
  expectTypeOf<Parameters<Logger['info']>[1]>().not.toHaveProperty('prompt');
  expectTypeOf<NonNullable<Parameters<Logger['info']>[1]>>().toHaveProperty('request_id');
});
