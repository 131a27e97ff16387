import { signReasoning } from '../reasoning.ts';
import { llama, newClaude, nova } from '../test-models.ts';
import { fieldCases, novaReasoningCases, thinkingSwitchCases } from './model-cases.ts';
import {
  assistant,
  cachePoint,
  hello,
  type RuleCase,
  testLayer,
  toolResult,
  tools,
  toolUse,
  user,
} from './rule-case.ts';

const prefix = 'The model returned the following errors: ';
const docs = 'https://docs.claude.com/en/docs/build-with-claude/extended-thinking';
const malformed = `${prefix}Malformed input request: `;
const again = 'please reformat your input and try again.';
const s3Document = { document: { format: 'txt', name: 'a', source: { s3Location: { uri: 's3://bucket/a' } } } };

function words(tokens: number): string {
  return 'x'.repeat(tokens * 4);
}

function additional(fields: Readonly<Record<string, unknown>>, inferenceConfig: unknown = {}) {
  return { additionalModelRequestFields: fields, inferenceConfig };
}

const thinking = { thinking: { type: 'enabled', budget_tokens: 2048 } };

function png(width: number): unknown {
  const head = Buffer.alloc(24);
  head.write('\x89PNG\r\n\x1a\n', 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(10, 20);
  return { image: { format: 'png', source: { bytes: head.toString('base64') } } };
}

function outputSchema(properties: unknown, rest: Readonly<Record<string, unknown>> = { additionalProperties: false }) {
  const schema = JSON.stringify({ type: 'object', properties, ...rest });
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'a', schema } } } } };
}

function reasoning(reasoningText: unknown) {
  return { messages: [user(hello), assistant({ reasoningContent: { reasoningText } }, hello), user(hello)] };
}

const sizesAndNova: readonly RuleCase[] = [
  {
    id: 'ant-prompt-too-long',
    body: { messages: [user({ text: words(200_001) })] },
    text: `${prefix}prompt is too long: 200001 tokens > 200000 maximum`,
  },
  {
    id: 'input-too-long',
    model: llama,
    body: { messages: [user({ text: words(200_001) })] },
    text: `${prefix}Input is too long for requested model.`,
  },
  {
    id: 'cap-cachepoint-tools-nova',
    model: nova,
    body: { toolConfig: { tools: [...tools, cachePoint] } },
    text: `${malformed}#/toolConfig/tools/1: extraneous key [cachePoint] is not permitted, ${again}`,
  },
  {
    id: 'nova-additional-fields-extra',
    model: nova,
    body: additional({ top_k: 5 }),
    text: `${malformed}#: extraneous key [top_k] is not permitted, ${again}`,
  },
  {
    id: 'nova-reasoning-unsupported',
    model: nova,
    body: additional({ reasoningConfig: { type: 'enabled' } }),
    text: `${malformed}the provided reasoning config value is invalid, ${again}`,
  },
  ...novaReasoningCases,
  {
    id: 'nova-toolresult-s3',
    model: nova,
    body: {
      toolConfig: { tools },
      messages: [user(hello), assistant(toolUse('a')), user(toolResult('a', s3Document))],
    },
    text: `${malformed}#/messages/2/content/0: extraneous key [toolResult] is not permitted, ${again}`,
  },
];

const claudeCases: readonly RuleCase[] = [
  {
    id: 'ant-temperature-and-top-p',
    body: { inferenceConfig: { temperature: 1, topP: 1 } },
    text: `${prefix}\`temperature\` and \`top_p\` cannot both be specified for this model. Please use only one.`,
  },
  {
    id: 'ant-temperature-deprecated',
    model: newClaude,
    body: { inferenceConfig: { temperature: 1 } },
    text: `${prefix}\`temperature\` is deprecated for this model.`,
  },
  {
    id: 'ant-top-p-deprecated',
    model: newClaude,
    body: { inferenceConfig: { topP: 1 } },
    text: `${prefix}\`top_p\` is deprecated for this model.`,
  },
  {
    id: 'ant-top-k-deprecated',
    model: newClaude,
    body: additional({ top_k: 5 }),
    text: `${prefix}\`top_k\` is deprecated for this model.`,
  },
  {
    id: 'ant-stop-whitespace',
    body: { inferenceConfig: { stopSequences: ['\n'] } },
    text: `${prefix}stop_sequences: each stop sequence must contain non-whitespace`,
  },
  { id: 'ant-extra-inputs', body: additional({ seed: 1 }), text: `${prefix}seed: Extra inputs are not permitted` },
  {
    id: 'ant-cachepoint-too-many',
    body: {
      toolConfig: { tools: [...tools, cachePoint] },
      system: [hello, cachePoint],
      messages: [user(hello, cachePoint), assistant(hello, cachePoint), user(hello, cachePoint)],
    },
    text: `${prefix}A maximum of 4 blocks with cache_control may be provided. Found 5.`,
  },
  {
    id: 'ant-cachepoint-ttl-order',
    body: { system: [hello, cachePoint], messages: [user(hello, { cachePoint: { type: 'default', ttl: '1h' } })] },
    text: `${prefix}messages.0.content.1.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
  },
  {
    id: 'ant-cachepoint-after-document',
    body: {
      messages: [user(hello, { document: { format: 'txt', name: 'a', source: { bytes: 'QQ==' } } }, cachePoint)],
    },
    text: `${prefix}messages.0.content.2.type: Field required`,
  },
  {
    id: 'ant-tool-names-unique',
    body: { toolConfig: { tools: [...tools, ...tools] } },
    text: `${prefix}tools: Tool names must be unique.`,
  },
  {
    id: 'ant-tool-choice-unknown',
    body: { toolConfig: { tools, toolChoice: { tool: { name: 'search' } } } },
    text: `${prefix}Tool 'search' not found in provided tools`,
  },
  {
    id: 'ant-schema-additionalproperties',
    body: outputSchema({}, {}),
    text: `${prefix}output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false`,
  },
  {
    id: 'ant-schema-number-bounds',
    body: outputSchema({ age: { type: 'integer', minimum: 0, maximum: 9 } }),
    text: `${prefix}output_config.format.schema: For 'integer' type, properties maximum, minimum are not supported`,
  },
  {
    id: 'ant-schema-string-array-bounds',
    body: outputSchema({ name: { type: 'string', maxLength: 9 } }),
    text: `${prefix}output_config.format.schema: For 'string' type, property 'maxLength' is not supported`,
  },
];

const thinkingCases: readonly RuleCase[] = [
  {
    id: 'ant-prefill',
    model: newClaude,
    body: { messages: [user(hello), assistant(hello)] },
    text: `${prefix}This model does not support assistant message prefill. The conversation must end with a user message.`,
  },
  {
    id: 'ant-prefill-trailing-space',
    body: { messages: [user(hello), assistant({ text: 'So ' })] },
    text: `${prefix}messages: final assistant content cannot end with trailing whitespace`,
  },
  ...thinkingSwitchCases,
  {
    id: 'ant-thinking-enabled-unsupported',
    model: newClaude,
    body: additional(thinking),
    text: `${prefix}"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
  },
  {
    id: 'ant-thinking-adaptive-unsupported',
    body: additional({ thinking: { type: 'adaptive' } }),
    text: `${prefix}thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags: 'disabled', 'enabled'`,
  },
  {
    id: 'ant-thinking-budget-min',
    body: additional({ thinking: { type: 'enabled', budget_tokens: 1023 } }),
    text: `${prefix}thinking.enabled.budget_tokens: Input should be greater than or equal to 1024`,
  },
  {
    id: 'ant-thinking-budget-vs-max',
    body: additional(thinking, { maxTokens: 2048 }),
    text: `${prefix}\`max_tokens\` must be greater than \`thinking.budget_tokens\`. Please consult our documentation at ${docs}#max-tokens-and-context-window-size`,
  },
  {
    id: 'ant-thinking-temperature',
    body: additional(thinking, { temperature: 0.5 }),
    text: `${prefix}\`temperature\` may only be set to 1 when thinking is enabled. Please consult our documentation at ${docs}#important-considerations-when-using-extended-thinking`,
  },
  {
    id: 'ant-thinking-top-p',
    body: additional(thinking, { topP: 0.5 }),
    text: `${prefix}\`top_p\` must be unset when thinking is enabled.`,
  },
  {
    id: 'ant-thinking-top-k',
    body: additional({ ...thinking, top_k: 5 }),
    text: `${prefix}\`top_k\` must be unset when thinking is enabled.`,
  },
  {
    id: 'ant-thinking-forced-tool',
    body: { ...additional(thinking), toolConfig: { tools, toolChoice: { any: {} } } },
    text: `${prefix}Thinking may not be enabled when tool_choice forces tool use.`,
  },
  {
    id: 'ant-thinking-block-required',
    body: {
      ...additional(thinking),
      toolConfig: { tools },
      messages: [user(hello), assistant(toolUse('a')), user(toolResult('a'))],
    },
    text: `${prefix}messages.1.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`tool_use\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at ${docs}`,
  },
  {
    id: 'ant-thinking-signature-missing',
    body: reasoning({ text: 'Hm' }),
    text: `${prefix}messages.1.content.0.thinking.signature: Field required`,
  },
  {
    id: 'ant-redacted-invalid',
    body: {
      messages: [user(hello), assistant({ reasoningContent: { redactedContent: 'QUJD' } }, hello), user(hello)],
    },
    text: `${prefix}messages.1.content.0: Invalid \`data\` in \`redacted_thinking\` block`,
  },
  {
    id: 'ant-thinking-signature-invalid',
    body: reasoning({ text: 'Hm', signature: signReasoning('Oh') }),
    text: `${prefix}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`,
  },
];

const contentCases: readonly RuleCase[] = [
  {
    id: 'ant-text-empty',
    body: {
      toolConfig: { tools },
      messages: [user(hello), assistant(toolUse('a')), user(toolResult('a', { text: '' }))],
    },
    text: `${prefix}messages: text content blocks must be non-empty`,
  },
  {
    id: 'ant-text-whitespace',
    body: { messages: [user({ text: '\t ' })] },
    text: `${prefix}messages: text content blocks must contain non-whitespace text`,
  },
  {
    id: 'ant-tool-result-missing',
    body: {
      toolConfig: { tools },
      messages: [
        user(hello),
        assistant(toolUse('a')),
        user(toolResult('a'), hello, { document: { format: 'txt', name: 'a', source: { bytes: 'QQ==' } } }),
      ],
    },
    text: `${prefix}messages.1: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: a. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  },
  {
    id: 'ant-image-in-assistant',
    body: { messages: [user(hello), assistant(png(10)), user(hello)] },
    text: `${prefix}messages.1.content: 'image' blocks are not permitted within assistant turns.`,
  },
  {
    id: 'ant-image-bytes',
    body: { messages: [user({ image: { format: 'jpeg', source: { bytes: `/9j/${'A'.repeat(5_242_880)}` } } })] },
    text: `${prefix}messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: 5242884 bytes > 5242880 bytes`,
  },
  {
    id: 'ant-image-unreadable',
    body: { messages: [user(hello, { image: { format: 'png', source: { bytes: 'QUJD' } } })] },
    text: `${prefix}messages.0.content.1.image.source.base64.data: Could not process image`,
  },
  {
    id: 'ant-image-pixels',
    body: { messages: [user(hello, png(8001))] },
    text: `${prefix}messages.0.content.1.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels`,
  },
  {
    id: 'ant-image-many-pixels',
    body: { messages: [user(...Array.from({ length: 20 }, () => png(10)), png(2001))] },
    text: `${prefix}messages.0.content.20.image.source.base64.data: At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels`,
  },
  {
    id: 'ant-document-s3',
    body: { messages: [user(hello, s3Document)] },
    text: `${prefix}messages.0.content.1.document.source.type: Field required`,
  },
  {
    id: 'ant-pdf-invalid',
    body: { messages: [user(hello, { document: { format: 'pdf', name: 'a', source: { bytes: 'QUJD' } } })] },
    text: `${prefix}messages.0.content.1.image.source.bytes: The PDF specified was not valid.`,
  },
];

testLayer('model', [...sizesAndNova, ...fieldCases, ...claudeCases, ...thinkingCases, ...contentCases]);
