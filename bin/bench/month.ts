import { setTimeout as sleep } from 'node:timers/promises';
import { AdminAddUserToGroupCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod/mini';
import { signIn } from '../../server/contract/sign-in.ts';
import { GroupBy, UsageReport } from '../../shared/api/usage.ts';
import { UsageVerification } from '../../shared/api/usage-books.ts';
import { type DayRange, dayOf, daysOf, monthOf, parseMonth } from '../../shared/period.ts';
import { type LocalStack, startStack } from '../local-stack.ts';
import { makeCalls } from './month-calls.ts';
import { importRows } from './month-rows.ts';

// How long a month of so many calls takes to be condensed, and then to be reported: `npm run bench -- month [calls]
// [calls over HTTP]`. Most of them are rows written into the table of a local stack, of last month; the others are made
// over HTTP, today. The reports must be their sum to the nano-dollar. Bars: 120 s for last month, and 2 s a report.

const closingBarSeconds = 120;
const reportBarSeconds = 2;
/** A call is in reports so long after its last byte. */
const visibleAfterMs = 1_000;

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

/** Asks until the answer is there; what a 503 says is progress. @returns the answer, and seconds */
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Calls and their cost in nano-USD, as they are known without the ledger. */
interface Expected {
  readonly requests: number;
  readonly cost: number;
}

/** Reports over one stack's ledger, each of which must say what is expected. */
class Reports {
  readonly #stack: LocalStack;
  readonly #token: string;
  slowestSeconds = 0;

  constructor(stack: LocalStack, token: string) {
    this.#stack = stack;
    this.#token = token;
  }

  /** @returns seconds. @throws Error when the report is not the sum of the calls */
  async look({ from, to }: DayRange, expected: Expected, more = ''): Promise<number> {
    const url = `${this.#stack.dev.url}/v1/usage?all=true&from=${from}&to=${to}${more}`;
    const [{ total, rows }, seconds] = await ask(url, this.#token, UsageReport);
    if (total.requests !== expected.requests || total.cost_nano_usd !== expected.cost) {
      throw new Error(`${url}: ${JSON.stringify(total)} is not ${JSON.stringify(expected)}`);
    }
    print(`${from} to ${to}${more}: ${rows.length} rows, ${seconds.toFixed(3)} s`);
    return seconds;
  }

  /** Every group of a time that is condensed, as far as it is over. */
  async lookAtAll(range: DayRange, expected: Expected): Promise<void> {
    for (const groupBy of GroupBy.options) {
      const seconds = await this.look(range, expected, `&group_by=${groupBy}`);
      this.slowestSeconds = Math.max(this.slowestSeconds, seconds);
    }
  }

  async verify({ from, to }: DayRange): Promise<void> {
    const startedAt = performance.now();
    let verified = 0;
    for (let next: string | null = from; next !== null; ) {
      const url: string = `${this.#stack.dev.url}/v1/usage/verify?from=${next}&to=${to}`;
      const [part] = await ask(url, this.#token, UsageVerification);
      if (part.finding) throw new Error(`verify found ${JSON.stringify(part.finding)}`);
      verified += part.rows;
      next = part.next;
    }
    print(`${verified} rows verified in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}

/**
 * @param calls of both kinds together
 * @param overHttp so many of them are made today
 */
export async function measureMonth(calls = 1_000_000, overHttp = Math.min(50_000, calls)): Promise<void> {
  const lastMonth = parseMonth(monthOf(Date.parse(`${monthOf(Date.now())}-01`) - 1));
  if (!lastMonth || !(overHttp >= 0 && overHttp <= calls)) throw new Error(`no ${overHttp} of ${calls} calls`);
  const stack = await startStack({ env: { NODE_OPTIONS: '--max-old-space-size=12000' } });
  try {
    const imported: Expected = {
      requests: calls - overHttp,
      cost: await importRows(stack, calls - overHttp, daysOf(lastMonth)),
    };
    const token = await auditorOf(stack);
    const reports = new Reports(stack, token);
    const closedAfter = await reports.look(lastMonth, imported);
    print(`${imported.requests} calls condensed after ${closedAfter.toFixed(1)} s (bar: ${closingBarSeconds} s)`);

    const first = dayOf(Date.now());
    const startedAt = performance.now();
    const made: Expected = { requests: overHttp, cost: await makeCalls(stack, token, overHttp) };
    print(`${overHttp} calls over HTTP in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    await sleep(visibleAfterMs);
    const today = { from: first, to: dayOf(Date.now()) };
    const all = { requests: calls, cost: imported.cost + made.cost };
    await reports.lookAtAll(today, made);
    await reports.lookAtAll(lastMonth, imported);
    await reports.lookAtAll({ from: lastMonth.from, to: today.to }, all);
    await reports.lookAtAll({ from: dayOf(Date.parse(today.to) - 3_652 * 86_400_000), to: today.to }, all);
    print(`slowest report ${reports.slowestSeconds.toFixed(3)} s (bar: ${reportBarSeconds} s)`);
    await reports.verify({ from: lastMonth.from, to: today.to });
    if (closedAfter > closingBarSeconds || reports.slowestSeconds > reportBarSeconds) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}
