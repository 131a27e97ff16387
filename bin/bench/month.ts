import { createHash } from 'node:crypto';
import { AdminAddUserToGroupCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod/mini';
import { encodeAttributes } from '../../server/aws/attribute-value.ts';
import { createCredentials } from '../../server/aws/credentials.ts';
import { createJsonCaller } from '../../server/aws/json-protocol.ts';
import { createContext } from '../../server/context.ts';
import { signIn } from '../../server/contract/sign-in.ts';
import type { LedgerRow } from '../../server/money/ledger.ts';
import { encodeRow } from '../../server/money/ledger-row.ts';
import { createLedgerKey } from '../../server/money/row-mac.ts';
import { createLogger } from '../../server/observe/logger.ts';
import { GroupBy, UsageReport } from '../../shared/api/usage.ts';
import { UsageVerification } from '../../shared/api/usage-books.ts';
import { dayOf, daysOf, monthOf, parseMonth } from '../../shared/period.ts';
import { type LocalStack, startStack } from '../local-stack.ts';

// How long a month of so many calls takes to be condensed, and then to be reported: `node bin/bench/month.ts [calls]`.
// The rows are written into the table of a local stack; everything is asked over HTTP. Bars: 120 s, and 2 s a report.

const persons = 50;
const models = ['claude-sonnet-4-5', 'claude-haiku-4-5', 'nova-lite', 'gpt-oss-120b'];
const rowsAtOnce = 25;
const requestsAtOnce = 12;

const calls = Number(process.argv[2] ?? 1_000_000);
const lastMonth = parseMonth(monthOf(Date.parse(`${monthOf(Date.now())}-01`) - 1));
if (!lastMonth) throw new Error('there is no last month');

function rowOf(index: number, day: string): LedgerRow {
  const person = (index * 7) % persons;
  const time = Date.parse(day) + ((index * 7_919) % 86_400_000);
  const id = createHash('md5').update(String(index)).digest('hex');
  return {
    requestId: `req_${id}`,
    time,
    username: `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`,
    keyId: `key_${String(person).padStart(2, '0')}${index % 2}`,
    team: `team-${person % 5}`,
    endpoint: index % 3 === 0 ? '/v1/messages' : '/v1/chat/completions',
    model: models[index % models.length] ?? '',
    target: `us.vendor.${models[index % models.length]}`,
    provider: 'bedrock',
    status: index % 50 === 0 ? 'error' : 'ok',
    errorCode: null,
    stream: index % 2 === 0,
    durationMs: index % 20_000,
    attempts: 1,
    usage: {
      inputTokens: index % 3_000,
      cacheReadTokens: index % 9_000,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: index % 800,
      reasoningTokens: undefined,
      tier: undefined,
      raw: { inputTokens: index % 3_000, outputTokens: index % 800, totalTokens: index % 3_800 },
    },
    estimatedNanoUsd: 50_000_000,
    costNanoUsd: index % 100 === 0 ? null : (index * 31) % 40_000_000,
    dropped: [],
    upstreamRequestId: '6e9ba3a5-6a1c-4a58-9f0c-3f2f0c7f6d11',
    usageEstimated: false,
  };
}

/** @returns the sum of all costs in nano-USD */
async function fill({ dev }: LocalStack, days: readonly string[]): Promise<number> {
  const { env: environment } = dev;
  const context = createContext({ environment, version: '0', logger: createLogger(() => {}) });
  const key = await createLedgerKey(context.rootSecret)();
  const { table, region } = context.settings;
  const call = createJsonCaller(
    { region, credentials: createCredentials(environment), environment },
    {
      service: 'dynamodb',
      target: 'DynamoDB_20120810',
      version: '1.0',
      retries: { leastDelayMs: 25, mostDelayMs: 200, anyServerError: true },
    },
  );
  let sum = 0;
  let next = 0;
  const perDay = Math.ceil(calls / days.length);
  const work = async () => {
    while (next < calls) {
      const first = next;
      next += rowsAtOnce;
      const requests = [];
      for (let index = first; index < Math.min(first + rowsAtOnce, calls); index++) {
        const row = rowOf(index, days[Math.floor(index / perDay)] ?? '');
        sum += row.costNanoUsd ?? 0;
        requests.push({ PutRequest: { Item: encodeAttributes(encodeRow(row, key)) } });
      }
      await call('BatchWriteItem', { RequestItems: { [table]: requests } });
      if (first % 100_000 === 0) process.stderr.write(`written: ${first}\n`);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  for (const day of days) {
    for (let person = 0; person < persons; person++) {
      const marker = { pk: `D#${day}`, sk: rowOf(person * 43, day).username, v: 1 };
      await call('PutItem', { TableName: table, Item: encodeAttributes(marker) });
    }
  }
  return sum;
}

/** A token of somebody in the group `auditor`. */
async function auditorOf({ dev }: LocalStack): Promise<string> {
  const cognito = new CognitoIdentityProviderClient({
    region: dev.region,
    endpoint: dev.endpoints['cognito_identity_provider'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { username: Username } = dev.user;
  await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId: dev.user_pool_id, GroupName: 'auditor', Username }));
  cognito.destroy();
  return signIn(dev, dev.user);
}

const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Asks until the answer is there; what a 503 says is progress. */
async function ask<T extends z.ZodMiniType>(url: string, token: string, schema: T): Promise<[z.infer<T>, number]> {
  const startedAt = performance.now();
  for (;;) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const body: unknown = await response.json();
    if (response.ok) return [z.parse(schema, body), (performance.now() - startedAt) / 1000];
    const { error } = z.parse(Refusal, body);
    if (error.code !== 'days_open') throw new Error(error.message);
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${error.message}\n`);
  }
}

async function main(range: { readonly from: string; readonly to: string }): Promise<void> {
  const stack = await startStack({ env: { NODE_OPTIONS: '--max-old-space-size=12000' } });
  try {
    const sum = await fill(stack, daysOf(range));
    const token = await auditorOf(stack);
    const usage = `${stack.dev.url}/v1/usage?all=true&from=${range.from}&to=${range.to}`;
    const [first, closedAfter] = await ask(usage, token, UsageReport);
    const { requests, cost_nano_usd: cost } = first.total;
    process.stdout.write(`${calls} calls condensed and reported after ${closedAfter.toFixed(1)} s (bar: 120 s)\n`);
    if (requests !== calls || cost !== sum)
      throw new Error(`${requests} calls, ${cost} nano-USD: not the ledger's ${sum}`);
    let slowest = 0;
    for (const groupBy of GroupBy.options) {
      const [report, after] = await ask(`${usage}&group_by=${groupBy}`, token, UsageReport);
      if (report.total.cost_nano_usd !== sum) throw new Error(`by ${groupBy}: not the ledger's sum`);
      slowest = Math.max(slowest, after);
      process.stdout.write(`by ${groupBy}: ${report.rows.length} rows, ${after.toFixed(3)} s\n`);
    }
    const tenYears = usage.replace(range.from, dayOf(Date.parse(range.to) - 3_652 * 86_400_000));
    const [, tenYearsAfter] = await ask(tenYears, token, UsageReport);
    slowest = Math.max(slowest, tenYearsAfter);
    process.stdout.write(
      `ten years: ${tenYearsAfter.toFixed(3)} s; slowest report ${slowest.toFixed(3)} s (bar: 2 s)\n`,
    );
    let verified = 0;
    const startedAt = performance.now();
    for (let from: string | null = range.from; from !== null; ) {
      const verify: string = `${stack.dev.url}/v1/usage/verify?from=${from}&to=${range.to}`;
      const [part] = await ask(verify, token, UsageVerification);
      if (part.finding) throw new Error(`verify found ${JSON.stringify(part.finding)}`);
      verified += part.rows;
      from = part.next;
    }
    process.stdout.write(`${verified} rows verified in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    if (closedAfter > 120 || slowest > 2) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}

await main(lastMonth);
