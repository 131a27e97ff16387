import type { ModelRequest, OutputFormat, Tool } from '../../model/request.ts';
import { withoutClaudeFields } from '../claude-fields.ts';
import { encodeMessages } from './messages.ts';

/** What goes to the server, and the names of what does not. */
export interface ChatRequest {
  readonly body: object;
  readonly dropped: readonly string[];
}

/**
 * The body of OpenAI's chat completions, in the fields that vLLM, llama.cpp, Ollama and the like know. The server always
 * streams and always counts. Cache marks are hints, and these servers cache by themselves.
 * @throws GatewayError 400 for content such a server cannot read
 */
export function encodeChatRequest(asked: ModelRequest, model: string, maxOutputTokens: number): ChatRequest {
  const dropped = new Set<string>();
  const request = withoutClaudeFields(asked, dropped);
  for (const name of namesOfUnsent(request)) dropped.add(name);
  const { system, tools, temperature, topP, stopSequences, reasoning, outputFormat } = request;
  const offered = offerTools(request);
  const body = {
    model,
    messages: [
      ...system.map(({ text }) => ({ role: 'system', content: text })),
      ...encodeMessages(request.messages, dropped),
    ],
    max_tokens: maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stopSequences.length > 0 && { stop: stopSequences }),
    ...(reasoning?.effort !== undefined && { reasoning_effort: reasoning.effort }),
    ...(outputFormat && { response_format: encodeFormat(outputFormat) }),
    ...(tools.length > 0 && offered),
    stream: true,
    stream_options: { include_usage: true },
  };
  return { body, dropped: [...dropped] };
}

/** Fields that such servers do not know, under the names the caller knows. */
function namesOfUnsent(request: ModelRequest): string[] {
  const { topK, verbosity, serviceTier, latency, metadata, reasoning, additionalFields } = request;
  const unsent: readonly (readonly [string, boolean])[] = [
    ['top_k', topK !== undefined],
    ['verbosity', verbosity !== undefined],
    ['service_tier', serviceTier !== undefined && serviceTier !== 'default'],
    ['performanceConfig', latency === 'optimized'],
    ['metadata', Object.keys(metadata).length > 0],
    ['thinking', reasoning !== undefined && (reasoning.budgetTokens !== undefined || reasoning.effort === undefined)],
    ['additionalModelRequestFields', Object.keys(additionalFields).length > 0],
  ];
  return unsent.flatMap(([name, isAsked]) => (isAsked ? [name] : []));
}

/** Of a choice among some of the tools only those are offered: these servers know no such choice. */
function offerTools({ tools, toolChoice, parallelToolCalls }: ModelRequest): object {
  const chosen = toolChoice?.type === 'allowed' ? tools.filter(({ name }) => toolChoice.names.includes(name)) : tools;
  return {
    tools: chosen.map(encodeTool),
    ...(toolChoice && { tool_choice: encodeToolChoice(toolChoice) }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
}

function encodeTool({ name, description, inputSchema, strict }: Tool): object {
  const described = description === undefined ? {} : { description };
  const exact = strict ? { strict } : {};
  return { type: 'function', function: { name, ...described, parameters: inputSchema, ...exact } };
}

function encodeToolChoice(choice: NonNullable<ModelRequest['toolChoice']>): string | object {
  if (choice.type === 'tool') return { type: 'function', function: { name: choice.name } };
  return choice.type === 'allowed' ? choice.mode : choice.type;
}

function encodeFormat(format: OutputFormat): object {
  if (format.type === 'json') return { type: 'json_object' };
  const { name, description, schema } = format;
  const described = description === undefined ? {} : { description };
  return { type: 'json_schema', json_schema: { name, ...described, schema, strict: true } };
}
