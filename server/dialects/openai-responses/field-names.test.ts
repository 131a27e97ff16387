import { test } from 'vitest';
import { responsesNameOf } from './field-names.ts';

test.for([
  ['reasoning_effort', 'reasoning.effort'],
  ['response_format', 'text.format'],
  ['messages.reasoning_details', 'input.reasoning'],
  ['messages[3].content', 'input[3].content'],
  ['tools[1].function.parameters', 'tools[1].parameters'],
  ['temperature', 'temperature'],
  ['constructor', 'constructor'],
] as const)('%s is %s', ([field, name], { expect }) => {
  expect(responsesNameOf(field)).toBe(name);
});
