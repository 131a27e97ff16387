import { Validator } from '@cfworker/json-schema';
import { expect, test } from 'vitest';
import { noUsage } from '../model/usage.ts';
import type { LedgerRow } from '../money/ledger.ts';
import { type ClosedCall, createMetrics } from './metrics.ts';

/** CloudWatch's user guide, "Embedded metric format specification", its schema; of the units those that may be ours. */
const specification = new Validator({
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      properties: {
        Timestamp: { type: 'integer' },
        CloudWatchMetrics: {
          type: 'array',
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            properties: {
              Namespace: { type: 'string', minLength: 1, maxLength: 1024 },
              Dimensions: {
                type: 'array',
                minItems: 1,
                items: {
                  type: 'array',
                  minItems: 1,
                  maxItems: 30,
                  items: { type: 'string', minLength: 1, maxLength: 250 },
                },
              },
              Metrics: {
                type: 'array',
                minItems: 1,
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name'],
                  properties: {
                    Name: { type: 'string', minLength: 1, maxLength: 1024 },
                    Unit: { enum: ['Count', 'Milliseconds', 'None'] },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});

const row: LedgerRow = {
  requestId: 'req_1',
  time: 1,
  username: 'planted-person',
  keyId: 'planted-key',
  team: 'planted-team',
  tag: 'planted-tag',
  endpoint: '/v1/chat/completions',
  model: 'claude-sonnet-4-5',
  target: 'us.anthropic.claude',
  provider: 'bedrock',
  status: 'ok',
  errorCode: null,
  stream: true,
  durationMs: 1500,
  attempts: 1,
  usage: {
    ...noUsage,
    inputTokens: 10,
    cacheReadTokens: 3,
    cacheWrite5mTokens: 4,
    cacheWrite1hTokens: 5,
    outputTokens: 7,
    raw: { planted: 'planted-raw' },
  },
  estimatedNanoUsd: 200_000_000,
  costNanoUsd: 123_456_789,
  dropped: ['planted-field'],
  upstreamRequestId: 'planted-upstream',
  usageEstimated: false,
};

function lineOf(change: Partial<ClosedCall> = {}) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const metrics = createMetrics({ write, namespace: 'Pennyworth', service: 'mine', now: () => 1_790_000_000_000 });
  metrics.closed({ row, firstByteMs: 250, fault: null, isPending: false, ...change });
  metrics.unauthorized('req_2');
  return lines;
}

test('a closed call is one line of figures, with the service as its only dimension', () => {
  const [line = ''] = lineOf();
  expect(line.split('\n')).toEqual([expect.any(String), '']);
  const { _aws, ...members } = JSON.parse(line);
  expect(_aws).toEqual({
    Timestamp: 1_790_000_000_000,
    CloudWatchMetrics: [
      {
        Namespace: 'Pennyworth',
        Dimensions: [['service']],
        Metrics: [
          { Name: 'Errors', Unit: 'Count' },
          { Name: 'InputTokens', Unit: 'Count' },
          { Name: 'OutputTokens', Unit: 'Count' },
          { Name: 'CacheReadTokens', Unit: 'Count' },
          { Name: 'TimeToFirstByte', Unit: 'Milliseconds' },
          { Name: 'CostUsd', Unit: 'None' },
          { Name: 'ReservedUsd', Unit: 'None' },
        ],
      },
    ],
  });
  expect(members).toEqual({
    service: 'mine',
    event: 'call',
    request_id: 'req_1',
    endpoint: '/v1/chat/completions',
    model: 'claude-sonnet-4-5',
    stream: true,
    status: 'ok',
    error_code: null,
    Errors: 0,
    TimeToFirstByte: 250,
    DurationMs: 1500,
    InputTokens: 10,
    CacheReadTokens: 3,
    CacheWriteTokens: 9,
    OutputTokens: 7,
    CostUsd: 0.123456789,
    ReservedUsd: 0.2,
    UnpricedCalls: 0,
  });
});

const unpriced = { row: { ...row, costNanoUsd: null, estimatedNanoUsd: null }, firstByteMs: undefined };

test.each<[string, Partial<ClosedCall>, Readonly<Record<string, number | undefined>>]>([
  ['nothing wrong', {}, { Errors: 0, ClientErrors: undefined, LedgerPending: undefined }],
  ['the caller', { fault: 'caller' }, { Errors: 0, ClientErrors: 1 }],
  ['the provider', { fault: 'server' }, { Errors: 1, ClientErrors: undefined }],
  ['the table', { isPending: true }, { LedgerPending: 1 }],
  ['no stream', { row: { ...row, stream: false } }, { TimeToFirstByte: undefined, DurationMs: 1500 }],
  [
    'no price, no answer',
    unpriced,
    { CostUsd: undefined, ReservedUsd: undefined, TimeToFirstByte: undefined, UnpricedCalls: 1 },
  ],
])('%s', (_, change, expected) => {
  const content = JSON.parse(lineOf(change)[0] ?? '');
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, content[name]]));
  expect(found).toEqual(expected);
});

test('every line is as CloudWatch’s specification wants it: each metric a number, each dimension a text', () => {
  const lines = [{}, { fault: 'caller' }, { fault: 'server', isPending: true }, unpriced] as const;
  for (const line of lines.flatMap((change) => lineOf(change))) {
    const content = JSON.parse(line);
    expect(specification.validate(content)).toMatchObject({ valid: true });
    const [{ Metrics, Dimensions }] = content._aws.CloudWatchMetrics;
    for (const { Name } of Metrics) expect(content[Name]).toEqual(expect.any(Number));
    for (const name of Dimensions.flat()) expect(content[name]).toEqual(expect.any(String));
  }
});

test('a refused credential is an error of its caller’s, and no call', () => {
  const [, line = ''] = lineOf();
  expect(JSON.parse(line)).toMatchObject({ event: 'unauthorized', request_id: 'req_2', ClientErrors: 1 });
});

test('what is suspicious is counted by itself, with its reason', () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  createMetrics({ write, namespace: 'Pennyworth', service: 'mine' }).suspicious('req_3', 'key_revoked');
  const content = JSON.parse(lines[0] ?? '');
  expect(specification.validate(content)).toMatchObject({ valid: true });
  expect(content).toMatchObject({
    SuspiciousActivity: 1,
    event: 'suspicious',
    request_id: 'req_3',
    reason: 'key_revoked',
  });
  expect(content._aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: 'SuspiciousActivity', Unit: 'Count' }]);
});

test('neither person, key, team nor anything of what was said stands in a line', () => {
  expect(lineOf({ isPending: true }).join()).not.toContain('planted');
});
