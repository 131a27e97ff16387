import type { ToolCallPart, ToolResultPart } from '../../model/request.ts';
import { toCustomInput } from '../custom-tools.ts';
import { decodeContent, inToolResult, textPart } from '../decode-content.ts';
import type { JsonObject } from '../json-object.ts';
import type { CallHistory } from '../openai-chat/call-history.ts';
import { readArguments } from '../openai-chat/tool-arguments.ts';
import { optionalText, type Reading, requireName, requireObject, requireText, wrong } from '../reading.ts';
import { namespacedName } from './offered-tools.ts';

/** Where an item stands that comes from a stored response, for its caller did not send it. */
export const priorPath = 'previous_response_id';

/** What every call and output has; all but the id of the call says nothing a model needs. */
const common = ['type', 'id', 'call_id', 'status', 'caller', 'created_by'];

/** Tools of OpenAI's that the caller runs itself: the name a model is told, and the member that is their input. */
const ownCalls: Readonly<Record<string, readonly [name: string, member: string]>> = {
  local_shell_call: ['local_shell', 'action'],
  shell_call: ['shell', 'action'],
  apply_patch_call: ['apply_patch', 'operation'],
};

/** A call of an earlier turn; undefined: the item is none. @throws GatewayError 400 naming the member */
export function decodeCallItem(
  type: string,
  item: JsonObject,
  path: string,
  reading: Reading,
  history: CallHistory,
): ToolCallPart[] | undefined {
  switch (type) {
    case 'function_call': {
      reading.dropped.addUnknown(item, [...common, 'namespace', 'name', 'arguments'], 'input');
      const inputs = argumentsOf(requireText(item, 'arguments', path), path, reading);
      const name = nameOf(item, path);
      const ids = history.split(requireName(item, 'call_id', path), inputs.length);
      return inputs.map((input, each) => ({ type: 'tool-call', id: ids[each] ?? '', name, input }));
    }
    case 'custom_tool_call': {
      reading.dropped.addUnknown(item, [...common, 'namespace', 'name', 'input'], 'input');
      const input = toCustomInput(requireText(item, 'input', path));
      return [{ type: 'tool-call', id: requireName(item, 'call_id', path), name: nameOf(item, path), input }];
    }
    default: {
      const own = Object.hasOwn(ownCalls, type) ? ownCalls[type] : undefined;
      if (!own) return undefined;
      const [name, member] = own;
      // Where the caller's shell ran is its own matter.
      reading.dropped.addUnknown(item, [...common, member, 'environment'], 'input');
      const input = requireObject(item, member, path);
      return [{ type: 'tool-call', id: requireName(item, 'call_id', path), name, input }];
    }
  }
}

function nameOf(item: JsonObject, path: string): string {
  const name = requireName(item, 'name', path);
  const namespace = optionalText(item, 'namespace', path);
  return namespace ? namespacedName(namespace, name) : name;
}

/** The answer to such a call; undefined: the item is none. @throws GatewayError 400 naming the member */
export function decodeOutputItem(
  type: string,
  item: JsonObject,
  path: string,
  reading: Reading,
): ToolResultPart | undefined {
  const isFailed = item['status'] === 'failed';
  switch (type) {
    case 'function_call_output':
    case 'custom_tool_call_output': {
      reading.dropped.addUnknown(item, [...common, 'namespace', 'name', 'output'], 'input');
      const { output } = item;
      if (typeof output !== 'string' && !Array.isArray(output)) {
        throw wrong(`${path}.output`, 'is a text or a list of content parts');
      }
      const content = decodeContent(output, `${path}.output`, inToolResult, reading);
      return { type: 'tool-result', toolCallId: requireName(item, 'call_id', path), content, isError: false };
    }
    case 'local_shell_call_output': {
      reading.dropped.addUnknown(item, [...common, 'output'], 'input');
      // OpenAI's schema has only `id` here, "of the call"; its clients send `call_id`.
      const toolCallId = requireName(item, item['call_id'] == null ? 'id' : 'call_id', path);
      const content = [textPart(requireText(item, 'output', path))];
      return { type: 'tool-result', toolCallId, content, isError: isFailed };
    }
    case 'shell_call_output': {
      reading.dropped.addUnknown(item, [...common, 'output', 'max_output_length'], 'input');
      const { output } = item;
      if (!Array.isArray(output)) throw wrong(`${path}.output`, 'is a list of what the commands wrote');
      const content = [textPart(JSON.stringify(output))];
      return { type: 'tool-result', toolCallId: requireName(item, 'call_id', path), content, isError: isFailed };
    }
    case 'apply_patch_call_output': {
      reading.dropped.addUnknown(item, [...common, 'output'], 'input');
      const said = optionalText(item, 'output', path) || requireText(item, 'status', path);
      const toolCallId = requireName(item, 'call_id', path);
      return { type: 'tool-result', toolCallId, content: [textPart(said)], isError: isFailed };
    }
    default:
      return undefined;
  }
}

/** What the model itself wrote into a stored answer its caller cannot mend. */
function argumentsOf(text: string, path: string, reading: Reading): JsonObject[] {
  try {
    return readArguments(text, `${path}.arguments`, reading);
  } catch (error) {
    if (path !== priorPath) throw error;
    reading.dropped.add('input.function_call.arguments');
    return [{}];
  }
}
