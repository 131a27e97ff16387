import type { Call } from '../call.ts';
import { once, type Rule, type Values } from './rule.ts';
import { serviceModelMessageRules } from './service-model-messages.ts';

// What the service model of Converse refuses in the request's frame: id, configurations, tools, metadata. Members are
// counted from 1 here and stand before `.member`. Source: service model of botocore 1.44.5 (bedrock-runtime).

const modelIdPattern =
  '(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(([0-9]{12}:custom-model/[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}/[a-z0-9]{12})|(:foundation-model/[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.:]?[a-z0-9-]{1,63}))|([0-9]{12}:imported-model/[a-z0-9]{12})|([0-9]{12}:provisioned-model/[a-z0-9]{12})|([0-9]{12}:custom-model-deployment/[a-z0-9]{12})|([0-9]{12}:(inference-profile|application-inference-profile)/[a-zA-Z0-9-:.]+)))|([a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.:]?[a-z0-9-]{1,63}))|(([0-9a-zA-Z][_-]?)+)|([a-zA-Z0-9-:.]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:prompt/[0-9a-zA-Z]{10}(?::[0-9]{1,5})?)|(arn:aws(-[^:]+)?:bedrock:([0-9a-z-]{1,20}):([0-9]{12}):(default-)?prompt-router/[a-zA-Z0-9-:.]+)';
const modelId = new RegExp(`^(?:${modelIdPattern})$`);
const toolName = /^[a-zA-Z0-9_-]+$/;
const guardrailIdPattern = '(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))';
const guardrailId = new RegExp(`^${guardrailIdPattern}$`);
const guardrailVersionPattern = '(|([1-9][0-9]{0,7})|(DRAFT))';
const guardrailVersion = new RegExp(`^${guardrailVersionPattern}$`);
const metadataText = /^[a-zA-Z0-9\s:_@$#=/+,.-]*$/;

type Text = string | null | undefined;
type ToolSpec = NonNullable<NonNullable<NonNullable<Call['body']['toolConfig']>['tools']>[number]['toolSpec']>;

/** The value as one violation when it is there and `isBad`. */
function refused<T extends string | number>(
  value: T | null | undefined,
  isBad: (value: T) => boolean,
): readonly Values[] {
  return value !== null && value !== undefined && isBad(value) ? [{ value }] : [];
}

function notIn(value: Text, allowed: readonly string[]): readonly Values[] {
  return refused(value, (text) => !allowed.includes(text));
}

function inTools(call: Call, find: (spec: ToolSpec) => readonly Values[]): readonly Values[] {
  return (call.body.toolConfig?.tools ?? []).flatMap(({ toolSpec }, i) =>
    toolSpec ? find(toolSpec).map((values) => ({ ...values, i1: i + 1 })) : [],
  );
}

/** A list as the validator prints it. */
function list(values: readonly string[]): string {
  return `[${values.join(', ')}]`;
}

function entriesOf(call: Call): readonly (readonly [string, string])[] {
  return Object.entries(call.body.requestMetadata ?? {});
}

const frameRules: readonly Rule<Call>[] = [
  {
    id: 'modelid-pattern',
    when: 'the model id, percent-decoded, does not match the pattern or is longer than 2048 characters',
    template: `Value '{modelId}' at 'modelId' failed to satisfy constraint: Member must satisfy regular expression pattern: ${modelIdPattern}`,
    find: (call) => (call.modelId.length > 2048 || !modelId.test(call.modelId) ? [{ modelId: call.modelId }] : []),
  },
  {
    id: 'sm-maxtokens-min',
    when: 'maxTokens is below 1',
    template:
      "Value '{value}' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
    find: ({ body }) => refused(body.inferenceConfig?.maxTokens, (value) => value < 1),
  },
  {
    id: 'sm-temperature-max',
    when: 'temperature is above 1',
    template:
      "Value '{value}' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    find: ({ body }) => refused(body.inferenceConfig?.temperature, (value) => value > 1),
  },
  {
    id: 'sm-temperature-min',
    when: 'temperature is below 0',
    template:
      "Value '{value}' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value greater than or equal to 0",
    find: ({ body }) => refused(body.inferenceConfig?.temperature, (value) => value < 0),
  },
  {
    id: 'sm-topp-max',
    when: 'topP is above 1',
    template:
      "Value '{value}' at 'inferenceConfig.topP' failed to satisfy constraint: Member must have value less than or equal to 1",
    find: ({ body }) => refused(body.inferenceConfig?.topP, (value) => value > 1),
  },
  {
    id: 'sm-topp-min',
    when: 'topP is below 0',
    template:
      "Value '{value}' at 'inferenceConfig.topP' failed to satisfy constraint: Member must have value greater than or equal to 0",
    find: ({ body }) => refused(body.inferenceConfig?.topP, (value) => value < 0),
  },
  {
    id: 'sm-stopsequences-count',
    when: 'there are more than 2500 stop sequences',
    template:
      "Value '{value}' at 'inferenceConfig.stopSequences' failed to satisfy constraint: Member must have length less than or equal to 2500",
    find: ({ body }) => {
      const sequences = body.inferenceConfig?.stopSequences ?? [];
      return sequences.length > 2500 ? [{ value: list(sequences) }] : [];
    },
  },
  {
    id: 'sm-stopsequences-empty-item',
    when: 'a stop sequence is empty',
    template:
      "Value '{value}' at 'inferenceConfig.stopSequences' failed to satisfy constraint: Member must satisfy constraint: [Member must have length greater than or equal to 1]",
    find: ({ body }) => {
      const sequences = body.inferenceConfig?.stopSequences ?? [];
      return sequences.includes('') ? [{ value: list(sequences) }] : [];
    },
  },
  {
    id: 'sm-system-text-empty',
    when: 'a text of system is empty',
    template:
      "Value '{value}' at 'system.{i1}.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1",
    find: ({ body }) => (body.system ?? []).flatMap(({ text }, i) => (text === '' ? [{ value: '', i1: i + 1 }] : [])),
  },
  {
    id: 'sm-requestmetadata-size',
    when: 'requestMetadata has more than 16 entries',
    template:
      "Value at 'requestMetadata' failed to satisfy constraint: Member must have length less than or equal to 16",
    find: (call) => once(entriesOf(call).length > 16),
  },
  {
    id: 'sm-requestmetadata-empty',
    when: 'requestMetadata is there without entries',
    template:
      "Value at 'requestMetadata' failed to satisfy constraint: Member must have length greater than or equal to 1",
    find: (call) => once(Boolean(call.body.requestMetadata) && entriesOf(call).length === 0),
  },
  {
    id: 'sm-requestmetadata-entry',
    when: 'a key is empty, a key or value is longer than 256 characters or has a character outside the set',
    template:
      "Value at 'requestMetadata' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{1,256}]",
    find: (call) =>
      once(
        entriesOf(call).some(
          ([key, value]) =>
            key === '' ||
            key.length > 256 ||
            value.length > 256 ||
            !metadataText.test(key) ||
            !metadataText.test(value),
        ),
      ),
  },
  {
    id: 'sm-responsefieldpaths-count',
    when: 'there are more than 10 additionalModelResponseFieldPaths',
    template:
      "Value '{value}' at 'additionalModelResponseFieldPaths' failed to satisfy constraint: Member must have length less than or equal to 10",
    find: ({ body }) => {
      const paths = body.additionalModelResponseFieldPaths ?? [];
      return paths.length > 10 ? [{ value: list(paths) }] : [];
    },
  },
  {
    id: 'sm-performance-latency-enum',
    when: 'performanceConfig.latency is not a known word',
    template:
      "Value '{value}' at 'performanceConfig.latency' failed to satisfy constraint: Member must satisfy enum value set: [optimized, standard]",
    find: ({ body }) => notIn(body.performanceConfig?.latency, ['standard', 'optimized']),
  },
  {
    id: 'sm-outputformat-type-enum',
    when: 'outputConfig.textFormat.type is not json_schema',
    template:
      "Value '{value}' at 'outputConfig.textFormat.type' failed to satisfy constraint: Member must satisfy enum value set: [json_schema]",
    find: ({ body }) => notIn(body.outputConfig?.textFormat?.type, ['json_schema']),
  },
  {
    id: 'sm-effort-length',
    when: 'outputConfig.effort is longer than 16 characters',
    template:
      "Value '{value}' at 'outputConfig.effort' failed to satisfy constraint: Member must have length less than or equal to 16",
    find: ({ body }) => refused(body.outputConfig?.effort, (value) => value.length > 16),
  },
  {
    id: 'sm-guardrail-id-pattern',
    when: 'guardrailIdentifier does not match the pattern',
    template: `Value '{value}' at 'guardrailConfig.guardrailIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ${guardrailIdPattern}`,
    find: ({ body }) => refused(body.guardrailConfig?.guardrailIdentifier, (value) => !guardrailId.test(value)),
  },
  {
    id: 'sm-guardrail-version-pattern',
    when: 'guardrailVersion is neither empty, a number of at most 8 digits, nor DRAFT',
    template: `Value '{value}' at 'guardrailConfig.guardrailVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: ${guardrailVersionPattern}`,
    find: ({ body }) => refused(body.guardrailConfig?.guardrailVersion, (value) => !guardrailVersion.test(value)),
  },
  {
    id: 'sm-guardrail-trace-enum',
    when: 'guardrailConfig.trace is not a known word',
    template:
      "Value '{value}' at 'guardrailConfig.trace' failed to satisfy constraint: Member must satisfy enum value set: [enabled, disabled, enabled_full]",
    find: ({ body }) => notIn(body.guardrailConfig?.trace, ['enabled', 'disabled', 'enabled_full']),
  },
];

const toolRules: readonly Rule<Call>[] = [
  {
    id: 'sm-tools-empty',
    when: 'toolConfig.tools is an empty list',
    template:
      "Value '[]' at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
    find: ({ body }) => once(body.toolConfig?.tools?.length === 0),
  },
  {
    id: 'sm-tools-null',
    when: 'toolConfig is there without tools',
    template: "Value null at 'toolConfig.tools' failed to satisfy constraint: Member must not be null",
    find: ({ body }) => once(Boolean(body.toolConfig) && !body.toolConfig?.tools),
  },
  {
    id: 'sm-toolspec-name-pattern',
    when: "a tool's name does not match [a-zA-Z0-9_-]+ as a whole",
    template:
      "Value '{value}' at 'toolConfig.tools.{i1}.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    find: (call) => inTools(call, ({ name }) => refused(name, (text) => !toolName.test(text))),
  },
  {
    id: 'sm-toolspec-name-min',
    when: "a tool's name is empty",
    template:
      "Value '{value}' at 'toolConfig.tools.{i1}.member.toolSpec.name' failed to satisfy constraint: Member must have length greater than or equal to 1",
    find: (call) => inTools(call, ({ name }) => refused(name, (text) => text === '')),
  },
  {
    id: 'sm-toolspec-name-max',
    when: "a tool's name is longer than 64 characters",
    template:
      "Value '{value}' at 'toolConfig.tools.{i1}.member.toolSpec.name' failed to satisfy constraint: Member must have length less than or equal to 64",
    find: (call) => inTools(call, ({ name }) => refused(name, (text) => text.length > 64)),
  },
  {
    id: 'sm-toolspec-description-empty',
    when: "a tool's description is empty",
    template:
      "Value '{value}' at 'toolConfig.tools.{i1}.member.toolSpec.description' failed to satisfy constraint: Member must have length greater than or equal to 1",
    find: (call) => inTools(call, ({ description }) => refused(description, (text) => text === '')),
  },
  {
    id: 'sm-toolspec-inputschema-null',
    when: 'a tool has no inputSchema',
    template:
      "Value null at 'toolConfig.tools.{i1}.member.toolSpec.inputSchema' failed to satisfy constraint: Member must not be null",
    find: (call) => inTools(call, ({ inputSchema }) => once(!inputSchema)),
  },
  {
    id: 'sm-toolchoice-name-pattern',
    when: "toolChoice's tool name does not match [a-zA-Z0-9_-]+ or is longer than 64 characters",
    template:
      "Value '{value}' at 'toolConfig.toolChoice.tool.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    find: ({ body }) =>
      refused(body.toolConfig?.toolChoice?.tool?.name, (text) => text.length > 64 || !toolName.test(text)),
  },
];

export const serviceModelRules: readonly Rule<Call>[] = [...frameRules, ...toolRules, ...serviceModelMessageRules];
