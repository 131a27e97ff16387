import { ChatRequest } from '../../../shared/openai/chat.ts';
import { invalidRequest } from '../../errors.ts';
import type { ModelRequest, Tool, ToolChoice } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { decodeMessages } from './decode-messages.ts';
import { checkFields, DroppedFields } from './fields.ts';

export interface DecodedChatRequest {
  readonly request: ModelRequest;
  /** The caller asked for a last chunk with the usage. */
  readonly includeUsage: boolean;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/** OpenAI's chat request as the waist has it. @throws GatewayError 400 naming the field. */
export function decodeChatRequest(body: Readonly<Record<string, unknown>>): DecodedChatRequest {
  const dropped = new DroppedFields();
  checkFields(body, dropped);
  const chat = parseInput(ChatRequest, body);
  const tools = decodeTools(chat, dropped);
  const { system, messages } = decodeMessages(chat.messages, dropped);
  const stop = typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []);
  dropped.addUnknown(chat.stream_options ?? {}, ['include_usage'], 'stream_options');
  return {
    request: {
      model: chat.model,
      system,
      messages,
      tools,
      toolChoice: decodeToolChoice(chat.tool_choice, tools),
      maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? undefined,
      temperature: chat.temperature ?? undefined,
      topP: chat.top_p ?? undefined,
      stopSequences: stop.filter((sequence) => sequence !== ''),
      stream: chat.stream ?? false,
    },
    includeUsage: chat.stream_options?.include_usage ?? false,
    dropped: dropped.list(),
  };
}

/** `strict` is not among the known fields: no schema is enforced yet, so it is reported. */
function decodeTools({ tools }: ChatRequest, dropped: DroppedFields): Tool[] {
  const seen = new Set<string>();
  return (tools ?? []).map((entry, index) => {
    const { function: tool } = entry;
    if (seen.has(tool.name)) {
      const param = `tools[${index}].function.name`;
      throw invalidRequest(`${param}: two tools have this name; give each its own.`, param);
    }
    seen.add(tool.name);
    dropped.addUnknown(entry, ['type', 'function'], 'tools');
    dropped.addUnknown(tool, ['name', 'description', 'parameters'], 'tools.function');
    return {
      name: tool.name,
      description: tool.description ?? undefined,
      inputSchema: tool.parameters ?? { type: 'object', properties: {} },
    };
  });
}

function decodeToolChoice(choice: ChatRequest['tool_choice'], tools: readonly Tool[]): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'auto' || choice === 'none') return { type: choice };
  if (typeof choice === 'object' && !('function' in choice)) return { type: 'auto' };
  if (tools.length === 0)
    throw invalidRequest('tool_choice: there are no tools to choose from; send tools.', 'tool_choice');
  if (choice === 'required') return { type: 'required' };
  const { name } = choice.function;
  if (tools.some((tool) => tool.name === name)) return { type: 'tool', name };
  const param = 'tool_choice.function.name';
  throw invalidRequest(`${param}: is not among the tools; name one of them.`, param);
}
