/**
 * How large the function is before its first request, and how long it takes to be ready for it: the bytes that its entry
 * imports at once, and the median of 15 starts under AWS's runtime client. Of the bundle in dist/lambda:
 *
 *     node bin/lambda/cold-start.ts [another folder with index.mjs …]
 */
import path from 'node:path';
import { eagerBytes } from './eager-bytes.ts';
import { LambdaFunction } from './runtime-api.ts';
import { installRuntimeClient } from './runtime-client.ts';

const starts = 15;
/** Nothing is asked of them: a cold start reads no AWS. */
const env = {
  AWS_REGION: 'us-west-2',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'x',
  PENNYWORTH_TABLE: 'table',
  PENNYWORTH_AUDIT_TABLE: 'audit',
  PENNYWORTH_BUCKET: 'bucket',
  PENNYWORTH_USER_POOL_ID: 'us-west-2_pool',
  PENNYWORTH_CLIENT_ID: 'client',
  PENNYWORTH_ROOT_SECRET_PARAMETER: '/root-secret',
};

async function startMs(taskRoot: string): Promise<number> {
  const lambda = await LambdaFunction.start({ runtimeClient: installRuntimeClient(), taskRoot, env });
  try {
    return await lambda.ready;
  } finally {
    await lambda.stop();
  }
}

const given = process.argv.slice(2);
const folders = given.length > 0 ? given : [path.resolve(import.meta.dirname, '../../dist/lambda')];
const times = new Map<string, number[]>(folders.map((folder) => [folder, []]));
// In turns, so that a busy moment of the machine falls on all of them.
for (let round = 0; round < starts; round++) {
  for (const [folder, found] of times) found.push(await startMs(folder));
}
for (const [folder, found] of times) {
  const median = found.toSorted((a, b) => a - b)[Math.floor(starts / 2)] ?? 0;
  process.stdout.write(`${folder}: ${eagerBytes(folder)} bytes at once, ready after ${median.toFixed(1)} ms\n`);
}
