import { gptOss } from '../test-models.ts';
import { allRules, assistant, hello, type RuleCase, testLayer, tools, user } from './rule-case.ts';

const one = '1 validation error detected: ';
const long = 'x'.repeat(65);
const many = Array.from({ length: 2501 }, () => 'x');
const longName = 'n'.repeat(201);
const content = 'messages.1.member.content.2.member';
const failed = 'failed to satisfy constraint: ';

function tool(spec: Readonly<Record<string, unknown>>) {
  return {
    toolConfig: { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } }, ...spec } }] },
  };
}

/** A second block beside a short text. */
function block(value: unknown) {
  return { messages: [user(hello, value)] };
}

function history(use: Readonly<Record<string, unknown>>, result: Readonly<Record<string, unknown>> = {}) {
  const id = use['toolUseId'] ?? 'a';
  return {
    toolConfig: { tools },
    messages: [
      user(hello),
      assistant({ toolUse: { toolUseId: 'a', name: 'look', input: {}, ...use } }),
      user({ toolResult: { toolUseId: id, content: [], ...result } }),
    ],
  };
}

const modelIdPattern = allRules.serviceModel[0]?.template.replace(/^.*pattern: /, '');
const use = 'messages.2.member.content.1.member.toolUse';
const result = 'messages.3.member.content.1.member.toolResult';

function twice(at: (kind: string) => string): string {
  return `2 validation errors detected: ${at(`${use}.toolUseId`)}; ${at(`${result}.toolUseId`)}`;
}

const frame: readonly RuleCase[] = [
  {
    id: 'modelid-pattern',
    modelId: 'no spaces allowed',
    body: {},
    text: `${one}Value 'no spaces allowed' at 'modelId' ${failed}Member must satisfy regular expression pattern: ${modelIdPattern}`,
    otherwise: 'The provided model identifier is invalid.',
  },
  {
    id: 'sm-maxtokens-min',
    body: { inferenceConfig: { maxTokens: 0 } },
    text: `${one}Value '0' at 'inferenceConfig.maxTokens' ${failed}Member must have value greater than or equal to 1`,
  },
  {
    id: 'sm-temperature-max',
    body: { inferenceConfig: { temperature: 1.5 } },
    text: `${one}Value '1.5' at 'inferenceConfig.temperature' ${failed}Member must have value less than or equal to 1`,
  },
  {
    id: 'sm-temperature-min',
    body: { inferenceConfig: { temperature: -1 } },
    text: `${one}Value '-1' at 'inferenceConfig.temperature' ${failed}Member must have value greater than or equal to 0`,
  },
  {
    id: 'sm-topp-max',
    body: { inferenceConfig: { topP: 2 } },
    text: `${one}Value '2' at 'inferenceConfig.topP' ${failed}Member must have value less than or equal to 1`,
  },
  {
    id: 'sm-topp-min',
    body: { inferenceConfig: { topP: -0.1 } },
    text: `${one}Value '-0.1' at 'inferenceConfig.topP' ${failed}Member must have value greater than or equal to 0`,
  },
  {
    id: 'sm-stopsequences-count',
    body: { inferenceConfig: { stopSequences: many } },
    text: `${one}Value '[${many.join(', ')}]' at 'inferenceConfig.stopSequences' ${failed}Member must have length less than or equal to 2500`,
  },
  {
    id: 'sm-stopsequences-empty-item',
    body: { inferenceConfig: { stopSequences: ['a', ''] } },
    text: `${one}Value '[a, ]' at 'inferenceConfig.stopSequences' ${failed}Member must satisfy constraint: [Member must have length greater than or equal to 1]`,
    otherwise:
      'The model returned the following errors: stop_sequences: each stop sequence must contain non-whitespace',
  },
  {
    id: 'sm-system-text-empty',
    body: { system: [{ text: '' }] },
    text: `${one}Value '' at 'system.1.member.text' ${failed}Member must have length greater than or equal to 1`,
  },
  {
    id: 'sm-requestmetadata-size',
    body: { requestMetadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) },
    text: `${one}Value at 'requestMetadata' ${failed}Member must have length less than or equal to 16`,
  },
  {
    id: 'sm-requestmetadata-empty',
    body: { requestMetadata: {} },
    text: `${one}Value at 'requestMetadata' ${failed}Member must have length greater than or equal to 1`,
  },
  {
    id: 'sm-requestmetadata-entry',
    body: { requestMetadata: { who: 'a|b' } },
    text: `${one}Value at 'requestMetadata' ${failed}Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{1,256}]`,
  },
  {
    id: 'sm-responsefieldpaths-count',
    body: { additionalModelResponseFieldPaths: Array.from({ length: 11 }, () => '/a') },
    text: `${one}Value '[/a, /a, /a, /a, /a, /a, /a, /a, /a, /a, /a]' at 'additionalModelResponseFieldPaths' ${failed}Member must have length less than or equal to 10`,
  },
  {
    id: 'sm-performance-latency-enum',
    body: { performanceConfig: { latency: 'fast' } },
    text: `${one}Value 'fast' at 'performanceConfig.latency' ${failed}Member must satisfy enum value set: [optimized, standard]`,
  },
  {
    id: 'sm-outputformat-type-enum',
    body: { outputConfig: { textFormat: { type: 'xml' } } },
    text: `${one}Value 'xml' at 'outputConfig.textFormat.type' ${failed}Member must satisfy enum value set: [json_schema]`,
  },
  {
    id: 'sm-effort-length',
    model: gptOss,
    body: { outputConfig: { effort: 'extraordinarily high' } },
    text: `${one}Value 'extraordinarily high' at 'outputConfig.effort' ${failed}Member must have length less than or equal to 16`,
  },
  {
    id: 'sm-guardrail-id-pattern',
    body: { guardrailConfig: { guardrailIdentifier: 'Not Me' } },
    text: `${one}Value 'Not Me' at 'guardrailConfig.guardrailIdentifier' ${failed}Member must satisfy regular expression pattern: (|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))`,
    otherwise: 'The provided guardrail identifier is invalid.',
  },
  {
    id: 'sm-guardrail-version-pattern',
    body: { guardrailConfig: { guardrailVersion: '0' } },
    text: `${one}Value '0' at 'guardrailConfig.guardrailVersion' ${failed}Member must satisfy regular expression pattern: (|([1-9][0-9]{0,7})|(DRAFT))`,
  },
  {
    id: 'sm-guardrail-trace-enum',
    body: { guardrailConfig: { trace: 'loud' } },
    text: `${one}Value 'loud' at 'guardrailConfig.trace' ${failed}Member must satisfy enum value set: [enabled, disabled, enabled_full]`,
  },
];

const definitions: readonly RuleCase[] = [
  {
    id: 'sm-tools-empty',
    body: { toolConfig: { tools: [] } },
    text: `${one}Value '[]' at 'toolConfig.tools' ${failed}Member must have length greater than or equal to 1`,
  },
  {
    id: 'sm-tools-null',
    body: { toolConfig: {} },
    text: `${one}Value null at 'toolConfig.tools' ${failed}Member must not be null`,
  },
  {
    id: 'sm-toolspec-name-pattern',
    body: tool({ name: 'a.b' }),
    text: `${one}Value 'a.b' at 'toolConfig.tools.1.member.toolSpec.name' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
  },
  {
    id: 'sm-toolspec-name-min',
    body: tool({ name: '' }),
    text: `2 validation errors detected: Value '' at 'toolConfig.tools.1.member.toolSpec.name' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; Value '' at 'toolConfig.tools.1.member.toolSpec.name' ${failed}Member must have length greater than or equal to 1`,
    otherwise: `${one}Value '' at 'toolConfig.tools.1.member.toolSpec.name' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
  },
  {
    id: 'sm-toolspec-name-max',
    body: tool({ name: long }),
    text: `${one}Value '${long}' at 'toolConfig.tools.1.member.toolSpec.name' ${failed}Member must have length less than or equal to 64`,
  },
  {
    id: 'sm-toolspec-description-empty',
    body: tool({ description: '' }),
    text: `${one}Value '' at 'toolConfig.tools.1.member.toolSpec.description' ${failed}Member must have length greater than or equal to 1`,
  },
  {
    id: 'sm-toolspec-inputschema-null',
    body: { toolConfig: { tools: [...tools, { toolSpec: { name: 'other' } }] } },
    text: `${one}Value null at 'toolConfig.tools.2.member.toolSpec.inputSchema' ${failed}Member must not be null`,
    otherwise:
      'The format of the value at toolConfig.tools.1.toolSpec.inputSchema.json is invalid. Provide a json object for the field and try again.',
  },
  {
    id: 'sm-toolchoice-name-pattern',
    body: { toolConfig: { tools, toolChoice: { tool: { name: 'a b' } } } },
    text: `${one}Value 'a b' at 'toolConfig.toolChoice.tool.name' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
    otherwise: "The model returned the following errors: Tool 'a b' not found in provided tools",
  },
];

const messages: readonly RuleCase[] = [
  {
    id: 'sm-role-enum',
    body: { messages: [{ role: 'tool', content: [hello] }] },
    text: `${one}Value 'tool' at 'messages.1.member.role' ${failed}Member must satisfy enum value set: [system, user, assistant]`,
  },
  {
    id: 'sm-role-null',
    body: { messages: [{ content: [hello] }] },
    text: `${one}Value null at 'messages.1.member.role' ${failed}Member must not be null`,
  },
  {
    id: 'sm-content-null',
    body: { messages: [{ role: 'user' }] },
    text: `${one}Value null at 'messages.1.member.content' ${failed}Member must not be null`,
  },
  {
    id: 'sm-tooluse-name-pattern',
    body: history({ name: 'a.b' }),
    text: `${one}Value at '${use}.name' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
  },
  {
    id: 'sm-tooluse-name-max',
    body: history({ name: long }),
    text: `${one}Value at '${use}.name' ${failed}Member must have length less than or equal to 64`,
  },
  {
    id: 'sm-tooluseid-pattern',
    body: history({ toolUseId: 'a b' }),
    text: twice(
      (at) => `Value 'a b' at '${at}' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
    ),
  },
  {
    id: 'sm-tooluseid-length',
    body: history({ toolUseId: long }),
    text: twice((at) => `Value '${long}' at '${at}' ${failed}Member must have length less than or equal to 64`),
  },
  {
    id: 'sm-tooluseid-empty',
    body: history({ toolUseId: '' }),
    text: `4 validation errors detected: ${[
      `Value '' at '${use}.toolUseId' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
      `Value '' at '${result}.toolUseId' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
      `Value '' at '${use}.toolUseId' ${failed}Member must have length greater than or equal to 1`,
      `Value '' at '${result}.toolUseId' ${failed}Member must have length greater than or equal to 1`,
    ].join('; ')}`,
    otherwise: twice(
      (at) => `Value '' at '${at}' ${failed}Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
    ),
  },
  {
    id: 'sm-tooluseid-null',
    body: { toolConfig: { tools }, messages: [user(hello), assistant({ toolUse: { name: 'look', input: {} } })] },
    text: `${one}Value null at '${use}.toolUseId' ${failed}Member must not be null`,
  },
  {
    id: 'sm-tooluse-input-null',
    body: history({ input: null }),
    text: `${one}Value null at '${use}.input' ${failed}Member must not be null`,
    otherwise:
      'The format of the value at messages.1.content.0.toolUse.input is invalid. Provide a json object for the field and try again.',
  },
  {
    id: 'sm-toolresult-content-null',
    body: history({}, { content: null }),
    text: `${one}Value null at '${result}.content' ${failed}Member must not be null`,
  },
  {
    id: 'sm-toolresult-status-enum',
    body: history({}, { status: 'maybe' }),
    text: `${one}Value 'maybe' at '${result}.status' ${failed}Member must satisfy enum value set: [success, error]`,
  },
  {
    id: 'sm-image-format-enum',
    body: block({ image: { format: 'jpg', source: { bytes: '/9j/4AAQ' } } }),
    text: `${one}Value 'jpg' at '${content}.image.format' ${failed}Member must satisfy enum value set: [gif, jpeg, png, webp]`,
  },
  {
    id: 'sm-image-bytes-empty',
    body: block({ image: { format: 'png', source: { bytes: '' } } }),
    text: `${one}Value '' at '${content}.image.source.bytes' ${failed}Member must have length greater than or equal to 1`,
  },
  {
    id: 'sm-document-format-enum',
    body: block({ document: { format: 'odt', name: 'a', source: { bytes: 'QQ==' } } }),
    text: `${one}Value 'odt' at '${content}.document.format' ${failed}Member must satisfy enum value set: [pdf, csv, doc, docx, xls, xlsx, html, txt, md]`,
  },
  {
    id: 'sm-document-name-length',
    body: block({ document: { format: 'txt', name: longName, source: { bytes: 'QQ==' } } }),
    text: `${one}Value '${longName}' at '${content}.document.name' ${failed}Member must have length less than or equal to 200`,
  },
  {
    id: 'sm-document-name-empty',
    body: block({ document: { format: 'txt', name: '', source: { bytes: 'QQ==' } } }),
    text: `${one}Value '' at '${content}.document.name' ${failed}Member must have length greater than or equal to 1`,
  },
  {
    id: 'sm-document-source-null',
    body: block({ document: { format: 'txt', name: 'a' } }),
    text: `${one}Value null at '${content}.document.source' ${failed}Member must not be null`,
  },
  {
    id: 'sm-video-format-enum',
    body: block({ video: { format: 'avi', source: { bytes: 'QQ==' } } }),
    text: `${one}Value 'avi' at '${content}.video.format' ${failed}Member must satisfy enum value set: [mkv, mov, mp4, webm, flv, mpeg, mpg, wmv, three_gp]`,
    otherwise:
      "This model doesn't support the video content block that you provided. Update the content block and try again.",
  },
  {
    id: 'sm-s3uri-pattern',
    body: block({ image: { format: 'png', source: { s3Location: { uri: 'https://example.com/a' } } } }),
    text: `${one}Value 'https://example.com/a' at '${content}.image.source.s3Location.uri' ${failed}Member must satisfy regular expression pattern: s3://[a-z0-9][\\.\\-a-z0-9]{1,61}[a-z0-9](/.*)?`,
    otherwise: "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
  },
  {
    id: 'sm-cachepoint-type-enum',
    body: block({ cachePoint: { type: 'ephemeral' } }),
    text: `${one}Value 'ephemeral' at '${content}.cachePoint.type' ${failed}Member must satisfy enum value set: [default]`,
  },
  {
    id: 'sm-cachepoint-ttl-enum',
    body: block({ cachePoint: { type: 'default', ttl: '' } }),
    text: `${one}Value '' at '${content}.cachePoint.ttl' ${failed}Member must satisfy enum value set: [5m, 1h]`,
  },
];

testLayer('serviceModel', [...frame, ...definitions, ...messages]);
