import { type ChatMessage, ChatRequest } from '../../../shared/openai/chat.ts';
import { type GatewayError, invalidRequest } from '../../errors.ts';
import type { AssistantMessage, Message, ModelRequest, TextPart, Tool, ToolChoice } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { checkFields } from './fields.ts';

export interface DecodedChatRequest {
  readonly request: ModelRequest;
  /** The caller asked for a last chunk with the usage. */
  readonly includeUsage: boolean;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/** OpenAI's chat request as the waist has it. @throws GatewayError 400 naming the field. */
export function decodeChatRequest(body: Readonly<Record<string, unknown>>): DecodedChatRequest {
  const dropped = new Set(checkFields(body));
  const chat = parseInput(ChatRequest, body);
  const tools = decodeTools(chat, dropped);
  const [system, messages] = decodeMessages(chat.messages, dropped);
  const stop = typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []);
  for (const [name, value] of Object.entries(chat.stream_options ?? {})) {
    if (name !== 'include_usage' && value !== false && value !== null) dropped.add(`stream_options.${name}`);
  }
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
    dropped: [...dropped],
  };
}

function decodeTools({ tools }: ChatRequest, dropped: Set<string>): Tool[] {
  const seen = new Set<string>();
  return (tools ?? []).map(({ function: tool }, index) => {
    if (seen.has(tool.name)) {
      const param = `tools[${index}].function.name`;
      throw invalidRequest(`${param}: two tools have this name; give each its own.`, param);
    }
    seen.add(tool.name);
    if (tool.strict) dropped.add('tools.function.strict');
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
  throw invalidRequest('tool_choice: names a tool that is not among the tools.', 'tool_choice.function.name');
}

/** The leading system texts, and everything after them. */
function decodeMessages(chat: readonly ChatMessage[], dropped: Set<string>): [TextPart[], Message[]] {
  const system: TextPart[] = [];
  const messages: Message[] = [];
  for (const [index, message] of chat.entries()) {
    const path = `messages[${index}]`;
    if (message.name !== undefined && message.name !== null) dropped.add('messages.name');
    const decoded = decodeMessage(message, path);
    if (decoded.role === 'system' && messages.length === 0) system.push(...decoded.content);
    else messages.push(decoded);
  }
  return [system, messages];
}

function decodeMessage(message: ChatMessage, path: string): Message {
  const { role } = message;
  if (role === 'assistant') return decodeAssistant(message, path);
  if (message.content === undefined || message.content === null) {
    throw invalidRequest(`${path}.content: is missing; send a text.`, `${path}.content`);
  }
  const content = decodeContent(message.content, `${path}.content`);
  if (role === 'system' || role === 'developer') return { role: 'system', content };
  if (role === 'user') return { role: 'user', content };
  const toolCallId = message.tool_call_id;
  if (!toolCallId) {
    const param = `${path}.tool_call_id`;
    throw invalidRequest(`${param}: is missing; name the tool call this message answers.`, param);
  }
  return { role: 'user', content: [{ type: 'tool-result', toolCallId, content, isError: false }] };
}

function decodeAssistant(message: ChatMessage, path: string): AssistantMessage {
  for (const field of ['function_call', 'audio']) {
    const value = message[field];
    if (value !== undefined && value !== null) {
      throw invalidRequest(`${path}.${field}: is not taken back; leave it out.`, `${path}.${field}`);
    }
  }
  const content = message.content ? decodeContent(message.content, `${path}.content`) : [];
  const refusal = message['refusal'];
  const texts = typeof refusal === 'string' ? [...content, textPart(refusal)] : content;
  const calls = (message.tool_calls ?? []).map((call, index) => {
    const param = `${path}.tool_calls[${index}].function.arguments`;
    return {
      type: 'tool-call' as const,
      id: call.id,
      name: call.function.name,
      input: decodeArguments(call.function.arguments, param),
    };
  });
  return { role: 'assistant', content: [...texts, ...calls] };
}

/** Arguments as models write them: nothing at all means none, and so does a bare value. */
function decodeArguments(text: string, param: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : {};
  } catch {
    throw invalidRequest(`${param}: is not JSON; send the arguments as the model wrote them.`, param);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeContent(content: NonNullable<ChatMessage['content']>, path: string): TextPart[] {
  if (typeof content === 'string') return [textPart(content)];
  return content.map((part, index) => decodePart(part, `${path}[${index}]`));
}

function decodePart(part: { readonly type: string; readonly [field: string]: unknown }, path: string): TextPart {
  const { type } = part;
  const text =
    type === 'text' || type === 'input_text' ? part['text'] : type === 'refusal' ? part['refusal'] : undefined;
  if (typeof text === 'string') return textPart(text);
  if (type === 'text') throw invalidRequest(`${path}.text: is missing; send a text.`, `${path}.text`);
  throw unsupportedPart(type, path);
}

function unsupportedPart(type: string, path: string): GatewayError {
  const known = ['image_url', 'input_audio', 'file'].includes(type);
  const fault = known ? `${type} parts are not available yet; send text` : 'is not a kind of content; send "text"';
  return invalidRequest(`${path}.type: ${fault}.`, `${path}.type`, 'unsupported_content');
}

function textPart(text: string): TextPart {
  return { type: 'text', text };
}
