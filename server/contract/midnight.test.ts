import { afterAll, inject, test } from 'vitest';
import { UsageCallList } from '../../shared/api/usage.ts';
import { parseUsd } from '../../shared/money.ts';
import { dayOf } from '../../shared/period.ts';
import { marker } from './ask.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { balanceOf, openHolds } from './holds.ts';
import { createKey, createPerson, request } from './people.ts';

// Callers before, at and after midnight (UTC), against a day's budget for ten calls of key, person and team: two gateways
// whose clocks come to a midnight while they are asked.

const dev = inject('dev');
const admin = inject('adminToken');

/** Held at $0.0175, and $0.0166 when it has ended (budgets.test.ts). */
const tenCalls = '0.167';
const oneCall = parseUsd('0.0175') ?? 0;
const before = { bytes: 4_000, chunks: 10, chunkDelayMs: 1_100 };
const after = { bytes: 4_000, chunks: 10 };
/** From the start of the gateways; most of it is for the callers before to be asked on a machine that has much to do. */
const midnightAfterMs = 15_000;

const gateways: GatewayProcess[] = [];
afterAll(() => Promise.all(gateways.map((gateway) => gateway.kill())));

const until = (time: number) => new Promise((resolve) => setTimeout(resolve, Math.max(time - Date.now(), 0)));
const day = (limit_usd: string) => ({ budgets: [{ period: 'day', limit_usd }] });

test('each day has its own budget, whenever calls end', { timeout: 120_000 }, async ({ expect }) => {
  const team = `night-${crypto.randomUUID().slice(0, 8)}`;
  const person = await createPerson([team]);
  const set = (method: string, path: string, limit: string) => request([method, path], admin, { policy: day(limit) });
  expect((await set('PATCH', `/v1/users/${person.username}`, '0.19')).status).toBe(200);
  expect((await set('PUT', `/v1/groups/${team}`, tenCalls)).status).toBe(200);
  const { id, key } = await createKey(person, { ...day('0.2'), scopes: ['inference', 'usage'] });

  const midnightHere = Date.now() + midnightAfterMs;
  const midnight = Date.parse(dayOf(Date.now() + 86_400_000));
  gateways.push(...(await Promise.all([0, 1].map(() => startGateway(midnight - midnightHere)))));
  const ask = async (index: number, script: object): Promise<number> => {
    const response = await fetch(`${gateways[index % 2]?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: dev.model,
        max_tokens: 1_000,
        stream: index % 3 === 0,
        messages: [{ role: 'user', content: `Please. ${marker(script)}` }],
      }),
    });
    await response.text();
    return response.status;
  };
  const wave = (script: object) => Array.from({ length: 100 }, (_, index) => ask(index, script));
  await until(midnightHere - 9_000);
  const asked = wave(before);
  // Some of these come before midnight and have their turn after it.
  await until(midnightHere - 50);
  asked.push(...wave(after));
  const statuses = await Promise.all(asked);
  expect(new Set(statuses)).toEqual(new Set([200, 402]));
  await expect.poll(() => openHolds(`U#${person.username}`), { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => openHolds(`G#${team}`), { timeout: 20_000 }).toEqual([]);

  const [first, second] = [dayOf(midnight - 1), dayOf(midnight)];
  const path = `/v1/usage/calls?from=${first}&to=${second}&limit=1000`;
  const { data } = UsageCallList.parse((await request(['GET', path], key, undefined, gateways[0]?.url)).body);
  expect(data.length).toBe(statuses.filter((status) => status === 200).length);
  const spentOn = (name: string) => {
    const costs = data.filter(({ time }) => time.startsWith(name)).map(({ cost_nano_usd }) => cost_nano_usd ?? 0);
    return costs.reduce((sum, cost) => sum + cost, 0);
  };
  for (const name of [first, second]) {
    expect(spentOn(name)).toBeLessThanOrEqual(parseUsd(tenCalls) ?? 0);
    // No tenth, or it was refused while the others held more than they came to.
    expect(spentOn(name) + oneCall).toBeGreaterThan((parseUsd(tenCalls) ?? 0) - oneCall);
  }
  // The last to be asked before midnight ended after it.
  const ends = data
    .filter(({ time }) => time.startsWith(first))
    .map(({ time, duration_ms }) => Date.parse(time) + duration_ms);
  expect(Math.max(...ends)).toBeGreaterThan(midnight);
  const [own, teams] = [await balanceOf(`U#${person.username}`), await balanceOf(`G#${team}`)];
  const expected = { d: { n: second, s: spentOn(second) }, t: { s: spentOn(first) + spentOn(second) } };
  expect(own).toMatchObject({ ...expected, k: { [id]: expected } });
  expect(teams).toMatchObject(expected);
});
