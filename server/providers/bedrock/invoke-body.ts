import type { ClaudeExtras } from './claude-plan.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt } from './json.ts';

/** What InvokeModel takes for a planned Converse body. */
export interface InvokeRequest {
  readonly body: JsonObject;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Anthropic's own body for a planned Converse body, member by member, so that all that is put right for Converse is right
 * here too. What Converse has beside the conversation stands in headers; a
 * guardrail is never among it (planClaude).
 * Source: AWS's user guide, "Anthropic Claude Messages API"; headers: service model of bedrock-runtime.
 */
export function toInvokeRequest(body: JsonObject, extras: ClaudeExtras): InvokeRequest {
  const { inferenceConfig, additionalModelRequestFields, toolConfig } = body;
  const {
    tool_choice: choice,
    output_config: output,
    ...fields
  } = isObject(additionalModelRequestFields) ? additionalModelRequestFields : {};
  const system = toBlocks(listAt(body, 'system'));
  const stops = listAt(inferenceConfig, 'stopSequences');
  const outputConfig = toOutputConfig(body['outputConfig'], output);
  return {
    body: {
      anthropic_version: 'bedrock-2023-05-31',
      ...(extras.betas.length > 0 && { anthropic_beta: extras.betas }),
      ...toNumbers(inferenceConfig),
      ...(stops.length > 0 && { stop_sequences: stops }),
      ...(system.length > 0 && { system }),
      messages: listAt(body, 'messages').map(toMessage),
      ...(isObject(toolConfig) && { tools: toTools(listAt(toolConfig, 'tools'), extras) }),
      ...toToolChoice(objectAt(toolConfig, 'toolChoice'), choice, extras),
      ...(outputConfig && { output_config: outputConfig }),
      ...fields,
      ...extras.fields,
    },
    headers: toHeaders(body),
  };
}

function toNumbers(inference: unknown): JsonObject {
  const { maxTokens, temperature, topP } = isObject(inference) ? inference : {};
  return {
    max_tokens: maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
  };
}

function toMessage(message: unknown): JsonObject {
  return { role: textAt(message, 'role'), content: toBlocks(listAt(message, 'content')) };
}

/** A cache point is a mark on the block before it. */
function toBlocks(blocks: readonly unknown[], toOne: (block: unknown) => JsonObject = toBlock): JsonObject[] {
  const made: JsonObject[] = [];
  for (const block of blocks) {
    const point = objectAt(block, 'cachePoint');
    const last = made.at(-1);
    if (!point) made.push(toOne(block));
    else if (last) made[made.length - 1] = { ...last, cache_control: toCacheControl(point) };
  }
  return made;
}

function toCacheControl({ ttl }: JsonObject): JsonObject {
  return { type: 'ephemeral', ...(ttl !== undefined && { ttl }) };
}

function toBlock(block: unknown): JsonObject {
  const image = objectAt(block, 'image');
  if (image) return { type: 'image', source: toSource(image, `image/${textAt(image, 'format')}`) };
  const document = objectAt(block, 'document');
  if (document) return toDocument(document);
  const toolUse = objectAt(block, 'toolUse');
  if (toolUse) return { type: 'tool_use', id: toolUse['toolUseId'], name: toolUse['name'], input: toolUse['input'] };
  const result = objectAt(block, 'toolResult');
  if (result) return toToolResult(result);
  const reasoning = objectAt(block, 'reasoningContent');
  if (reasoning) return toThinking(reasoning);
  const found = objectAt(block, 'searchResult');
  if (found) return toSearchResult(found);
  return { type: 'text', text: textAt(block, 'text') ?? '' };
}

function toSource(file: JsonObject, mediaType: string): JsonObject {
  return { type: 'base64', media_type: mediaType, data: textAt(file['source'], 'bytes') };
}

function toDocument(document: JsonObject): JsonObject {
  const { format, name, context, citations } = document;
  const bytes = textAt(document['source'], 'bytes') ?? '';
  const text = () => Buffer.from(bytes, 'base64').toString();
  return {
    type: 'document',
    source:
      format === 'pdf'
        ? toSource(document, 'application/pdf')
        : { type: 'text', media_type: 'text/plain', data: text() },
    title: name,
    ...(context !== undefined && { context }),
    ...(citations !== undefined && { citations }),
  };
}

function toToolResult({ toolUseId, content, status }: JsonObject): JsonObject {
  const blocks = toBlocks(Array.isArray(content) ? content : []);
  return {
    type: 'tool_result',
    tool_use_id: toolUseId,
    ...(blocks.length > 0 && { content: blocks }),
    ...(status === 'error' && { is_error: true }),
  };
}

function toThinking({ reasoningText, redactedContent }: JsonObject): JsonObject {
  if (!isObject(reasoningText)) return { type: 'redacted_thinking', data: redactedContent };
  const { text, signature } = reasoningText;
  return { type: 'thinking', thinking: text, signature };
}

function toSearchResult({ source, title, content, citations }: JsonObject): JsonObject {
  const texts = toBlocks(Array.isArray(content) ? content : []);
  return { type: 'search_result', source, title, content: texts, ...(citations !== undefined && { citations }) };
}

function toTools(tools: readonly unknown[], { tools: typed, toolFields }: ClaudeExtras): JsonObject[] {
  return toBlocks(tools, (tool) => {
    const { name, description, inputSchema, strict } = objectAt(tool, 'toolSpec') ?? {};
    const own = typeof name === 'string' && Object.hasOwn(typed, name) ? typed[name] : undefined;
    if (own) return own;
    const more = typeof name === 'string' && Object.hasOwn(toolFields, name) ? toolFields[name] : undefined;
    const schema = isObject(inputSchema) ? inputSchema['json'] : undefined;
    return { name, description, input_schema: schema, ...(strict !== undefined && { strict }), ...more };
  });
}

/** `choice` is what Converse has among its additional fields: one tool at a time. */
function toToolChoice(chosen: JsonObject | undefined, choice: unknown, { choosesNone }: ClaudeExtras): JsonObject {
  const single = isObject(choice) ? choice : {};
  if (choosesNone) return { tool_choice: { type: 'none' } };
  if (chosen?.['any'] !== undefined) return { tool_choice: { ...single, type: 'any' } };
  const tool = objectAt(chosen, 'tool');
  if (tool) return { tool_choice: { ...single, type: 'tool', name: tool['name'] } };
  return isObject(choice) ? { tool_choice: { type: 'auto', ...choice } } : {};
}

function toOutputConfig(outputConfig: unknown, own: unknown): JsonObject | undefined {
  const format = objectAt(outputConfig, 'textFormat');
  const schema = textAt(objectAt(objectAt(format, 'structure'), 'jsonSchema'), 'schema');
  if (schema === undefined) return isObject(own) ? own : undefined;
  return { ...(isObject(own) ? own : {}), format: { type: 'json_schema', schema: JSON.parse(schema) } };
}

function toHeaders({ serviceTier, performanceConfig, requestMetadata }: JsonObject) {
  const headers: Record<string, string> = {};
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) headers[`x-amzn-bedrock-${name}`] = value;
  };
  add('service-tier', textAt(serviceTier, 'type'));
  add('performanceconfig-latency', textAt(performanceConfig, 'latency'));
  // Its letters are all ASCII: extras.ts sees to that.
  if (requestMetadata !== undefined) add('request-metadata', JSON.stringify(requestMetadata));
  return headers;
}
