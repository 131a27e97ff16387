import type { ChatMessage } from '../../../shared/openai/chat.ts';
import type { ToolCallPart } from '../../model/request.ts';
import { toCustomInput } from '../custom-tools.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { cacheAfterOf, optionalText, type Reading, requireName, wrong } from '../reading.ts';
import type { CallHistory } from './call-history.ts';
import { readArguments } from './tool-arguments.ts';

const path = 'messages.tool_calls';

/** Calls of an earlier turn, of functions and of custom tools. @throws GatewayError 400 naming the member */
export function decodeToolCalls(
  calls: NonNullable<ChatMessage['tool_calls']>,
  at: string,
  reading: Reading,
  history: CallHistory,
): ToolCallPart[] {
  return calls.flatMap((call, index): ToolCallPart[] => {
    const where = `${at}[${index}]`;
    const { id, function: called, custom } = call;
    // Accumulated streams leave an `index` in their calls; the order says the same.
    reading.dropped.addUnknown(call, ['id', 'type', 'function', 'custom', 'index', 'cache_control'], path);
    const mark = cacheAfterOf(call, where, reading);
    if (custom) {
      reading.dropped.addUnknown(custom, ['name', 'input'], `${path}.custom`);
      return [{ type: 'tool-call', id, name: custom.name, input: toCustomInput(custom.input), ...mark }];
    }
    if (!called) throw wrong(`${where}.function`, 'is missing; send the name and arguments of the call');
    reading.dropped.addUnknown(called, ['name', 'arguments'], `${path}.function`);
    const inputs = readArguments(called.arguments ?? undefined, `${where}.function.arguments`, reading);
    const ids = history.split(id, inputs.length);
    return inputs.map((input, each) => ({ type: 'tool-call', id: ids[each] ?? id, name: called.name, input, ...mark }));
  });
}

/** A call in the form before tools. @throws GatewayError 400 naming the member */
export function decodeFunctionCall(
  call: JsonObject,
  at: string,
  reading: Reading,
  history: CallHistory,
): ToolCallPart[] {
  reading.dropped.addUnknown(call, ['name', 'arguments'], 'messages.function_call');
  const name = requireName(call, 'name', at);
  const { arguments: args } = call;
  const json = isObject(args) ? args : optionalText(call, 'arguments', at);
  // It is one call by its nature: of several objects the first was carried out.
  const [input = {}] = readArguments(json, `${at}.arguments`, reading);
  return [{ type: 'tool-call', id: history.startFunctionCall(name), name, input }];
}
