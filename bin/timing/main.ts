import { Agent, request } from 'node:http';
import { startStack } from '../local-stack.ts';
import { type Comparison, compare, type Sample } from './compare.ts';
import { makePairs, type Pair, type Question } from './questions.ts';

// Whether a caller can tell by the clock what exists: on every management route with an id, and for keys. One connection,
// one request at a time, pairs and their control mixed at random, on this machine.

const pairsOfEach = 400;
const warmUp = 60;

interface Reply {
  readonly ms: number;
  readonly status: number;
  readonly text: string;
}

/** @param args how many pairs of each, at least 200 */
export async function testTiming(args: readonly string[]): Promise<void> {
  const count = Math.max(200, Number(args[0] ?? pairsOfEach) || pairsOfEach);
  const stack = await startStack();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const width = 44;
    process.stdout.write(`${count} pairs each; times are medians. "control": two equal questions.\n`);
    process.stdout.write(`${'question'.padEnd(width)}  status   takes   differs  control  ± chance\n`);
    let failed = 0;
    for (const pair of await makePairs(stack.dev)) {
      const status = await checkEqual(stack.dev.url, pair, agent);
      const found = compare(await measure(stack.dev.url, pair, count, agent));
      if (!found.passes) failed++;
      process.stdout.write(`${pair.name.padEnd(width)}  ${status}  ${describe(found)}\n`);
    }
    process.stdout.write(failed === 0 ? 'pass: none can be told apart\n' : `FAIL: ${failed} can be told apart\n`);
    if (failed > 0) process.exitCode = 1;
  } finally {
    agent.destroy();
    await stack.stop();
  }
}

function describe({ medianMs, differenceMs, controlMs, spreadMs, passes }: Comparison): string {
  const micros = (ms: number) => `${(ms * 1000).toFixed(0)} µs`.padStart(8);
  const share = `${((100 * differenceMs) / medianMs).toFixed(1)} %`;
  return `${medianMs.toFixed(2)} ms ${micros(differenceMs)} ${micros(controlMs)} ${micros(spreadMs)}   ${passes ? 'pass' : 'FAIL'} (${share})`;
}

/** Words that differ need no clock. @throws Error */
async function checkEqual(url: string, { name, unknown, foreign }: Pair, agent: Agent): Promise<number> {
  const [one, other] = [await send(url, unknown, agent), await send(url, foreign, agent)];
  const isSame = one.text.replaceAll(unknown.about, '') === other.text.replaceAll(foreign.about, '');
  if (one.status === other.status && isSame && one.status >= 400) return one.status;
  throw new Error(`${name} is answered ${one.status} ${one.text} and ${other.status} ${other.text}`);
}

async function measure(url: string, { unknown, foreign }: Pair, count: number, agent: Agent): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = -warmUp; round < count; round++) {
    const questions = [unknown, foreign, unknown, unknown];
    const times = [0, 0, 0, 0];
    for (const index of shuffled([0, 1, 2, 3])) {
      const question = questions[index];
      if (question) times[index] = (await send(url, question, agent)).ms;
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = times;
    if (round >= 0) samples.push({ pair: [first, second], control: [third, fourth] });
  }
  return samples;
}

function shuffled(indexes: readonly number[]): readonly number[] {
  return indexes
    .map((index) => ({ index, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ index }) => index);
}

function send(url: string, { method, path, credential, body }: Question, agent: Agent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${credential}`,
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const startedAt = performance.now();
    const outgoing = request(new URL(path, url), { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ ms: performance.now() - startedAt, status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
