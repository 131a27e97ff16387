import type { ModelRequest } from '../../model/request.ts';

// Providers name what they leave out by OpenAI's words; callers of this dialect know it by Anthropic's.

const names: Readonly<Record<string, string>> = {
  stop: 'stop_sequences',
  response_format: 'output_config.format',
  'response_format.json_schema.schema': 'output_config.format.schema',
  parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
  metadata: 'metadata.user_id',
  'messages.tool_calls': 'messages.content.tool_use',
  'messages.tool_call_id': 'messages.content.tool_result',
  'messages.is_error': 'messages.content.is_error',
  'messages.reasoning_details': 'messages.content.thinking',
  'messages.reasoning_content': 'messages.content.thinking',
  'tools.function.parameters': 'tools.input_schema',
  'additionalModelRequestFields.anthropic_beta': 'anthropic-beta',
  'additionalModelRequestFields.context_management': 'context_management',
};

/** What `field` is called in Anthropic's API. `reasoning_effort` is whichever of its two fields the caller sent. */
export function messagesNameOf(field: string, { reasoning }: Pick<ModelRequest, 'reasoning'>): string {
  if (field === 'reasoning_effort') {
    return reasoning?.effort === undefined || reasoning.effort === 'none' ? 'thinking' : 'output_config.effort';
  }
  if (Object.hasOwn(names, field)) return names[field] ?? field;
  return field.replace(/^(tools\[\d+\])\.function\.parameters$/, '$1.input_schema');
}
