import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { grantsOf } from './access-rules.ts';
import { root } from './python-tools.ts';
import { scenarios } from './scenarios.ts';

/** IAM's word for an operation of Bedrock's runtime, which has none of its own for Converse. */
const bedrockActions: Readonly<Record<string, string>> = {
  converse: 'InvokeModel',
  'converse-stream': 'InvokeModelWithResponseStream',
  invoke: 'InvokeModel',
  'invoke-with-response-stream': 'InvokeModelWithResponseStream',
  'count-tokens': 'CountTokens',
};

/** Actions that no call of ours names. */
const implied = [
  // Converse applies the guardrail that a request names.
  'bedrock:ApplyGuardrail',
  // For a 404 in the place of a 403 where an object is gone.
  's3:ListBucket',
  // Lambda's own writing of logs and traces.
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

/** Every AWS operation that the server's code names, as IAM calls it. */
function actionsIn(source: string): readonly string[] {
  const service = /service: '([a-z-]+)'/.exec(source)?.[1] ?? '';
  const ours = [...source.matchAll(/\b(?:call|write)\('([A-Z]\w+)'/g)].map(([, name]) => `${service}:${name}`);
  const isRuntime = /service = 'bedrock-runtime'/.test(source);
  const operations = isRuntime ? [...source.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, name = '']) => name) : [];
  const models = operations.flatMap((name) => (bedrockActions[name] ? [`bedrock:${bedrockActions[name]}`] : []));
  const client = /'@aws-sdk\/client-([a-z0-9-]+)'/.exec(source)?.[1] ?? '';
  const prefix = client.replace('cognito-identity-provider', 'cognito-idp');
  const sdks = [...source.matchAll(/new (?:\w+\.)?([A-Z]\w+)Command\(/g)].map(([, name]) => `${prefix}:${name}`);
  return [...ours, ...models, ...sdks];
}

it('gives the function exactly the rights that the code makes use of', async () => {
  const files = await readdir(path.join(root, 'server'), { recursive: true });
  const used = new Set(implied);
  for (const file of files) {
    if (!file.endsWith('.ts') || /^(local|contract)\/|\be2e\/|test/.test(file)) continue;
    const source = await readFile(path.join(root, 'server', file), 'utf8');
    for (const action of actionsIn(source)) used.add(action);
  }
  const everything = scenarios.find(({ name }) => name === 'everything')?.parameters ?? {};
  const granted = new Set(grantsOf(everything).flatMap(({ actions }) => actions));
  expect([...granted].sort()).toEqual([...used].sort());
});
