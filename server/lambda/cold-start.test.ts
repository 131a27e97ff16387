import { expect, test } from 'vitest';
import type { App } from '../app.ts';
import { unavailable } from '../errors.ts';
import type { HttpRequest } from '../http.ts';
import { createLogger } from '../observe/logger.ts';
import { createColdStart } from './cold-start.ts';

const request: HttpRequest = {
  method: 'GET',
  path: '/v1/me',
  query: new URLSearchParams(),
  headers: {},
  sourceIp: undefined,
  baseUrl: 'http://127.0.0.1:8787',
  readBody: async () => new Uint8Array(),
};
const works: App = async () => ({ status: 200, headers: {}, body: '{}' });

/** A start that fails as often as there are errors, on a clock that the test moves. */
function starting(...errors: unknown[]) {
  const lines: string[] = [];
  const clock = { ms: 0, now: () => clock.ms };
  let made = 0;
  const app = createColdStart(
    async () => {
      made += 1;
      if (errors.length > 0) throw errors.shift();
      return works;
    },
    { clock, logger: createLogger((line) => lines.push(line)) },
  );
  return { clock, lines, made: () => made, ask: async () => (await app())(request) };
}

test('what was made is kept', async () => {
  const { clock, ask, made } = starting();
  await ask();
  clock.ms = 1e9;
  expect(await ask()).toMatchObject({ status: 200 });
  expect(made()).toBe(1);
});

test('a passing fault is 503, remembered for three seconds, and over when it is over', async () => {
  const fault = unavailable('storage_unavailable', 'Try again.', 3, new Error('SSM is down'));
  const { clock, lines, ask, made } = starting(fault);
  expect(await ask()).toMatchObject({ status: 503, headers: { 'retry-after': '3' } });
  clock.ms = 2_999;
  expect(await ask()).toMatchObject({ status: 503 });
  expect(made()).toBe(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'cold_start_failed', cause: 'Error: SSM is down' });
  clock.ms = 3_000;
  expect(await ask()).toMatchObject({ status: 200 });
  expect(made()).toBe(2);
});

test('what somebody has to mend is 500 and says nothing of it; the log does', async () => {
  const { lines, ask } = starting(new Error('PENNYWORTH_TABLE: is missing'));
  const { status, body, headers } = await ask();
  expect({ status, retry: headers['x-should-retry'] }).toEqual({ status: 500, retry: 'false' });
  expect(JSON.parse(String(body))).toMatchObject({ error: { code: 'gateway_misconfigured' } });
  expect(body).not.toContain('PENNYWORTH');
  expect(lines[0]).toContain('PENNYWORTH_TABLE: is missing');
});
