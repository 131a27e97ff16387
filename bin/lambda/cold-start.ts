/**
 * How large the function is before its first request, how long it takes to be ready for it, and until the first chat is
 * answered: medians of 15 starts under AWS's runtime client against the local stack, beside the least a gateway on the
 * AWS SDK's clients would be (three-clients.ts), in turns. Of the bundle in dist/lambda:
 *
 *     node bin/lambda/cold-start.ts [another folder with index.mjs …]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { type LocalStack, startStack } from '../local-stack.ts';
import { eagerBytes } from './eager-bytes.ts';
import { LambdaFunction } from './runtime-api.ts';
import { installRuntimeClient } from './runtime-client.ts';

const starts = 15;
const root = path.resolve(import.meta.dirname, '../..');
const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

async function bundleThreeClients(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { index: 'bin/lambda/three-clients.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
}

interface Times {
  readonly ready: number[];
  readonly answered: number[];
}

async function measure(taskRoot: string, { dev }: LocalStack, times: Times): Promise<void> {
  const env = { ...dev.env, TEST_USERNAME: dev.user.username, TEST_MODEL_ID: modelId };
  const body = JSON.stringify({ model: dev.model, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] });
  const headers = { authorization: [`Bearer ${dev.api_key}`], 'content-type': ['application/json'] };
  const event = { httpMethod: 'POST', path: '/v1/chat/completions', multiValueHeaders: headers, body };
  const startedAt = performance.now();
  const lambda = await LambdaFunction.start({ runtimeClient: installRuntimeClient(), taskRoot, env });
  try {
    times.ready.push(await lambda.ready);
    let text = '';
    for await (const piece of await lambda.invoke(event).response) text += piece;
    if (!text.includes('simulated answer')) throw new Error(`${taskRoot} did not answer: ${text}${lambda.log()}`);
    times.answered.push(performance.now() - startedAt);
  } finally {
    await lambda.stop();
  }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

const threeClients = mkdtempSync(path.join(tmpdir(), 'three-clients-'));
const stack = await startStack();
try {
  await bundleThreeClients(threeClients);
  const folders = [path.join(root, 'dist', 'lambda'), ...process.argv.slice(2), threeClients];
  const found = new Map<string, Times>(folders.map((folder) => [folder, { ready: [], answered: [] }]));
  // In turns, so that a busy moment of the machine falls on all of them.
  for (let round = 0; round < starts; round++) {
    for (const [folder, times] of found) await measure(folder, stack, times);
  }
  const bare = median(found.get(threeClients)?.answered ?? []);
  for (const [folder, { ready, answered }] of found) {
    const name = folder === threeClients ? 'three clients of the SDK' : folder;
    const share = (median(answered) / bare).toFixed(2);
    process.stdout.write(
      `${name}: ${eagerBytes(folder)} bytes at once, ready after ${median(ready).toFixed(0)} ms, first chat answered after ${median(answered).toFixed(0)} ms (× ${share})\n`,
    );
  }
} finally {
  await stack.stop();
  rmSync(threeClients, { recursive: true });
}
