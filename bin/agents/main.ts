import { recordedDrops } from '../../server/contract/recorded-drops.ts';
import { startStack } from '../local-stack.ts';
import { clients } from './clients.ts';
import { installClients } from './install.ts';
import { createFile, failWithWrongKey, type Run } from './run-agent.ts';
import { useTools } from './use-tools.ts';
import { toRecordings, writeRecordings } from './write-recordings.ts';

// Genuine coding agents, unattended, against the local stack: each is asked to create a file, does it by a tool call that
// the simulator's script names, and ends. `--record` keeps what they sent, for server/contract/recordings.test.ts.

/**
 * Runs the clients whose name and model contain all `words`, or all of them, and prints a line for each run. The exit code
 * is 1 if anything went otherwise than it should, and with `--record` the recordings are replaced.
 */
export async function testAgents(args: readonly string[]): Promise<void> {
  const words = args.filter((arg) => arg !== '--record');
  const today = new Date().toISOString().slice(0, 10);
  const programs = installClients();
  const stack = await startStack();
  const count = { passed: 0, failed: 0 };
  try {
    const report = (name: string, run: Run, faults: readonly string[]) => {
      count[faults.length === 0 ? 'passed' : 'failed'] += 1;
      process.stdout.write(lineOf(name, run, faults));
    };
    for (const client of clients) {
      const models = client.models.filter((model) => words.every((word) => `${client.name} ${model}`.includes(word)));
      const recorded = [];
      for (const [at, model] of models.entries()) {
        const stage = { client, model, stack, programs };
        const run = await createFile(stage);
        report(`${client.name} ${model}`, run, [...run.faults, ...faultsOfDropped(client.name, model, run)]);
        recorded.push(toRecordings(run.exchanges, client.version, { folder: run.folder, today }));
        if (at > 0) continue;
        const refused = await failWithWrongKey(stage);
        report(`${client.name} with a wrong key`, refused, refused.faults);
        const tools = await useTools(stage);
        if (tools) report(`${client.name} with the tools of /mcp`, tools, tools.faults);
      }
      if (args.includes('--record') && models.length === client.models.length) writeRecordings(client.name, recorded);
    }
  } finally {
    await stack.stop();
  }
  process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`);
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
}

/** What its recordings are known to lose may be lost here too, and nothing else. */
function faultsOfDropped(client: string, model: string, { dropped }: Run): readonly string[] {
  const unexpected = dropped.filter((name) => !recordedDrops[client]?.[name]?.includes(model));
  return unexpected.map((name) => `${name} was dropped: not in server/contract/recorded-drops.ts`);
}

function lineOf(name: string, { exchanges, dropped, seconds }: Run, faults: readonly string[]): string {
  const kilobytes = exchanges.map(({ body }) => `${Math.round(Buffer.byteLength(body) / 1_024)} KB`).join(' + ');
  const facts = [
    `${exchanges.length} requests (${kilobytes})`,
    `${seconds.toFixed(1)} s`,
    `dropped: ${dropped.join(', ') || 'nothing'}`,
  ];
  const lines = [
    `${faults.length === 0 ? '✔' : '✘'} ${name}: ${facts.join(', ')}`,
    ...faults.map((fault) => `  ${fault}`),
  ];
  return `${lines.join('\n')}\n`;
}
