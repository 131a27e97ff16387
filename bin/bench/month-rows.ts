import { createHash } from 'node:crypto';
import { encodeAttributes } from '../../server/aws/attribute-value.ts';
import { createCredentials } from '../../server/aws/credentials.ts';
import { createJsonCaller } from '../../server/aws/json-protocol.ts';
import { createContext } from '../../server/context.ts';
import type { LedgerRow } from '../../server/money/ledger.ts';
import { encodeRow } from '../../server/money/ledger-row.ts';
import { createLedgerKey } from '../../server/money/row-mac.ts';
import { createLogger } from '../../server/observe/logger.ts';
import type { LocalStack } from '../local-stack.ts';

const persons = 50;
const models = ['claude-sonnet-4-5', 'claude-haiku-4-5', 'nova-lite', 'gpt-oss-120b'];
const rowsAtOnce = 25;
const requestsAtOnce = 12;

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
    tag: index % 4 === 0 ? null : `project-${index % 20}`,
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

/**
 * Writes rows of many persons, spread over days that have none, into the stack's table.
 * @returns the sum of all costs in nano-USD
 */
export async function importRows({ dev }: LocalStack, calls: number, days: readonly string[]): Promise<number> {
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
