import { createServer } from 'node:http';
import { afterEach, describe, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { createBedrockTokens } from '../aws/bedrock-tokens.ts';
import { startBooks, type TestBooks } from './test-books.ts';
import { rowOf } from './test-rows.ts';

const now = Date.UTC(2026, 10, 21, 12);
const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** 1,000 tokens in and 200 out for each, on two days. */
async function startLedger(): Promise<TestBooks> {
  const books = await startBooks({ bedrockTokens: createBedrockTokens('us-west-2') });
  closers.push(() => books.store.close());
  const targets = { 'm.exact': 'bedrock', 'm.lost': 'bedrock', 'm.off': 'bedrock', own: 'openai-compatible' };
  for (const [target, provider] of Object.entries(targets)) {
    for (const time of [now, now - 5 * 86_400_000]) {
      const usage = { ...rowOf({}).usage, inputTokens: 500, outputTokens: 100 };
      books.setTime(time);
      await books.call(rowOf({ time, target, provider, usage }));
    }
  }
  books.setTime(now);
  return books;
}

const Query = z.object({ MetricDataQueries: z.array(z.object({ Id: z.string(), Expression: z.string() })) });
type Series = readonly [label: string, values: readonly number[]];

/** CloudWatch as far as it is asked here: what AWS sends for each metric, in pages of one series. */
async function startCloudWatch(series: Readonly<Record<string, readonly Series[]>>, status = 200): Promise<void> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      const input: unknown = JSON.parse(text);
      const { NextToken: at = '0' } = z.object({ NextToken: z.optional(z.string()) }).parse(input);
      const all = Query.parse(input).MetricDataQueries.flatMap(({ Id, Expression }) => {
        const metric = /MetricName="(\w+)"/.exec(Expression)?.[1] ?? '';
        return (series[metric] ?? []).map(([Label, Values]) => ({ Id, Label, Values, StatusCode: 'Complete' }));
      });
      const next = Number(at) + 1;
      const MetricDataResults = all.slice(Number(at), next);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ MetricDataResults, ...(next < all.length && { NextToken: String(next) }) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
}

describe('the ledger beside Bedrock’s own figures', () => {
  test('shows each model’s drift, and none where both are the same', async ({ expect }) => {
    await startCloudWatch({
      InputTokenCount: [
        ['m.exact', [500, 500]],
        ['m.off', [1_250]],
        ['m.unseen', [30]],
      ],
      OutputTokenCount: [
        ['m.exact', [200]],
        ['m.off', [100]],
      ],
    });
    const books = await startLedger();
    const { data } = await books.reports.reconcile({});
    expect(data.map(({ model_id, input_drift, output_drift }) => [model_id, input_drift, output_drift])).toEqual([
      ['m.exact', 0, 0],
      ['m.lost', null, null],
      ['m.off', -0.2, 1],
      ['m.unseen', -1, 0],
    ]);
    expect(data[0]).toMatchObject({
      ledger: { input_tokens: 1_000, output_tokens: 200, cache_read_tokens: 40, cache_write_tokens: 14 },
      cloudwatch: { input_tokens: 1_000, output_tokens: 200 },
    });
  });

  test('says so where CloudWatch fails, does not go back so far, or is not there', async ({ expect }) => {
    await startCloudWatch({}, 400);
    const books = await startLedger();
    await expect(books.reports.reconcile({})).rejects.toMatchObject({ status: 502, code: 'upstream_error' });
    expect(books.lines.some((line) => line.includes('"cloudwatch_failed"'))).toBe(true);
    const early = books.reports.reconcile({ from: '2025-08-01' });
    await expect(early).rejects.toMatchObject({ status: 400, param: 'from' });
    const simulated = await startBooks();
    closers.push(() => simulated.store.close());
    await expect(simulated.reports.reconcile({})).rejects.toMatchObject({ status: 400, code: 'no_cloudwatch' });
  });
});
