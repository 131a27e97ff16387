import { createHash } from 'node:crypto';
import type { ChatRequest } from '../../../shared/openai/chat.ts';
import type { extensionFields } from '../../../shared/openai/request-fields.ts';
import type { Guardrail, ModelRequest, OutputFormat } from '../../model/request.ts';
import type { DroppedFields } from '../dropped-fields.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { optionalText, type Reading, requireName, requireObject, wrong } from '../reading.ts';

/** What OpenAI's two routes say in the same words. */
type SettingFields = Pick<
  ChatRequest,
  | 'temperature'
  | 'top_p'
  | 'stop'
  | 'stream'
  | 'service_tier'
  | 'metadata'
  | 'user'
  | 'safety_identifier'
  | 'prompt_cache_key'
  | 'prompt_cache_options'
  | keyof typeof extensionFields
> &
  FormatFields;

type Settings = Pick<
  ModelRequest,
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stopSequences'
  | 'outputFormat'
  | 'verbosity'
  | 'serviceTier'
  | 'latency'
  | 'metadata'
  | 'guardrail'
  | 'cache'
  | 'cacheKey'
  | 'additionalFields'
  | 'stream'
>;

/** What goes along while a request of OpenAI's is read. */
export function openaiReading({ prompt_cache_options: options }: SettingFields, dropped: DroppedFields): Reading {
  // Of OpenAI's lives of an entry the longer ones are nearer to an hour; the provider shortens what it cannot keep.
  return { dropped, breakpointTtl: (options?.ttl ?? '5m') === '5m' ? '5m' : '1h' };
}

/** All settings that OpenAI's two routes have in common, our extensions with them. @throws GatewayError 400 naming the field */
export function decodeSettings(asked: SettingFields, reading: Reading): Settings {
  const { prompt_cache_options: cacheOptions } = asked;
  if (cacheOptions) reading.dropped.addUnknown(cacheOptions, ['mode', 'ttl'], 'prompt_cache_options');
  return {
    temperature: asked.temperature ?? undefined,
    topP: asked.top_p ?? undefined,
    topK: asked.top_k ?? undefined,
    stopSequences: stopSequencesOf(asked.stop ?? asked.stop_sequences),
    outputFormat: decodeOutputFormat(asked, reading),
    verbosity: decodeVerbosity(asked, reading),
    serviceTier: decodeServiceTier(asked.service_tier, reading),
    latency: decodeLatency(asked, reading),
    metadata: decodeMetadata(asked, reading),
    guardrail: decodeGuardrail(asked, reading),
    cache: cacheOptions?.mode === 'explicit' ? 'explicit' : 'auto',
    cacheKey: asked.prompt_cache_key || undefined,
    additionalFields: asked.additionalModelRequestFields ?? asked.additional_model_request_fields ?? {},
    stream: asked.stream ?? false,
  };
}

/** Where the routes have what the answer should be like; read as the caller sent it. */
interface FormatFields {
  readonly response_format?: ChatRequest['response_format'];
  readonly verbosity?: ChatRequest['verbosity'];
  readonly text?: unknown;
  readonly output_config?: unknown;
}

/** The shape of the answer, from OpenAI's `response_format`, Responses' `text.format` or Anthropic's `output_config.format`. */
function decodeOutputFormat(chat: FormatFields, reading: Reading): OutputFormat | undefined {
  if (chat.response_format) return readFormat(chat.response_format, 'response_format', reading);
  for (const name of ['text', 'output_config'] as const) {
    const holder = chat[name];
    const format = isObject(holder) ? (holder['format'] ?? undefined) : undefined;
    if (isObject(format)) return readFormat(format, `${name}.format`, reading);
    if (format !== undefined) throw wrong(`${name}.format`, 'is an object');
  }
  return undefined;
}

function readFormat(format: JsonObject, at: string, reading: Reading): OutputFormat | undefined {
  switch (format['type']) {
    case 'text':
      return undefined;
    case 'json_object':
      reading.dropped.addUnknown(format, ['type'], at);
      return { type: 'json' };
    case 'json_schema':
      return readSchema(format, at, reading);
    default:
      throw wrong(`${at}.type`, 'is text, json_object or json_schema');
  }
}

/** Chat has the members nested, the other two flat, and Anthropic's has no name. `strict` says no more than the schema. */
function readSchema(format: JsonObject, at: string, reading: Reading): OutputFormat {
  const isNested = at === 'response_format' && format['schema'] === undefined;
  const source = isNested ? requireObject(format, 'json_schema', at) : format;
  const path = isNested ? `${at}.json_schema` : at;
  reading.dropped.addUnknown(source, ['type', 'name', 'description', 'schema', 'strict'], path);
  const schema = source['schema'] ?? undefined;
  if (schema !== undefined && !isObject(schema)) throw wrong(`${path}.schema`, 'is a JSON Schema, an object');
  const name = isNested ? requireName(source, 'name', path) : optionalText(source, 'name', path) || 'answer';
  const description = optionalText(source, 'description', path);
  // OpenAI lets the schema be left out, and means an object of whatever shape.
  return { type: 'json-schema', name, description, schema: schema ?? { type: 'object' } };
}

function decodeVerbosity(chat: FormatFields, reading: Reading): ModelRequest['verbosity'] {
  const holder = chat.text;
  if (!isObject(holder)) {
    if (holder !== undefined && holder !== null) throw wrong('text', 'is an object');
    return chat.verbosity ?? undefined;
  }
  reading.dropped.addUnknown(holder, ['format', 'verbosity'], 'text');
  const asked = chat.verbosity ?? holder['verbosity'] ?? undefined;
  if (asked === undefined || asked === 'low' || asked === 'medium' || asked === 'high') return asked;
  throw wrong('text.verbosity', 'is low, medium or high');
}

/** One text or several; those that are empty would stop every answer at its start. */
export function stopSequencesOf(asked: ChatRequest['stop']): string[] {
  return (typeof asked === 'string' ? [asked] : (asked ?? [])).filter((sequence) => sequence !== '');
}

const tiers: Readonly<Record<string, ModelRequest['serviceTier']>> = {
  auto: undefined,
  default: 'default',
  flex: 'flex',
  priority: 'priority',
  reserved: 'reserved',
  standard_only: 'default',
};

/** `auto` is whatever the provider takes by itself. A tier that is not sold here (`scale`, `fast`) is answered as default. */
function decodeServiceTier(tier: ChatRequest['service_tier'], reading: Reading): ModelRequest['serviceTier'] {
  if (tier === undefined || tier === null) return undefined;
  if (Object.hasOwn(tiers, tier)) return tiers[tier];
  reading.dropped.add('service_tier');
  return 'default';
}

const mostPairs = 16;

/**
 * The caller's pairs within OpenAI's limits, and who its user is: hashed, for it is often an address.
 * @throws GatewayError 400 naming the pair
 */
export function decodeMetadata(chat: SettingFields, reading: Reading): Readonly<Record<string, string>> {
  const { metadata, user, safety_identifier: identifier } = chat;
  const person = identifier || user;
  if (!metadata) return person ? { user: hashed(person) } : noMetadata;
  const pairs = Object.entries(metadata);
  if (pairs.length > mostPairs) throw wrong('metadata', `has ${pairs.length} pairs; send at most ${mostPairs}`);
  for (const [key, value] of pairs) {
    const path = `metadata.${key.slice(0, 64)}`;
    if (key === '' || key.length > 64) throw wrong(path, 'has a key of no or more than 64 characters; shorten it');
    if (value.length > 512) throw wrong(path, `has ${value.length} characters; send at most 512`);
    if (key.toLowerCase().startsWith('pw_')) throw wrong(path, 'pw_ is the gateway’s own; choose another key');
  }
  if (!person) return metadata;
  if (metadata['user'] === undefined) return { ...metadata, user: hashed(person) };
  reading.dropped.add(identifier ? 'safety_identifier' : 'user');
  return metadata;
}

const noMetadata: Readonly<Record<string, string>> = {};

function hashed(person: string): string {
  return createHash('sha256').update(person).digest('hex').slice(0, 32);
}

/** Bedrock's guardrail, in Converse's own words. */
function decodeGuardrail(chat: SettingFields, reading: Reading): Guardrail | undefined {
  const config = chat.guardrailConfig ?? chat.guardrail_config;
  if (!config) return undefined;
  const { guardrailIdentifier: id, guardrailVersion: version, trace, streamProcessingMode: streamMode } = config;
  const known = ['guardrailIdentifier', 'guardrailVersion', 'trace', 'streamProcessingMode'];
  reading.dropped.addUnknown(config, known, 'guardrailConfig');
  return { id, version, ...(trace && { trace }), ...(streamMode && { streamMode }) };
}

function decodeLatency(chat: SettingFields, reading: Reading): ModelRequest['latency'] {
  const config = chat.performanceConfig ?? chat.performance_config;
  if (!config) return undefined;
  reading.dropped.addUnknown(config, ['latency'], 'performanceConfig');
  return config.latency;
}
