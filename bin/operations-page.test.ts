import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes } from '../server/error-codes.ts';

const root = path.dirname(import.meta.dirname);
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const page = read('doc/operations.md');
const template = read('template.yaml');
const source = globSync('server/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && !/^server\/(local|contract)\//.test(file))
  .map(read)
  .join('\n');

const all = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];
const isMissing = (name: string) => !page.includes(`\`${name}\``);

test('every alarm of the template is told, with what to do', () => {
  const alarms = all(template, /^ {2}(\w+):\n {4}Type: AWS::CloudWatch::Alarm$/gm);
  expect(alarms).toHaveLength(7);
  expect(alarms.filter(isMissing)).toEqual([]);
  const told = all(page, /^\| `(\w+)` \(`<stack>-[\w-]+`\) \|(?=[^|]+\|[^|]{20,}\|$)/gm);
  expect(told.toSorted()).toEqual(alarms.toSorted());
});

test('every event of level error or warn is told', () => {
  const events = all(source, /(?:logger\s*\.(?:error|warn)|#warn)\(\s*'(\w+)'/g);
  expect(events).toContain('ledger_pending');
  expect(events.length).toBeGreaterThan(15);
  expect(events.filter(isMissing)).toEqual([]);
});

test('an event whose name is computed is one of these two', () => {
  const computed = all(source, /logger\s*\.(?:error|warn)\(\s*([^'\s][^,)]*)/g);
  expect(computed.toSorted()).toEqual(['error.code', 'event']);
  const codes = Object.keys(errorCodes).filter((code) => ['auth_unavailable', 'root_secret_mismatch'].includes(code));
  expect(codes.filter(isMissing)).toEqual([]);
});

test('every metric is told, and every metric of ours that the template watches is emitted', () => {
  const metrics = all(read('server/observe/metrics.ts'), /^ {2}(\w+): '(?:Count|Milliseconds|None)',$/gm);
  expect(metrics).toHaveLength(10);
  expect(metrics.filter(isMissing)).toEqual([]);
  const inAlarms = all(template, /Namespace: Pennyworth\n {6}MetricName: (\w+)/g);
  const inDashboard = all(template, /\["Pennyworth","(\w+)"/g);
  expect(inDashboard.toSorted()).toEqual(metrics.toSorted());
  const watched = [...inAlarms, ...inDashboard];
  expect(watched.filter((name) => !metrics.includes(name))).toEqual([]);
});

test('the queries ask for fields that lines have', () => {
  const fields = read('server/observe/metrics.ts') + read('server/observe/logger.ts');
  const asked = all(
    page,
    /\b(DurationMs|TimeToFirstByte|CacheReadTokens|CacheWriteTokens|UnpricedCalls|error_code)\b/g,
  );
  expect(asked).toHaveLength(6);
  expect(asked.filter((name) => !fields.includes(name))).toEqual([]);
});
