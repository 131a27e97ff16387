import type { ModelEvent } from '../../model/events.ts';
import { noUsage } from '../../model/usage.ts';
import { echoOf, type ResponsesHead } from './response-object.ts';

// The head of an answer and events that only Responses tells apart; tests only.

/** A request as Codex sends it: a function, a custom tool, thoughts to be sent back. */
export const sentBody = {
  model: 'claude-sonnet-4-5',
  instructions: 'Be brief.',
  input: 'hello',
  tools: [
    { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } },
    { type: 'function', name: 'now', parameters: null, strict: false, description: 'The time.' },
    { type: 'custom', name: 'patch', format: { type: 'text' } },
    { type: 'local_shell' },
    { type: 'shell', environment: { type: 'local' } },
    { type: 'apply_patch' },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  temperature: 0.2,
  max_output_tokens: 500,
  reasoning: { effort: 'low', summary: 'auto' },
  text: { verbosity: 'low' },
  metadata: { run: '7' },
  store: false,
  user: 'ada',
};

export const head: ResponsesHead = {
  id: 'resp_68b0',
  createdAt: 1_700_000_000,
  model: 'claude-sonnet-4-5',
  echo: echoOf(sentBody, false),
  namespaces: new Map(),
  customTools: new Set(['patch']),
  clientTools: new Set(['local_shell', 'shell', 'apply_patch']),
  seal: (reasoning) => `sealed ${JSON.stringify(reasoning)}`,
  includeEncrypted: true,
};

export const tiered: ModelEvent = { type: 'usage', usage: { ...noUsage, reasoningTokens: 7, tier: 'flex' } };
