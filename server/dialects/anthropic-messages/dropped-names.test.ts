import { test } from 'vitest';
import { messagesNameOf } from './dropped-names.ts';

const silent = { reasoning: undefined };
test.for([
  ['stop', silent, 'stop_sequences'],
  ['response_format', silent, 'output_config.format'],
  ['parallel_tool_calls', silent, 'tool_choice.disable_parallel_tool_use'],
  ['messages.reasoning_details', silent, 'messages.content.thinking'],
  ['tools[2].function.parameters', silent, 'tools[2].input_schema'],
  ['reasoning_effort', silent, 'thinking'],
  ['reasoning_effort', { reasoning: { effort: 'none', budgetTokens: undefined } }, 'thinking'],
  ['reasoning_effort', { reasoning: { effort: 'high', budgetTokens: undefined } }, 'output_config.effort'],
  ['reasoning_effort', { reasoning: { effort: undefined, budgetTokens: 2_000 } }, 'thinking'],
  ['top_k', silent, 'top_k'],
  ['anthropic-beta.x', silent, 'anthropic-beta.x'],
  ['constructor', silent, 'constructor'],
] as const)('%s (%j) is told as %s', ([field, request, told], { expect }) => {
  expect(messagesNameOf(field, request)).toBe(told);
});
