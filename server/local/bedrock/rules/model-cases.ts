import { deepseek, gpt, mistral, newClaude, nova2, oldClaude, thinkingClaude } from '../test-models.ts';
import { assistant, cachePoint, hello, type RuleCase, toolResult, tools, toolUse, user } from './rule-case.ts';

// Cases of the layer `model`: fields that some models take and others refuse; tests only.

const prefix = 'The model returned the following errors: ';
const malformed = `${prefix}Malformed input request: `;
const again = 'please reformat your input and try again.';
const hourly = { cachePoint: { type: 'default', ttl: '1h' } };
const schema = '{"type":"object","properties":{},"additionalProperties":false}';

function additional(fields: Readonly<Record<string, unknown>>, inferenceConfig: unknown = {}) {
  return { additionalModelRequestFields: fields, inferenceConfig };
}

export const novaReasoningCases: readonly RuleCase[] = [
  {
    id: 'nova-reasoning-effort',
    model: nova2,
    body: additional({ reasoningConfig: { type: 'enabled', maxReasoningEffort: 'xhigh' } }),
    text: `${malformed}the provided reasoning config value is invalid, ${again}`,
  },
  {
    id: 'nova-reasoning-high-inference',
    model: nova2,
    body: additional({ reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } }, { maxTokens: 9, topP: 1 }),
    text: `${malformed}maxTokens, topP must not be set when maxReasoningEffort is high, ${again}`,
  },
];

const otherMakers: readonly RuleCase[] = [
  {
    id: 'output-cap-min',
    model: gpt,
    modelId: 'us.openai.gpt-5.4',
    body: { inferenceConfig: { maxTokens: 15 } },
    text: `${prefix}Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.`,
  },
  {
    id: 'openai-effort-unsupported',
    model: gpt,
    modelId: 'us.openai.gpt-5.4',
    body: additional({ reasoning: { effort: 'max' } }),
    text: `${prefix}Unsupported value: 'max' is not supported with this model. Supported values are: 'none', 'low', 'medium', 'high', 'xhigh'.`,
  },
  {
    id: 'mistral-stop',
    model: mistral,
    operation: 'ConverseStream',
    body: { inferenceConfig: { stopSequences: ['x'] } },
    text: `${prefix}Validation Error`,
  },
  {
    id: 'deepseek-additional-fields',
    model: deepseek,
    body: additional({ reasoning_effort: 'low' }),
    text: `${malformed}#: extraneous key [reasoning_effort] is not permitted, ${again}`,
  },
];

const claudeFields: readonly RuleCase[] = [
  {
    id: 'ant-beta-invalid',
    body: additional({ anthropic_beta: ['interleaved-thinking-2025-05-14', 'mcp-servers-2025-12-04'] }),
    text: `${prefix}invalid beta flag`,
  },
  {
    id: 'ant-tool-type-unknown',
    body: additional({ tools: [{ type: 'bash_20250124' }, { type: 'web_search_20250305' }] }),
    text: `${prefix}tools.1: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom', 'memory_20250818', 'text_editor_20250124', 'text_editor_20250728'`,
  },
  {
    id: 'ant-context-edit-unknown',
    body: additional({
      context_management: { edits: [{ type: 'clear_thinking_20251015' }, { type: 'compact_20260112' }] },
    }),
    text: `${prefix}context_management.edits.1: Input tag 'compact_20260112' found using 'type' does not match any of the expected tags: 'clear_thinking_20251015', 'clear_tool_uses_20250919'`,
  },
  {
    id: 'ant-strict-tools-unsupported',
    model: newClaude,
    body: { toolConfig: { tools: tools.map(({ toolSpec }) => ({ toolSpec: { ...toolSpec, strict: true } })) } },
    text: `${prefix}tools.0.custom.strict: Extra inputs are not permitted`,
  },
  {
    id: 'ant-output-format-unsupported',
    model: newClaude,
    body: {
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'a', schema } } } },
    },
    text: `${prefix}output_config.format: Extra inputs are not permitted`,
  },
  {
    id: 'ant-effort-invalid',
    model: newClaude,
    body: { outputConfig: { effort: 'max' } },
    text: `${prefix}output_config.effort: Input should be 'low', 'medium', 'high' or 'xhigh'`,
  },
  {
    id: 'ant-cachepoint-ttl-unsupported',
    model: oldClaude,
    body: { system: [hello, cachePoint], messages: [user(hello, hourly)] },
    text: `${prefix}messages.0.content.0.cache_control.ephemeral.ttl: Extra inputs are not permitted`,
    otherwise: `${prefix}messages.0.content.1.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
  },
  {
    id: 'ant-forced-tool-unsupported',
    model: thinkingClaude,
    body: { toolConfig: { tools, toolChoice: { any: {} } } },
    text: `${prefix}tool_choice: type "tool" and "any" are not supported for this model.`,
  },
  {
    id: 'ant-tool-result-order',
    model: oldClaude,
    body: {
      toolConfig: { tools },
      messages: [user(hello), assistant(toolUse('a')), user(hello, toolResult('a'))],
    },
    text: `${prefix}messages.2: Did not find 1 \`tool_result\` block(s) at the beginning of this message. Messages following \`tool_use\` blocks must begin with a matching number of \`tool_result\` blocks.`,
  },
  {
    id: 'ant-input-plus-max',
    model: { ...oldClaude, id: 'anthropic.claude-3-7-sonnet-20250219-v1:0', contextWindow: 10 },
    body: { inferenceConfig: { maxTokens: 9 } },
    text: `${prefix}input length and \`max_tokens\` exceed context limit: 2 + 9 > 10, decrease input length or \`max_tokens\` and try again`,
  },
];

export const fieldCases: readonly RuleCase[] = [...otherMakers, ...claudeFields];

export const thinkingSwitchCases: readonly RuleCase[] = [
  {
    id: 'ant-thinking-unsupported',
    model: oldClaude,
    body: additional({ thinking: { type: 'enabled', budget_tokens: 2048 } }),
    text: `${prefix}thinking: Extra inputs are not permitted`,
  },
  {
    id: 'ant-thinking-disabled-unsupported',
    model: thinkingClaude,
    body: additional({ thinking: { type: 'disabled' } }),
    text: `${prefix}"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
  },
];
