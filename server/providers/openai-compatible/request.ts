import type { Message, ModelRequest, TextPart, ToolChoice } from '../../model/request.ts';

/**
 * The body of OpenAI's chat completions. The upstream always streams and always counts: what it cannot take it refuses
 * itself, so nothing is left out here.
 */
export function encodeChatBody(request: ModelRequest, model: string, maxOutputTokens: number): object {
  const { system, tools, toolChoice, temperature, topP, stopSequences } = request;
  return {
    model,
    messages: [
      ...system.map(({ text }) => ({ role: 'system', content: text })),
      ...request.messages.flatMap(encodeMessage),
    ],
    max_tokens: maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stopSequences.length > 0 && { stop: stopSequences }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => {
        const described = description === undefined ? {} : { description };
        return { type: 'function', function: { name, ...described, parameters: inputSchema } };
      }),
    }),
    ...(toolChoice && { tool_choice: encodeToolChoice(toolChoice) }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function encodeToolChoice(choice: ToolChoice): string | object {
  return choice.type === 'tool' ? { type: 'function', function: { name: choice.name } } : choice.type;
}

const joined = (parts: readonly TextPart[]) => parts.map(({ text }) => text).join('');

/** One message of the waist can be several of OpenAI's: each tool result is one of its own. */
function encodeMessage(message: Message): object[] {
  if (message.role === 'system') return [{ role: 'system', content: joined(message.content) }];
  const texts = message.content.filter((part) => part.type === 'text');
  if (message.role === 'user') {
    const results = message.content.filter((part) => part.type === 'tool-result');
    const told = results.map((part) => ({
      role: 'tool',
      tool_call_id: part.toolCallId,
      content: joined(part.content),
    }));
    return texts.length === 0 ? told : [...told, { role: 'user', content: joined(texts) }];
  }
  const calls = message.content.filter((part) => part.type === 'tool-call');
  const toolCalls = calls.map(({ id, name, input }) => {
    return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
  });
  const content = texts.length === 0 ? null : joined(texts);
  return [{ role: 'assistant', content, ...(toolCalls.length > 0 && { tool_calls: toolCalls }) }];
}
