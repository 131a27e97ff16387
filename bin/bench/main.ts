import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { createAwsClients } from '../../server/aws/clients.ts';
import { type LocalStack, startStack } from '../local-stack.ts';
import { median, runLoad } from './load.ts';

// Ratios of one run on one machine; absolute times say little elsewhere. All gateways stand before the same simulator.

interface Gateway {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Workload {
  readonly name: string;
  readonly script: object;
  readonly stream: boolean;
  /** Of one round. */
  readonly requests: number;
  /** A cold JIT alone doubles a figure: as many for every gateway, before the rounds. */
  readonly warmUp: number;
  /** Pennyworth's CPU-ms over those of the SDK proxy, at most (performance.md). */
  readonly bar: number;
}

const upstreamModel = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const rounds = 5;
const workloads: readonly Workload[] = [
  { name: 'plain 1 KB', script: { bytes: 1024 }, stream: false, requests: 800, warmUp: 4000, bar: 1.1 },
  {
    name: 'stream of 200 chunks',
    script: { bytes: 4000, chunks: 200 },
    stream: true,
    requests: 200,
    warmUp: 1000,
    bar: 0.6,
  },
];

/** User and system time of a process so far, in ms. Linux tells it in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const Started = z.object({ url: z.string(), pid: z.number() });

function startProxy(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)));
    child.stdout.once('data', (text) => resolve({ child, ...Started.parse(JSON.parse(String(text))) }));
  });
}

function bodyOf(workload: Workload, model: string): string {
  const content = `Measure this. [[sim:${JSON.stringify(workload.script)}]]`;
  return JSON.stringify({ model, stream: workload.stream, max_tokens: 4096, messages: [{ role: 'user', content }] });
}

async function measure(
  gateway: Gateway,
  workload: Workload,
  requests: number,
): Promise<{ cpu: number; total: number; first: number }> {
  const before = cpuMs(gateway.pid);
  const result = await runLoad({
    url: `${gateway.url}/v1/chat/completions`,
    headers: gateway.headers,
    body: bodyOf(workload, gateway.model),
    requests,
    concurrency: 1,
  });
  const cpu = (cpuMs(gateway.pid) - before) / requests;
  return { cpu, total: median(result.totalMs), first: median(result.firstByteMs) };
}

/** The client straight at the simulator: what of every time is not the gateway's. */
async function measureDirect(stack: LocalStack, workload: Workload): Promise<number> {
  const { bedrock } = createAwsClients(stack.dev.env);
  const content = [{ text: `Measure this. [[sim:${JSON.stringify(workload.script)}]]` }];
  const body = { messages: [{ role: 'user', content }], inferenceConfig: { maxTokens: 4096 } };
  const times: number[] = [];
  for (let index = 0; index < workload.requests; index++) {
    const startedAt = performance.now();
    const options = { signal: AbortSignal.timeout(60_000) };
    if (workload.stream) {
      const answer = await bedrock.converseStream(upstreamModel, body, options);
      for await (const _messages of answer.messages);
    } else await bedrock.converse(upstreamModel, body, options);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

async function main(): Promise<void> {
  const stack = await startStack();
  const proxies = await Promise.all(['sdk-proxy.ts', 'floor-proxy.ts'].map((file) => startProxy(file, stack.dev.env)));
  try {
    const bare = proxies.map(({ url, pid }, index): Gateway => {
      return { name: index === 0 ? 'SDK proxy' : 'floor', url, pid, model: upstreamModel, headers: {} };
    });
    const headers = { authorization: `Bearer ${stack.dev.api_key}` };
    const { url, pid, model } = stack.dev;
    const gateways: Gateway[] = [...bare, { name: 'Pennyworth', url, pid, model, headers }];
    for (const workload of workloads) await runWorkload(stack, gateways, workload);
  } finally {
    for (const { child } of proxies) child.kill();
    await stack.stop();
  }
}

async function runWorkload(stack: LocalStack, gateways: readonly Gateway[], workload: Workload): Promise<void> {
  const results = new Map(gateways.map(({ name }) => [name, { cpu: [0], total: [0], first: [0] }]));
  for (const gateway of gateways) await measure(gateway, workload, workload.warmUp);
  for (const result of results.values()) for (const list of Object.values(result)) list.pop();
  for (let round = 0; round < rounds; round++) {
    for (const gateway of gateways) {
      const { cpu, total, first } = await measure(gateway, workload, workload.requests);
      const result = results.get(gateway.name);
      result?.cpu.push(cpu);
      result?.total.push(total);
      result?.first.push(first);
    }
  }
  const direct = await measureDirect(stack, workload);
  const sdk = median(results.get('SDK proxy')?.cpu ?? []);
  const floor = median(results.get('floor')?.cpu ?? []);
  process.stdout.write(
    `\n${workload.name}, one at a time, median of ${rounds} rounds; direct ${direct.toFixed(2)} ms\n`,
  );
  process.stdout.write('gateway      CPU-ms   × SDK   × floor   first byte ms   total ms\n');
  for (const [name, result] of results) {
    const cpu = median(result.cpu);
    const cells = [
      cpu.toFixed(3),
      (cpu / sdk).toFixed(2),
      (cpu / floor).toFixed(2),
      median(result.first).toFixed(2),
      median(result.total).toFixed(2),
    ];
    process.stdout.write(`${name.padEnd(12)} ${cells.map((cell) => cell.padStart(8)).join(' ')}\n`);
  }
  const ratio = median(results.get('Pennyworth')?.cpu ?? []) / sdk;
  process.stdout.write(`bar: at most ${workload.bar} × SDK; here ${ratio.toFixed(2)}\n`);
}

await main();
