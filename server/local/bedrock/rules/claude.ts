import type { ModelCall } from '../call.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { once, type Rule, type Values } from './rule.ts';

// What Claude refuses of sampling, cache points, tools and output schemas.

/** Fields of Anthropic's Messages API that may stand in additionalModelRequestFields. */
const knownFields = new Set([
  'anthropic_beta',
  'anthropic_version',
  'cache_control',
  'container',
  'context_management',
  'max_tokens',
  'mcp_servers',
  'messages',
  'metadata',
  'output_config',
  'output_format',
  'service_tier',
  'speed',
  'system',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
]);
const numberBounds = ['exclusiveMaximum', 'exclusiveMinimum', 'maximum', 'minimum', 'multipleOf'];
const lengthBounds = ['minLength', 'maxLength', 'maxItems'];

export function isClaude({ model }: ModelCall): boolean {
  return model.maker === 'anthropic';
}

/** Claude models that take no sampling parameters at all. */
function refusesSampling(call: ModelCall): boolean {
  return isClaude(call) && call.model.capabilities.sampling === 'none';
}

/** The ttl of every cache point in the order tools, system, messages; places only for those in messages. */
function cachePoints({ body, blocks }: ModelCall): readonly { ttl: string; place: Values | undefined }[] {
  const ttlOf = (holder: { cachePoint?: { ttl?: string | null | undefined } | null | undefined }) =>
    holder.cachePoint ? [holder.cachePoint.ttl ?? '5m'] : [];
  return [
    ...[...(body.toolConfig?.tools ?? []), ...(body.system ?? [])]
      .flatMap(ttlOf)
      .map((ttl) => ({ ttl, place: undefined })),
    ...blocks.flatMap(({ i, j, block }) => ttlOf(block).map((ttl) => ({ ttl, place: { i, j } }))),
  ];
}

function toolNames({ body }: ModelCall): readonly string[] {
  return (body.toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec?.name ? [toolSpec.name] : []));
}

/** Every object node of the schema the answer has to follow. */
function schemaNodes({ body }: ModelCall): readonly Readonly<Record<string, unknown>>[] {
  const text = body.outputConfig?.textFormat?.structure?.jsonSchema?.schema;
  if (!text) return [];
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    return [];
  }
  const nodes: Readonly<Record<string, unknown>>[] = [];
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isJsonObject(value)) return;
    if (typeof value['type'] === 'string') nodes.push(value);
    Object.values(value).forEach(visit);
  };
  visit(schema);
  return nodes;
}

function inSchema(
  call: ModelCall,
  types: readonly string[],
  find: (node: Readonly<Record<string, unknown>>, type: string) => readonly Values[],
) {
  if (!isClaude(call)) return [];
  return schemaNodes(call).flatMap((node) => {
    const type = String(node['type']);
    return types.includes(type) ? find(node, type) : [];
  });
}

const samplingRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-temperature-and-top-p',
    when: 'temperature and topP together on a Claude that takes one of them',
    template: '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    find: ({ body: { inferenceConfig }, model }) =>
      once(
        model.maker === 'anthropic' &&
          model.capabilities.sampling === 'one' &&
          typeof inferenceConfig?.temperature === 'number' &&
          typeof inferenceConfig.topP === 'number',
      ),
  },
  {
    id: 'ant-temperature-deprecated',
    when: 'temperature on a Claude without sampling parameters',
    template: '`temperature` is deprecated for this model.',
    find: (call) => once(refusesSampling(call) && typeof call.body.inferenceConfig?.temperature === 'number'),
  },
  {
    id: 'ant-top-p-deprecated',
    when: 'topP on a Claude without sampling parameters',
    template: '`top_p` is deprecated for this model.',
    find: (call) => once(refusesSampling(call) && typeof call.body.inferenceConfig?.topP === 'number'),
  },
  {
    id: 'ant-top-k-deprecated',
    when: 'top_k on a Claude without sampling parameters',
    template: '`top_k` is deprecated for this model.',
    find: (call) =>
      once(refusesSampling(call) && memberOf(call.body.additionalModelRequestFields, 'top_k') !== undefined),
  },
  {
    id: 'ant-stop-whitespace',
    when: 'a stop sequence has only whitespace',
    template: 'stop_sequences: each stop sequence must contain non-whitespace',
    find: (call) =>
      once(isClaude(call) && (call.body.inferenceConfig?.stopSequences ?? []).some((text) => text.trim() === '')),
  },
  {
    id: 'ant-extra-inputs',
    only: 'converse',
    when: 'additionalModelRequestFields has a field the Messages API does not know',
    template: '{path}: Extra inputs are not permitted',
    find: (call) => {
      const additional = call.body.additionalModelRequestFields;
      if (!isClaude(call) || !isJsonObject(additional)) return [];
      return Object.keys(additional)
        .filter((key) => !knownFields.has(key))
        .map((path) => ({ path }));
    },
  },
];

const cacheRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-cachepoint-too-many',
    when: 'there are more than 4 cache points',
    template: 'A maximum of 4 blocks with cache_control may be provided. Found {n}.',
    find: (call) => {
      const n = cachePoints(call).length;
      return isClaude(call) && n > 4 ? [{ n }] : [];
    },
  },
  {
    id: 'ant-cachepoint-ttl-order',
    when: 'a cache point of 1h in messages comes after one of 5m',
    template:
      "messages.{i}.content.{j}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
    find: (call) => {
      if (!isClaude(call)) return [];
      const points = cachePoints(call);
      const firstShort = points.findIndex(({ ttl }) => ttl === '5m');
      return points.flatMap(({ ttl, place }, at) =>
        ttl === '1h' && place && firstShort >= 0 && at > firstShort ? [place] : [],
      );
    },
  },
  {
    id: 'ant-cachepoint-after-document',
    only: 'converse',
    when: 'a cache point directly follows a document that is not a PDF',
    template: 'messages.{i}.content.{j}.type: Field required',
    find: (call) =>
      isClaude(call)
        ? call.blocks.flatMap(({ i, j, block }) => {
            const before = call.body.messages?.[i]?.content?.[j - 1]?.document;
            return block.cachePoint && before && before.format !== 'pdf' ? [{ i, j }] : [];
          })
        : [],
  },
];

const toolRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-tool-names-unique',
    when: 'two tools have the same name',
    template: 'tools: Tool names must be unique.',
    find: (call) => once(isClaude(call) && new Set(toolNames(call)).size < toolNames(call).length),
  },
  {
    id: 'ant-tool-choice-unknown',
    when: 'the tool choice names a tool that is not listed',
    template: "Tool '{name}' not found in provided tools",
    find: (call) => {
      const name = call.body.toolConfig?.toolChoice?.tool?.name;
      return isClaude(call) && name && !toolNames(call).includes(name) ? [{ name }] : [];
    },
  },
];

const schemaRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-schema-additionalproperties',
    when: 'an object of the output schema does not forbid additional properties',
    template: "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    find: (call) => inSchema(call, ['object'], (node) => once(node['additionalProperties'] !== false)),
  },
  {
    id: 'ant-schema-number-bounds',
    when: 'a number of the output schema has bounds',
    template: "output_config.format.schema: For '{type}' type, properties {names} are not supported",
    find: (call) =>
      inSchema(call, ['integer', 'number'], (node, type) => {
        const names = numberBounds.filter((name) => name in node).join(', ');
        return names === '' ? [] : [{ type, names }];
      }),
  },
  {
    id: 'ant-schema-string-array-bounds',
    when: 'a text or list of the output schema has bounds on its length',
    template: "output_config.format.schema: For '{type}' type, property '{name}' is not supported",
    find: (call) =>
      inSchema(call, ['string', 'array'], (node, type) =>
        lengthBounds.filter((name) => name in node).map((name) => ({ type, name })),
      ),
  },
];

export const claudeRules: readonly Rule<ModelCall>[] = [...samplingRules, ...cacheRules, ...toolRules, ...schemaRules];
