import { createHash } from 'node:crypto';
import { type MessageParam, MessagesRequest } from '../../../shared/anthropic/messages.ts';
import type { CacheTtl, Message, ModelRequest, OutputFormat, TextPart } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { decodeContent, inAssistant, inSystem, inUser, markLast } from '../decode-content.ts';
import { decodeToolChoice } from '../decode-tool-choice.ts';
import { decodeTools } from '../decode-tools.ts';
import { DroppedFields } from '../dropped-fields.ts';
import { checkFields } from '../field-treatments.ts';
import type { JsonObject } from '../json-object.ts';
import { cacheAfterOf, optionalText, type Reading, wrong } from '../reading.ts';
import { decodeReasoningRequest } from '../reasoning-request.ts';
import { messagesTreatments } from './fields.ts';

export interface DecodedMessagesRequest {
  readonly request: ModelRequest;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/** Anthropic's request as the waist has it. @throws GatewayError 400 naming the field. */
export function decodeMessagesRequest(body: JsonObject): DecodedMessagesRequest {
  const dropped = new DroppedFields();
  checkFields(body, messagesTreatments, dropped);
  const asked = parseInput(MessagesRequest, body);
  const reading: Reading = { dropped, breakpointTtl: '5m' };
  const { tools } = decodeTools(asked, reading);
  const { system, messages } = decodeConversation(asked, reading);
  const { choice, parallel } = decodeToolChoice(asked.tool_choice, 'tool_choice', tools, reading);
  return {
    request: {
      model: asked.model,
      system,
      messages,
      tools,
      toolChoice: choice,
      parallelToolCalls: parallel,
      maxOutputTokens: asked.max_tokens,
      temperature: asked.temperature ?? undefined,
      topP: asked.top_p ?? undefined,
      topK: asked.top_k ?? undefined,
      stopSequences: (asked.stop_sequences ?? []).filter((sequence) => sequence !== ''),
      // Only Anthropic's own words: what OpenAI's are called here is unknown, and reported.
      reasoning: decodeReasoningRequest({ thinking: asked.thinking, output_config: asked.output_config }, reading),
      outputFormat: decodeOutputFormat(asked),
      verbosity: undefined,
      serviceTier: asked.service_tier === 'standard_only' ? 'default' : undefined,
      latency: undefined,
      metadata: decodeMetadata(asked, reading),
      guardrail: undefined,
      cache: 'auto',
      cacheKey: undefined,
      additionalFields: {},
      stream: asked.stream ?? false,
    },
    dropped: dropped.list(),
  };
}

function decodeConversation(
  { system: rules, messages: told, ...asked }: MessagesRequest,
  reading: Reading,
): { readonly system: readonly TextPart[]; readonly messages: readonly Message[] } {
  const system: TextPart[] = rules ? decodeContent(rules, 'system', inSystem, reading) : [];
  const { cacheAfter } = cacheAfterOf(asked, '', reading);
  const messages: Message[] = [];
  for (const [index, message] of told.entries()) {
    // The request's own `cache_control` stands for one on its last block.
    const mark = index === told.length - 1 ? cacheAfter : undefined;
    const decoded = decodeMessage(message, `messages[${index}]`, mark, reading);
    if (decoded.role === 'system' && messages.length === 0) for (const part of decoded.content) system.push(part);
    else messages.push(decoded);
  }
  return { system, messages };
}

function decodeMessage(message: MessageParam, path: string, mark: CacheTtl | undefined, reading: Reading): Message {
  const { role, content } = message;
  const at = `${path}.content`;
  reading.dropped.addUnknown(message, ['role', 'content'], 'messages');
  if (role === 'system') return { role, content: markLast(decodeContent(content, at, inSystem, reading), mark) };
  if (role === 'user') return { role, content: markLast(decodeContent(content, at, inUser, reading), mark) };
  return { role, content: markLast(decodeContent(content, at, inAssistant, reading), mark) };
}

function decodeOutputFormat({ output_config: output }: MessagesRequest): OutputFormat | undefined {
  const format = output?.format;
  if (!format) return undefined;
  if (format.type !== 'json_schema') throw wrong('output_config.format.type', 'is "json_schema"');
  if (!format.schema) throw wrong('output_config.format.schema', 'is missing; send a JSON Schema');
  const name = optionalText(format, 'name', 'output_config.format') || 'answer';
  return { type: 'json-schema', name, description: undefined, schema: format.schema };
}

/** Who the caller's user is travels as a hash: clients put addresses and account ids there. */
function decodeMetadata({ metadata }: MessagesRequest, reading: Reading): Readonly<Record<string, string>> {
  if (!metadata) return {};
  reading.dropped.addUnknown(metadata, ['user_id'], 'metadata');
  if (!metadata.user_id) return {};
  return { user: createHash('sha256').update(metadata.user_id).digest('hex').slice(0, 32) };
}
