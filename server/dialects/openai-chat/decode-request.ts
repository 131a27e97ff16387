import { ChatRequest, PlainChatRequest } from '../../../shared/openai/chat.ts';
import { invalidRequest } from '../../errors.ts';
import type { ModelRequest } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { decodeContent, inSystem, textPart } from '../decode-content.ts';
import { decodeToolChoice } from '../decode-tool-choice.ts';
import { type AnswerForms, decodeTools } from '../decode-tools.ts';
import { DroppedFields } from '../dropped-fields.ts';
import { checkFields } from '../field-treatments.ts';
import type { JsonObject } from '../json-object.ts';
import type { decodeItems } from '../openai-responses/decode-items.ts';
import type { Reading } from '../reading.ts';
import { decodeReasoningRequest } from '../reasoning-request.ts';
import { CallHistory } from './call-history.ts';
import { addMessage, type Conversation, decodeMessage, markEnd } from './decode-messages.ts';
import { decodeSettings, openaiReading } from './decode-settings.ts';
import { treatments } from './fields.ts';

export interface DecodedChatRequest {
  readonly request: ModelRequest;
  /** The caller asked for a last chunk with the usage. */
  readonly includeUsage: boolean;
  /** How the answer's calls are written. */
  readonly forms: AnswerForms;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/**
 * OpenAI's chat request as the waist has it.
 * @param readItems reads the `input` of Responses, for a body that has one in the place of `messages`
 * @throws GatewayError 400 naming the field
 */
export function decodeChatRequest(body: JsonObject, readItems?: typeof decodeItems): DecodedChatRequest {
  const dropped = new DroppedFields();
  checkFields(body, treatments, dropped);
  const chat: ChatRequest = parseInput(isPlain(body) ? PlainChatRequest : ChatRequest, body);
  const reading = openaiReading(chat, dropped);
  const { tools, customTools, isLegacy } = decodeTools(chat, reading);
  const { system, messages } = decodeConversation(chat, reading, readItems);
  const chosen = isLegacy
    ? decodeToolChoice(chat.function_call, 'function_call', tools, reading)
    : decodeToolChoice(chat.tool_choice, 'tool_choice', tools, reading);
  dropped.addUnknown(chat.stream_options ?? {}, ['include_usage'], 'stream_options');
  return {
    request: {
      model: chat.model,
      system,
      messages,
      tools,
      toolChoice: chosen.choice,
      // The old form has room for one call.
      parallelToolCalls: isLegacy ? false : (chosen.parallel ?? chat.parallel_tool_calls ?? undefined),
      maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? chat.max_output_tokens ?? undefined,
      reasoning: decodeReasoningRequest(chat, reading),
      ...decodeSettings(chat, reading),
    },
    includeUsage: chat.stream_options?.include_usage ?? false,
    forms: { customTools, isLegacy },
    dropped: dropped.list(),
  };
}

function isPlain(body: JsonObject): boolean {
  for (const name in body) if (!Object.hasOwn(PlainChatRequest.shape, name)) return false;
  return true;
}

/** `messages`, or the `input` of Responses; before them the system texts that other APIs have beside the messages. */
function decodeConversation(chat: ChatRequest, reading: Reading, readItems?: typeof decodeItems): Conversation {
  const conversation: Conversation = { system: [], messages: [] };
  const history = new CallHistory();
  if (chat.instructions) conversation.system.push(textPart(chat.instructions));
  for (const part of chat.system ? decodeContent(chat.system, 'system', inSystem, reading) : []) {
    conversation.system.push(part);
  }
  if (chat.messages) {
    for (const [index, message] of chat.messages.entries()) {
      addMessage(conversation, decodeMessage(message, `messages[${index}]`, reading, history));
    }
    if (chat.input !== undefined && chat.input !== null) reading.dropped.add('input');
  } else if (chat.input !== undefined && chat.input !== null && readItems) {
    for (const message of readItems(chat.input, reading, history)) addMessage(conversation, message);
  } else {
    throw invalidRequest('messages: is missing; send at least one message.', 'messages');
  }
  return markEnd(conversation, chat, reading);
}
