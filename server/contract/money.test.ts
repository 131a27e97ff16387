import { request } from 'node:http';
import { inject, test } from 'vitest';
import { Key } from '../../shared/api/keys.ts';
import { GroupBy, UsageCallList, UsageReport } from '../../shared/api/usage.ts';
import { openHolds } from './holds.ts';
import { rowOf, rowOfRequest } from './ledger.ts';
import { manage } from './manage.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');
const { url, api_key: apiKey, model, user } = dev;

/** Claude Sonnet 4.5 through the `us.` profile, read by hand from the catalogue: pico-USD per token. */
const inputPico = 3_300_000n;
const outputPico = 16_500_000n;

function chat(content: string, stream = false): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content }] }),
  });
}

const holds = () => openHolds(`U#${user.username}`);

test('each call’s cost is tokens × price to the nano-dollar, in answer, ledger and report alike', async ({
  expect,
}) => {
  const response = await chat('What does this cost?');
  const { usage } = JSON.parse(await response.text());
  const pico = BigInt(usage.prompt_tokens) * inputPico + BigInt(usage.completion_tokens) * outputPico;
  const nano = Number((pico + 500n) / 1000n);
  const row = await rowOf(response.headers);
  expect(row).toMatchObject({
    model,
    status: 'ok',
    stream: false,
    endpoint: '/v1/chat/completions',
    provider: 'bedrock',
    user_id: user.username,
    input_tokens: usage.prompt_tokens,
    output_tokens: usage.completion_tokens,
    cost_nano_usd: nano,
  });
  expect(response.headers.get('x-pennyworth-cost-usd')).toBe(row.cost_usd);
  expect(usage.cost_usd).toBe(row.cost_usd);
});

test('the report is the sum of the ledger’s rows, in every grouping', async ({ expect }) => {
  await Promise.all([chat('one'), chat('two', true).then((response) => response.text()), chat('three')]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const token = await signIn(dev, user);
  const read = async (path: string) => (await manage('GET', path, token)).body;
  const rows = UsageCallList.parse(await read('/v1/usage/calls?limit=1000')).data;
  const spent = rows.reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0);
  for (const group of GroupBy.options) {
    const report = UsageReport.parse(await read(`/v1/usage?group_by=${group}`));
    expect(report.total.cost_nano_usd, group).toBeGreaterThanOrEqual(spent);
    expect(
      report.rows.reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0),
      group,
    ).toBe(report.total.cost_nano_usd);
    expect(
      report.rows.reduce((sum, row) => sum + row.requests, 0),
      group,
    ).toBe(report.total.requests);
  }
});

test('a client that leaves after the third chunk is billed for the 200 that follow, as the provider counts', async ({
  expect,
}) => {
  const script = { text: Array.from({ length: 203 }, (_, index) => `piece ${index} `), chunkDelayMs: 3 };
  const content = `Go. [[sim:${JSON.stringify(script)}]]`;
  const told = await rowOf((await chat(content)).headers);
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content }] });
  let heard = '';
  const id = await new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const outgoing = request(`${url}/v1/chat/completions`, { method: 'POST', headers }, (response) => {
      response.setEncoding('utf8').on('data', (piece: string) => {
        heard += piece;
        if (!heard.includes('piece 2 ')) return;
        resolve(String(response.headers['x-request-id']));
        outgoing.destroy();
      });
      response.on('error', () => undefined);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  const row = await rowOfRequest(id);
  expect(heard).not.toContain('piece 150');
  const whole = script.text.join('');
  const { input_tokens, cost_nano_usd } = told;
  expect(row).toMatchObject({ status: 'client_closed', input_tokens, cost_nano_usd });
  expect(row.output_tokens).toBe(Math.ceil(Buffer.byteLength(whole) / 4));
  expect(await holds()).not.toContain(id);
});

test('a refused call costs nothing and leaves no hold', async ({ expect }) => {
  const response = await chat('No. [[sim:{"fail":{"type":"ValidationException"}}]]');
  expect(response.status).toBe(400);
  const id = response.headers.get('x-request-id');
  expect(await rowOf(response.headers)).toMatchObject({ status: 'error', cost_nano_usd: 0, output_tokens: 0 });
  expect(await holds()).not.toContain(id);
});

test.for(['cut-frame', 'no-metadata'])(
  'a whole answer that breaks off (%s) is charged by our own count',
  async (kind, { expect }) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        max_tokens: 100,
        messages: [{ role: 'user', content: `Break. [[sim:${JSON.stringify({ fault: { kind } })}]]` }],
      }),
    });
    expect(response.status).toBe(502);
    const row = await rowOf(response.headers);
    expect(row.status).toBe('upstream_truncated');
    expect(row.cost_nano_usd).toBeGreaterThan(0);
  },
);

test('fifty interleaved calls of ten keys stay apart, in answers and in the ledger', async ({ expect }) => {
  const token = await signIn(dev, user);
  const keys = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      return Key.parse((await manage('POST', '/v1/keys', token, { name: `interleaved ${index}` })).body);
    }),
  );
  const words = (index: number) => Array.from({ length: 8 }, (_, word) => `k${index}w${word} `);
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, call) => {
      const key = keys[call % 10];
      const script = { text: words(call), chunkDelayMs: 3 };
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key?.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model,
          stream: true,
          messages: [{ role: 'user', content: `Go. [[sim:${JSON.stringify(script)}]]` }],
        }),
      });
      const text = [...(await response.text()).matchAll(/"content":"([^"]+)"/g)].map((match) => match[1]).join('');
      return { key: key?.id, id: response.headers.get('x-request-id'), text };
    }),
  );
  expect(answers.map((answer) => answer.text)).toEqual(answers.map((_, call) => words(call).join('')));
  // A key sees its own calls only, a person all of theirs.
  await expect
    .poll(async () => {
      const { body } = await manage('GET', '/v1/usage/calls?limit=1000', token);
      const keyOf = new Map(UsageCallList.parse(body).data.map((row) => [row.request_id, row.key_id]));
      return answers.filter(({ id, key }) => keyOf.get(id ?? '') === key).length;
    })
    .toBe(50);
});
