import { inject, test } from 'vitest';
import { isObject, type JsonObject } from '../dialects/json-object.ts';
import codex from '../dialects/openai-responses/fixtures/codex-request.json' with { type: 'json' };
import { faultsOfStream, readStream } from '../dialects/openai-responses/test-grammar.ts';
import { faultsOfResponses } from './responses-schemas.ts';

// A task as Codex 0.169 works it off, with its own fields and headers: a call, its output sent back beside everything the
// answer before had in it, and so on until nothing is called any more.

const { url, api_key: apiKey } = inject('dev');

interface Turn {
  readonly output: readonly JsonObject[];
  readonly dropped: string | null;
}

/** One call of the Responses API; the items in the order in which they were done, as Codex gathers them. */
async function turnOf(model: string, input: readonly object[]): Promise<Turn> {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
      originator: 'codex_exec',
      'session-id': codex.prompt_cache_key,
      'thread-id': codex.prompt_cache_key,
      'x-client-request-id': codex.prompt_cache_key,
    },
    body: JSON.stringify({ ...codex, model, input }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  const events = readStream(await response.text());
  const faults = [...faultsOfStream(events), ...events.flatMap(({ data }) => faultsOfResponses('event', known(data)))];
  if (faults.length > 0 || events.at(-1)?.name !== 'response.completed') throw new Error(faults.join('\n'));
  const done = events.filter(({ name }) => name === 'response.output_item.done');
  const output = done.flatMap(({ data: { item } }) => (isObject(item) ? [item] : []));
  return { output, dropped: response.headers.get('x-pennyworth-dropped') };
}

/** Without the tools it repeats: Codex's web search has a member that OpenAI's schema does not name. */
function known(data: JsonObject): JsonObject {
  const { response } = data;
  return isObject(response) ? { ...data, response: { ...response, tools: [] } } : data;
}

/** What Codex answers a call with. */
function outputOf({ type, call_id }: JsonObject): object {
  if (type === 'custom_tool_call')
    return { type: 'custom_tool_call_output', call_id, output: 'Success. Updated files.' };
  return {
    type: 'function_call_output',
    call_id,
    output: [{ type: 'input_text', text: 'Exit code: 0\nOutput:\nhello' }],
  };
}

const patch = '*** Begin Patch\n*** Add File: hello.txt\n+hello\n*** End Patch\n';
const script = {
  text: ['I look around ', 'first.'],
  toolCalls: [
    { name: 'exec_command', input: { cmd: 'ls' } },
    { name: 'multi_agent_v1__wait_agent', input: { targets: ['a'] } },
  ],
  next: { toolCalls: [{ name: 'apply_patch', input: { input: patch } }], next: { text: 'Done.' } },
};
const thinking = { ...script, reasoning: 'They want a file.', next: { ...script.next, reasoning: 'Now the patch.' } };

test.for([
  ['claude-sonnet-4-5', script],
  ['claude-opus-5-5', thinking],
  ['gpt-oss-120b', script],
  ['nova-2-lite', script],
  ['qwen3-coder-480b-a35b', script],
] as const)('%s works off a task of Codex’s', async ([model, commands], { expect }) => {
  const told = JSON.stringify(codex.input);
  const marked = JSON.parse(told);
  marked.at(-1).content[0].text += ` [[sim:${JSON.stringify(commands)}]]`;
  const input: object[] = marked;
  const turns: Turn[] = [];
  for (let calls: readonly JsonObject[] = [{}]; calls.length > 0 && turns.length < 5; ) {
    const turn = await turnOf(model, input);
    turns.push(turn);
    calls = turn.output.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call');
    input.push(...turn.output, ...calls.map(outputOf));
  }
  const withoutThoughts = turns.map(({ output }) => output.filter(({ type }) => type !== 'reasoning'));
  expect(withoutThoughts).toMatchObject([
    [
      { type: 'message', content: [{ type: 'output_text', text: 'I look around first.' }] },
      { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"ls"}' },
      { type: 'function_call', name: 'wait_agent', namespace: 'multi_agent_v1', arguments: '{"targets":["a"]}' },
    ],
    [{ type: 'custom_tool_call', name: 'apply_patch', input: patch }],
    [{ type: 'message', content: [{ type: 'output_text', text: 'Done.' }] }],
  ]);
  const thoughts = turns.flatMap(({ output }) => output.filter(({ type }) => type === 'reasoning'));
  if ('reasoning' in commands) {
    expect(thoughts).toMatchObject([
      { summary: [{ text: 'They want a file.' }], encrypted_content: expect.stringMatching(/^[\w-]{40,}$/) },
      { summary: [{ text: 'Now the patch.' }], encrypted_content: expect.stringMatching(/^[\w-]{40,}$/) },
    ]);
  }
  // Its own bookkeeping, and what no model here can be offered: on each call, and nothing else.
  for (const { dropped } of turns) expect(dropped).toBe('client_metadata,tools.custom.format,tools.web_search');
});
