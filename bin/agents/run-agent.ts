import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { faultsOfAnswer } from '../../server/contract/stream-faults.ts';
import { UsageCallList } from '../../shared/api/usage.ts';
import type { LocalStack } from '../local-stack.ts';
import type { Client, Programs } from './clients.ts';
import { type Exchange, startRecorder } from './recorder.ts';
import { type Outcome, runClient } from './run-client.ts';

/** A hang guard, not a bar: a run takes some seconds. */
const limitMs = 120_000;
const content = 'Hello from the gateway';
const lastWords = 'The work is done.';

/** What came of one run of one client. */
export interface Run {
  /** What went wrong; empty when nothing did. */
  readonly faults: readonly string[];
  readonly exchanges: readonly Exchange[];
  /** Names in x-pennyworth-dropped of all answers. */
  readonly dropped: readonly string[];
  readonly seconds: number;
  /** The folder in which it ran, which is gone. */
  readonly folder: string;
}

export interface Stage {
  readonly client: Client;
  readonly model: string;
  readonly stack: LocalStack;
  readonly programs: Programs;
}

/** Lets a client create a file in an empty folder, by tool calls and their results, and looks at what it did. */
export async function createFile(stage: Stage): Promise<Run> {
  const { client, model, stack } = stage;
  const { outcome, file, written, ...run } = await runInFolder(stage, stack.dev.api_key, fileWork(client));
  const faults = [
    ...faultsOfOutcome(outcome),
    ...(written === content ? [] : [`${file} is ${JSON.stringify(written)}`]),
    ...faultsOfExchanges(client, run.exchanges),
    ...(await faultsOfLedger(stack, model, run.exchanges)),
  ];
  return { ...run, faults, seconds: outcome.seconds };
}

/** Starts a client with a key that does not exist: it is to give up, and soon. */
export async function failWithWrongKey(stage: Stage): Promise<Run> {
  const { outcome, written, ...run } = await runInFolder(stage, 'pnw_wrong', fileWork(stage.client));
  const { length } = run.exchanges;
  const { wrongKeyRequests: expected } = stage.client;
  const faults = [
    ...(outcome.isTimedOut ? ['it did not give up'] : []),
    ...(outcome.code === 0 ? ['it says that all went well'] : []),
    ...(written === undefined ? [] : ['there is a file']),
    ...(length > 0 && length <= expected ? [] : [`${length} requests instead of at most ${expected}`]),
    ...run.exchanges.flatMap(({ status, path: asked }) => (status === 401 ? [] : [`${status} for ${asked}`])),
  ];
  return { ...run, faults, seconds: outcome.seconds };
}

/** What a client is asked to do, and how its model goes about it. */
export interface Work {
  readonly prompt: string;
  /** Whether it is told of the gateway's own tools. */
  readonly mcp: boolean;
  /** Calls of tools, turn by turn. */
  toolTurns(file: string): ReturnType<Client['toolTurns']>;
}

function fileWork(client: Client): Work {
  return { prompt: 'Create the file hello.txt.', mcp: false, toolTurns: (file) => client.toolTurns(file, content) };
}

export async function runInFolder({ client, model, stack, programs }: Stage, apiKey: string, asked: Work) {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'pennyworth-agent-')));
  const [home, work] = [path.join(folder, 'home'), path.join(folder, 'work')];
  for (const each of [home, work]) mkdirSync(each);
  const file = path.join(work, 'hello.txt');
  const script = asked
    .toolTurns(file)
    .reduceRight<object>((next, toolCalls) => ({ reasoning: 'Let us see.', toolCalls, next }), {
      text: lastWords,
    });
  const prompt = `${asked.prompt} [[sim:${JSON.stringify(script)}]]`;
  const recorder = await startRecorder(stack.dev.url);
  try {
    const place = { url: recorder.url, apiKey, model, home, work, mcp: asked.mcp };
    const { command, env, input = '' } = client.prepare(programs, place, prompt);
    const outcome = await runClient(command, { cwd: work, env: { HOME: home, ...env }, limitMs, input });
    const { exchanges } = recorder;
    const written = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    const dropped = [...new Set(exchanges.flatMap(droppedOf))].toSorted();
    return { outcome, file, written, exchanges, dropped, folder };
  } finally {
    await recorder.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function droppedOf({ answerHeaders }: Exchange): readonly string[] {
  return String(answerHeaders['x-pennyworth-dropped'] ?? '')
    .split(',')
    .filter((name) => name !== '');
}

export function faultsOfOutcome({ stdout, stderr, code, isTimedOut }: Outcome): readonly string[] {
  const faults: string[] = [];
  if (isTimedOut) faults.push(`no end after ${limitMs / 1_000} s`);
  if (code !== 0) faults.push(`exit code ${code}`);
  if (!stdout.includes(lastWords)) faults.push(`it did not say the model's last words but ${JSON.stringify(stdout)}`);
  const complaint = stderr.split('\n').find((line) => /\berror\b|\bfailed\b|\bpanic/i.test(line));
  if (complaint !== undefined) faults.push(`it printed: ${complaint}`);
  return faults;
}

function faultsOfExchanges(client: Client, exchanges: readonly Exchange[]): readonly string[] {
  const faults = exchanges.flatMap(({ method, path: asked, status, answer }) => {
    const isExpected = method === 'POST' && asked.split('?')[0] === client.endpoint;
    return [
      ...(isExpected ? [] : [`an unexpected ${method} ${asked}`]),
      ...(status === 200 ? faultsOfAnswer(asked, answer) : [`${status} for ${asked}: ${answer}`]),
    ];
  });
  const { requests } = client;
  return exchanges.length === requests ? faults : [...faults, `${exchanges.length} requests instead of ${requests}`];
}

/** Every answered request has exactly one row. It is written once the answer has left, so that it may take a moment. */
async function faultsOfLedger({ dev }: LocalStack, model: string, exchanges: readonly Exchange[]) {
  const wanted = exchanges.flatMap(({ answerHeaders: { 'x-request-id': id } }) => id ?? []);
  for (let attempt = 0; ; attempt++) {
    const headers = { authorization: `Bearer ${dev.api_key}` };
    const response = await fetch(`${dev.url}/v1/usage/calls?limit=100`, { headers });
    const { data } = UsageCallList.parse(await response.json());
    const rows = data.filter((row) => wanted.includes(row.request_id));
    if (rows.length >= exchanges.length || attempt >= 60) {
      const wrong = rows.filter((row) => row.status !== 'ok' || row.model !== model);
      return [
        ...(rows.length === exchanges.length ? [] : [`${rows.length} rows in the ledger`]),
        ...wrong.map((row) => `the ledger says ${row.status} of ${row.model}`),
      ];
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
