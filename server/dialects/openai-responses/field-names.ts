import { conversationNamed } from '../../calls/field-names.ts';

// Providers name what they leave out by the words of OpenAI's chat; here some fields are called otherwise.

const names: Readonly<Record<string, string>> = {
  max_tokens: 'max_output_tokens',
  reasoning_effort: 'reasoning.effort',
  verbosity: 'text.verbosity',
  response_format: 'text.format',
  'response_format.json_schema.schema': 'text.format.schema',
  'messages.reasoning_details': 'input.reasoning',
  'messages.reasoning_content': 'input.reasoning',
  'messages.tool_calls': 'input.function_call',
  'messages.tool_call_id': 'input.function_call_output',
  'tools.function.parameters': 'tools.parameters',
};

export const inInput = conversationNamed('input');

/** What `field` is called in OpenAI's Responses. */
export function responsesNameOf(field: string): string {
  if (Object.hasOwn(names, field)) return names[field] ?? field;
  return inInput(field).replace(/^(tools\[\d+\])\.function\.parameters$/, '$1.parameters');
}
