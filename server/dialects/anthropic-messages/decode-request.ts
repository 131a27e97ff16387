import { createHash } from 'node:crypto';
import { type MessageParam, MessagesRequest } from '../../../shared/anthropic/messages.ts';
import type { CacheTtl, Message, ModelRequest, OutputFormat, TextPart, Tool } from '../../model/request.ts';
import { parseInput } from '../../request-input.ts';
import { decodeContent, inAssistant, inSystem, inUser, markLast } from '../decode-content.ts';
import { decodeToolChoice } from '../decode-tool-choice.ts';
import { decodeToolEntries } from '../decode-tools.ts';
import { DroppedFields } from '../dropped-fields.ts';
import { checkFields } from '../field-treatments.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { cacheAfterOf, optionalText, type Reading, wrong } from '../reading.ts';
import { decodeReasoningRequest } from '../reasoning-request.ts';
import { claudeBlocks } from './blocks.ts';
import { addedTools, betasOf, claudeFieldsOf, type SplitTools, splitTools } from './claude-fields.ts';
import { messagesTreatments } from './fields.ts';
import { decodeThinking } from './thinking.ts';

export interface DecodedMessagesRequest {
  readonly request: ModelRequest;
  /** The caller wants no text of the model's thoughts, only what carries them on. */
  readonly omitsThinking: boolean;
  /** Fields that are not kept, by name. */
  readonly dropped: readonly string[];
}

/**
 * Anthropic's request as the waist has it.
 * @param betaHeaders every value of `anthropic-beta`
 * @throws GatewayError 400 naming the field
 */
export function decodeMessagesRequest(body: JsonObject, betaHeaders: readonly string[] = []): DecodedMessagesRequest {
  const dropped = new DroppedFields();
  checkFields(body, messagesTreatments, dropped);
  const asked = parseInput(MessagesRequest, body);
  const reading: Reading = { dropped, breakpointTtl: '5m', blocks: claudeBlocks };
  const betas = betasOf(betaHeaders, body);
  const { tools, claude: ofTools } = decodeTools(asked, reading);
  const claude = claudeFieldsOf(body, betas, ofTools);
  const { system, messages } = decodeConversation(asked, reading);
  const { choice, parallel } = decodeToolChoice(asked.tool_choice, 'tool_choice', choosable(tools, ofTools), reading);
  const { thinking, omitsThinking } = decodeThinking(asked, reading);
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
      stopSequences: decodeStopSequences(asked, reading),
      // Only Anthropic's own words: what OpenAI's are called here is unknown, and reported.
      reasoning: decodeReasoningRequest({ thinking, output_config: asked.output_config }, reading),
      outputFormat: decodeOutputFormat(asked),
      verbosity: undefined,
      serviceTier: asked.service_tier === 'standard_only' ? 'default' : undefined,
      latency: undefined,
      metadata: decodeMetadata(asked, reading),
      guardrail: undefined,
      cache: 'auto',
      cacheKey: undefined,
      additionalFields: {},
      ...(claude && { claude }),
      stream: asked.stream ?? false,
    },
    omitsThinking,
    dropped: dropped.list(),
  };
}

const noTools = { tools: [], claude: { tools: [], toolFields: {} } };

/** Those of `tools`, and those that are added later: every model is told of all of them from the start. */
function decodeTools(
  { tools, messages }: MessagesRequest,
  reading: Reading,
): { readonly tools: readonly Tool[]; readonly claude: SplitTools['claude'] } {
  const listed = (tools ?? []).map((entry, index) => ({ entry, at: `tools[${index}]` }));
  const names = new Set(listed.map(({ entry }) => entry.name));
  const added = addedTools(messages).filter(({ entry: { name } }) => typeof name !== 'string' || !names.has(name));
  if (listed.length + added.length === 0) return noTools;
  const split = splitTools([...listed, ...added], reading);
  return { tools: decodeToolEntries(split.tools, reading).tools, claude: split.claude };
}

/** Whatever may be named in `tool_choice`. */
function choosable(tools: readonly Tool[], { tools: claudeTools }: SplitTools['claude']): readonly { name: string }[] {
  if (claudeTools.length === 0) return tools;
  return [...tools, ...claudeTools.map(({ name }) => ({ name: typeof name === 'string' ? name : '' }))];
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
    if (decoded.role !== 'system') messages.push(decoded);
    else if (messages.length === 0) for (const part of decoded.content) system.push(part);
    // One that only adds or removes tools says nothing.
    else if (decoded.content.length > 0) messages.push(decoded);
  }
  return { system, messages };
}

function decodeMessage(message: MessageParam, path: string, mark: CacheTtl | undefined, reading: Reading): Message {
  const { role } = message;
  const content = message.content ?? (role === 'system' ? [] : undefined);
  const at = `${path}.content`;
  if (content === undefined) throw wrong(at, 'is missing; send a text or a list of content blocks');
  reading.dropped.addUnknown(message, ['role', 'content'], 'messages');
  if (role === 'system') return { role, content: markLast(decodeContent(content, at, inSystem, reading), mark) };
  if (role === 'user') return { role, content: markLast(decodeContent(content, at, inUser, reading), mark) };
  return { role, content: markLast(decodeContent(content, at, inAssistant, reading), mark) };
}

/** `output_format` is what the field was called in its beta. */
/** An empty one would stop every answer before it began; AWS refuses it. */
function decodeStopSequences({ stop_sequences: asked }: MessagesRequest, { dropped }: Reading): readonly string[] {
  const sequences = (asked ?? []).filter((sequence) => sequence !== '');
  if (sequences.length < (asked?.length ?? 0)) dropped.add('stop_sequences');
  return sequences;
}

function decodeOutputFormat({
  output_config: output,
  output_format: older,
}: MessagesRequest): OutputFormat | undefined {
  const format = output?.format ?? older ?? undefined;
  if (!format) return undefined;
  const path = output?.format ? 'output_config.format' : 'output_format';
  if (format.type !== 'json_schema') throw wrong(`${path}.type`, 'is "json_schema"');
  if (!isObject(format.schema)) throw wrong(`${path}.schema`, 'is missing; send a JSON Schema');
  const name = optionalText(format, 'name', path) || 'answer';
  return { type: 'json-schema', name, description: undefined, schema: format.schema };
}

/** Who the caller's user is travels as a hash: clients put addresses and account ids there. */
function decodeMetadata({ metadata }: MessagesRequest, reading: Reading): Readonly<Record<string, string>> {
  if (!metadata) return {};
  reading.dropped.addUnknown(metadata, ['user_id'], 'metadata');
  if (!metadata.user_id) return {};
  return { user: createHash('sha256').update(metadata.user_id).digest('hex').slice(0, 32) };
}
