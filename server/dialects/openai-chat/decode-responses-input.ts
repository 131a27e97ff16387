import type { ChatMessage } from '../../../shared/openai/chat.ts';
import type { Message } from '../../model/request.ts';
import { toCustomInput } from '../custom-tools.ts';
import { decodeContent, inToolResult, textPart } from '../decode-content.ts';
import type { JsonObject } from '../json-object.ts';
import { type Reading, requireName, requireText, wrong } from '../reading.ts';
import type { CallHistory } from './call-history.ts';
import { decodeMessage } from './decode-messages.ts';
import { readArguments } from './tool-arguments.ts';

const roles = ['system', 'developer', 'user', 'assistant'] as const;

/**
 * `input` of OpenAI's Responses, which Cursor sends to this route for some models: a text or a list of items.
 * @throws GatewayError 400 naming the member
 */
export function* decodeResponsesInput(
  input: string | readonly JsonObject[],
  reading: Reading,
  history: CallHistory,
): Generator<Message> {
  if (typeof input === 'string') {
    yield { role: 'user', content: [textPart(input)] };
    return;
  }
  for (const [index, item] of input.entries()) {
    const message = decodeItem(item, `input[${index}]`, reading, history);
    if (message) yield message;
  }
}

function decodeItem(item: JsonObject, path: string, reading: Reading, history: CallHistory): Message | undefined {
  const type = item['type'] ?? 'message';
  switch (type) {
    case 'message':
      return decodeMessageItem(item, path, reading, history);
    case 'function_call': {
      const inputs = readArguments(requireText(item, 'arguments', path), `${path}.arguments`, reading);
      const name = requireName(item, 'name', path);
      const ids = history.split(requireName(item, 'call_id', path), inputs.length);
      const content = inputs.map((input, each) => ({ type: 'tool-call', id: ids[each] ?? '', name, input }) as const);
      return { role: 'assistant', content };
    }
    case 'custom_tool_call': {
      const input = toCustomInput(requireText(item, 'input', path));
      const id = requireName(item, 'call_id', path);
      return { role: 'assistant', content: [{ type: 'tool-call', id, name: requireName(item, 'name', path), input }] };
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return decodeOutput(item, path, reading, history);
    case 'item_reference':
      throw wrong(`${path}.type`, 'items are not kept here; send the item itself');
    default:
      if (typeof type !== 'string') throw wrong(`${path}.type`, 'is a word');
      reading.dropped.add(`input.${type}`.slice(0, 64));
      return undefined;
  }
}

function decodeMessageItem(item: JsonObject, path: string, reading: Reading, history: CallHistory): Message {
  const role = roles.find((each) => each === item['role']);
  if (!role) throw wrong(`${path}.role`, 'is system, developer, user or assistant');
  const { content } = item;
  if (typeof content !== 'string' && !Array.isArray(content)) {
    throw wrong(`${path}.content`, 'is a text or a list of content parts');
  }
  reading.dropped.addUnknown(item, ['type', 'role', 'content', 'id', 'status', 'cache_control'], 'input');
  const message: ChatMessage = { role, content, cache_control: item['cache_control'] };
  return decodeMessage(message, path, reading, history);
}

function decodeOutput(item: JsonObject, path: string, reading: Reading, history: CallHistory): Message {
  const { output } = item;
  if (typeof output !== 'string' && !Array.isArray(output)) {
    throw wrong(`${path}.output`, 'is a text or a list of content parts');
  }
  const content = decodeContent(output, `${path}.output`, inToolResult, reading);
  const toolCallId = requireName(item, 'call_id', path);
  return {
    role: 'user',
    content: history.complete([{ type: 'tool-result', toolCallId, content, isError: false }]),
  };
}
