import { type ConverseBody, readConverse } from './body.ts';
import { isJsonObject, memberOf } from './json.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The body of InvokeModel for Claude, in the words of Anthropic's Messages API, as the request of Converse that says the
 * same: so that scripts, counts, cache and Claude's own rules hold for both. What has no place there stays among the
 * additional fields, which are in Anthropic's words. A member that is not what it should be is left out: the rules look at
 * the body itself. @param headers what InvokeModel has in headers, as Converse's members
 */
export function toConverse(body: Json, headers: Json = {}): ConverseBody {
  const { max_tokens: maxTokens, temperature, top_p: topP, stop_sequences: stopSequences } = body;
  const tools = listOf(body['tools']);
  const typed = tools.filter((tool) => typeof tool['type'] === 'string' && tool['type'] !== 'custom');
  const own = tools.filter((tool) => !typed.includes(tool));
  const { format, ...output } = isJsonObject(body['output_config']) ? body['output_config'] : {};
  return readConverse({
    messages: listOf(body['messages']).map(({ role, content }) => ({ role, content: toBlocks(content) })),
    system: toBlocks(body['system']),
    inferenceConfig: { maxTokens, temperature, topP, stopSequences },
    ...(own.length > 0 && {
      toolConfig: { tools: own.flatMap(toTool), ...toToolChoice(body['tool_choice']) },
    }),
    ...(format !== undefined && { outputConfig: toOutputConfig(format) }),
    additionalModelRequestFields: {
      ...pick(body, ['anthropic_beta', 'context_management', 'thinking', 'top_k']),
      ...(Object.keys(output).length > 0 && { output_config: output }),
      ...(typed.length > 0 && { tools: typed }),
    },
    // What Claude says of itself in an answer of its own.
    additionalModelResponseFieldPaths: ['/stop_sequence', '/usage/output_tokens_details'],
    ...headers,
  });
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function pick(body: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.flatMap((name) => (name in body ? [[name, body[name]]] : [])));
}

function toBlocks(content: unknown): readonly Json[] {
  if (typeof content === 'string') return [{ text: content }];
  return listOf(content).flatMap((block) => [toBlock(block), ...toCachePoint(block)]);
}

function toCachePoint(block: Json): readonly Json[] {
  const control = block['cache_control'];
  if (!isJsonObject(control)) return [];
  const { ttl } = control;
  return [{ cachePoint: { type: 'default', ...(typeof ttl === 'string' && { ttl }) } }];
}

function toBlock(block: Json): Json {
  switch (block['type']) {
    case 'text':
      return { text: block['text'] };
    case 'image':
      return { image: { format: formatOf(block), source: { bytes: memberOf(block['source'], 'data') } } };
    case 'document':
      return { document: toDocument(block) };
    case 'tool_use':
      return { toolUse: { toolUseId: block['id'], name: block['name'], input: block['input'] } };
    case 'tool_result':
      return {
        toolResult: {
          toolUseId: block['tool_use_id'],
          content: toBlocks(block['content']).filter((each) => !('cachePoint' in each)),
          ...(block['is_error'] === true && { status: 'error' }),
        },
      };
    case 'thinking':
      return { reasoningContent: { reasoningText: { text: block['thinking'], signature: block['signature'] } } };
    case 'redacted_thinking':
      return { reasoningContent: { redactedContent: block['data'] } };
    case 'search_result': {
      const { type: _, cache_control: __, content, ...about } = block;
      return { searchResult: { ...about, content: toBlocks(content) } };
    }
    default:
      // Counted by its length, like a text.
      return { guardContent: { text: { text: JSON.stringify(block) } } };
  }
}

function formatOf({ source }: Json): string {
  return String(memberOf(source, 'media_type')).replace(/^[a-z]+\//, '');
}

function toDocument(block: Json): Json {
  const { source, title, citations } = block;
  const isText = memberOf(source, 'type') === 'text';
  const data = memberOf(source, 'data');
  return {
    format: isText ? 'txt' : formatOf(block),
    ...(typeof title === 'string' && { name: title }),
    source: isText ? { text: data } : { bytes: data },
    ...(isJsonObject(citations) && { citations }),
  };
}

function toTool(tool: Json): readonly Json[] {
  const { name, description, input_schema: json, strict } = tool;
  const toolSpec = { name, ...(description !== undefined && { description }), inputSchema: { json } };
  return [{ toolSpec: { ...toolSpec, ...(strict !== undefined && { strict }) } }, ...toCachePoint(tool)];
}

function toToolChoice(choice: unknown): Json {
  const type = memberOf(choice, 'type');
  if (type === 'any') return { toolChoice: { any: {} } };
  return type === 'tool' ? { toolChoice: { tool: { name: memberOf(choice, 'name') } } } : {};
}

function toOutputConfig(format: unknown): Json {
  const schema = JSON.stringify(memberOf(format, 'schema'));
  return { textFormat: { type: memberOf(format, 'type'), structure: { jsonSchema: { schema } } } };
}
