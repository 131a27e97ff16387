import { UsageCallList } from '../../shared/api/usage.ts';
import type { Exchange } from './recorder.ts';
import { faultsOfOutcome, type Run, runInFolder, type Stage, type Work } from './run-agent.ts';

const question = 'What is a budget?';

/** Lets a client look at its budget and ask another model, by the gateway's own tools; undefined: it has none of them. */
export async function useTools(stage: Stage): Promise<Run | undefined> {
  const { client, model, stack } = stage;
  const { mcpToolName } = client;
  if (!mcpToolName) return undefined;
  const work: Work = {
    prompt: 'Say what is left of the budget, then ask another model.',
    mcp: true,
    toolTurns: () => [
      [{ name: mcpToolName('budget_remaining'), input: {} }],
      [{ name: mcpToolName('chat'), input: { model: 'nova-lite', prompt: question } }],
    ],
  };
  const { outcome, written: _, file: __, ...run } = await runInFolder(stage, stack.dev.api_key, work);
  const asked = run.exchanges.filter(({ path }) => path.split('?')[0] === client.endpoint);
  const last = asked.at(-1)?.body ?? '';
  const ids = run.exchanges.filter(isChat).flatMap(({ answerHeaders: { 'x-request-id': id } }) => id ?? []);
  const faults = [
    ...faultsOfOutcome(outcome),
    ...(asked.length === 3 ? [] : [`${asked.length} requests to ${model} instead of 3`]),
    ...(last.includes('unlimited') ? [] : ['its model was not told of the budget']),
    ...(last.includes('This is a simulated answer from') ? [] : ['its model was not told what the other one said']),
    ...(await faultsOfLedger(stack.dev, ids)),
  ];
  return { ...run, faults, seconds: outcome.seconds };
}

function isChat({ path, body }: Exchange): boolean {
  return path === '/mcp' && body.includes('"tools/call"') && body.includes(question);
}

async function faultsOfLedger(
  { url, api_key: apiKey }: Stage['stack']['dev'],
  ids: readonly string[],
): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${url}/v1/usage/calls?limit=100`, { headers });
  const { data } = UsageCallList.parse(await response.json());
  const rows = data.filter((row) => ids.includes(row.request_id));
  const right = rows.filter((row) => row.endpoint === '/mcp' && row.model === 'nova-lite' && row.status === 'ok');
  return right.length === 1 && rows.length === 1 ? [] : [`the ledger has ${JSON.stringify(rows)} of the chat`];
}
