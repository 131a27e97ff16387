import { Agent, request } from 'node:http';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly requests: number;
  readonly concurrency: number;
}

export interface LoadResult {
  /** ms from the request to its first byte, and to its last, of each request. */
  readonly firstByteMs: readonly number[];
  readonly totalMs: readonly number[];
  readonly bytes: number;
}

/** Sends the same request over kept-alive connections. @throws Error at the first answer that is not a 200. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.concurrency });
  const firstByteMs: number[] = [];
  const totalMs: number[] = [];
  let bytes = 0;
  let left = load.requests;
  const worker = async () => {
    while (left-- > 0) {
      const one = await send(load, agent);
      firstByteMs.push(one.firstByteMs);
      totalMs.push(one.totalMs);
      bytes += one.bytes;
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, worker));
  agent.destroy();
  return { firstByteMs, totalMs, bytes };
}

function send(load: Load, agent: Agent): Promise<{ firstByteMs: number; totalMs: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const headers = {
      ...load.headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(load.body),
    };
    const outgoing = request(load.url, { method: 'POST', agent, headers }, (response) => {
      let firstByteMs = 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt;
        bytes += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${load.url} answered ${response.statusCode}`));
        else resolve({ firstByteMs, totalMs: performance.now() - startedAt, bytes });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(load.body);
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
