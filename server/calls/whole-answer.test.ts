import { expect, test } from 'vitest';
import { withoutSilence } from './whole-answer.ts';

const opened = { status: 200, headers: { 'x-opened': 'yes' } };
const answer = { status: 200, headers: { 'x-whole': 'yes' }, body: '{"a":1}' };
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function read(body: string | AsyncIterable<string>): Promise<string[]> {
  return typeof body === 'string' ? [body] : await Array.fromAsync(body);
}

test('an answer in time is told as it is', async () => {
  expect(await withoutSilence(Promise.resolve(answer), 1_000, opened)).toBe(answer);
});

test('a late one is begun with spaces, and is the same JSON', async () => {
  const response = await withoutSilence(
    after(170).then(() => answer),
    50,
    opened,
  );
  expect(response.headers).toEqual(opened.headers);
  const pieces = await read(response.body);
  expect(pieces.at(-1)).toBe('{"a":1}');
  expect(pieces.length).toBeGreaterThanOrEqual(3);
  expect(new Set(pieces.slice(0, -1))).toEqual(new Set([' ']));
  expect(JSON.parse(pieces.join(''))).toEqual({ a: 1 });
});

test('what a head that is gone cannot say stands in the body', async () => {
  const headers = {
    'x-opened': 'yes',
    'x-pennyworth-model': 'm',
    'x-pennyworth-cost-usd': '0.000012000',
    'x-pennyworth-warning': 'deadline',
    'x-pennyworth-dropped': 'seed,user',
  };
  const head = { status: 200, headers: { 'x-pennyworth-model': 'm' } };
  const response = await withoutSilence(
    after(60).then(() => ({ ...answer, headers })),
    20,
    head,
  );
  expect(JSON.parse((await read(response.body)).join(''))).toEqual({
    a: 1,
    pennyworth: { cost_usd: '0.000012000', warning: 'deadline', dropped: 'seed,user' },
  });
});

test('a failure in time is thrown, a late one breaks the body off', async () => {
  await expect(withoutSilence(Promise.reject(new Error('no')), 1_000, opened)).rejects.toThrow('no');
  const failing = after(80).then(() => Promise.reject(new Error('late')));
  const response = await withoutSilence(failing, 20, opened);
  await expect(read(response.body)).rejects.toThrow('late');
});
