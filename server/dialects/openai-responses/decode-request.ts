import { ResponsesRequest } from '../../../shared/openai/responses.ts';
import type { ModelRequest, ReasoningRequest } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { textPart } from '../decode-content.ts';
import { decodeToolChoice } from '../decode-tool-choice.ts';
import { decodeToolEntries } from '../decode-tools.ts';
import { DroppedFields } from '../dropped-fields.ts';
import { checkFields } from '../field-treatments.ts';
import type { JsonObject } from '../json-object.ts';
import { CallHistory } from '../openai-chat/call-history.ts';
import { addMessage, type Conversation, markEnd } from '../openai-chat/decode-messages.ts';
import { decodeSettings, openaiReading } from '../openai-chat/decode-settings.ts';
import { type Reading, wrong } from '../reading.ts';
import { decodeReasoningRequest } from '../reasoning-request.ts';
import { decodeItems, type Unseal } from './decode-items.ts';
import { responsesTreatments } from './fields.ts';
import { type NamespacedTool, offeredTools, ownChoice } from './offered-tools.ts';

export interface DecodedResponsesRequest {
  readonly request: ModelRequest;
  /** Names of the tools whose calls are answered as `custom_tool_call`. */
  readonly customTools: ReadonlySet<string>;
  /** Names of the tools whose calls are answered in a shape of OpenAI's (`shell_call` …). */
  readonly clientTools: ReadonlySet<string>;
  /** Tools whose calls are answered with a `namespace`, by the name the model calls them. */
  readonly namespaces: ReadonlyMap<string, NamespacedTool>;
  /** The caller asked for `reasoning.encrypted_content`. */
  readonly includeEncrypted: boolean;
  /** Whether OpenAI would keep the answer: true unless the caller says otherwise. */
  readonly store: boolean;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/** Fields of chat completions that mean nothing here; where a caller sends them they are reported, and have no effect. */
const ofChat = { stop: undefined, response_format: undefined, verbosity: undefined };

const encryptedContent = 'reasoning.encrypted_content';

/**
 * OpenAI's Responses request as the waist has it.
 * @param priorItems how many items of `input` come from the response before
 * @throws GatewayError 400 naming the field
 */
export function decodeResponsesRequest(body: JsonObject, unseal: Unseal, priorItems = 0): DecodedResponsesRequest {
  const dropped = new DroppedFields();
  checkFields(body, responsesTreatments, dropped);
  const asked = parseInput(ResponsesRequest, body);
  const reading = openaiReading(asked, dropped);
  const offered = offeredTools(asked.tools ?? [], asked.input, reading);
  const { tools, customTools } = decodeToolEntries(offered.entries, reading);
  const { system, messages } = decodeConversation(asked, unseal, reading, priorItems);
  const chosen = ownChoice(asked.tool_choice, offered, reading);
  const { choice, parallel } = decodeToolChoice(chosen, 'tool_choice', tools, reading);
  dropped.addUnknown(asked.stream_options ?? {}, [], 'stream_options');
  return {
    request: {
      model: asked.model,
      system,
      messages,
      tools,
      toolChoice: choice,
      parallelToolCalls: parallel ?? asked.parallel_tool_calls ?? undefined,
      maxOutputTokens: asked.max_output_tokens ?? undefined,
      reasoning: decodeReasoning(asked, reading),
      ...decodeSettings({ ...asked, ...ofChat }, reading),
    },
    customTools,
    clientTools: offered.clientTools,
    namespaces: offered.namespaces,
    includeEncrypted: decodeInclude(asked, reading),
    store: asked.store ?? true,
    dropped: dropped.list(),
  };
}

function decodeConversation(
  asked: ResponsesRequest,
  unseal: Unseal,
  reading: Reading,
  priorItems: number,
): Conversation {
  const { instructions, input } = asked;
  const conversation: Conversation = { system: instructions ? [textPart(instructions)] : [], messages: [] };
  for (const message of decodeItems(input, reading, new CallHistory(), unseal, priorItems)) {
    addMessage(conversation, message);
  }
  if (conversation.system.length > 0 || conversation.messages.length > 0) return markEnd(conversation, asked, reading);
  throw wrong('input', 'has nothing a model here can read; send at least one message');
}

/** What a model thinks is always told as it is, so that `auto` asks for nothing more; what else is asked of it is reported. */
function decodeReasoning(asked: ResponsesRequest, reading: Reading): ReasoningRequest | undefined {
  const { reasoning, thinking, output_config } = asked;
  const kept = Object.entries(reasoning ?? {}).filter(
    ([name, value]) => !Object.hasOwn(doneAnyway, name) || value !== doneAnyway[name],
  );
  return decodeReasoningRequest({ reasoning: Object.fromEntries(kept), thinking, output_config }, reading);
}

const doneAnyway: JsonObject = { summary: 'auto', generate_summary: 'auto', context: 'auto', mode: 'standard' };

function decodeInclude({ include }: ResponsesRequest, { dropped }: Reading): boolean {
  for (const name of include ?? []) if (name !== encryptedContent) dropped.add(`include.${name.slice(0, 64)}`);
  return include?.includes(encryptedContent) ?? false;
}
