import { mostWrittenOutBytes } from '../limits.ts';
import type { MediaPart, Message, ModelRequest } from '../model/request.ts';

/** The most a prompt can be, before the provider has counted it. */
export interface PromptBound {
  /** UTF-8 bytes of everything that becomes text in the prompt: texts, tool descriptions and schemas, tool results. */
  readonly promptBytes: number;
  /** Tokens of images, documents, audio and video together, at most. */
  readonly mediaTokens: number;
  /** Whether anything is to be kept in the cache for an hour, which costs more than five minutes. */
  readonly usesHourlyCache: boolean;
}

/**
 * Tokens of one image at most. Qwen3-VL takes the most: up to 16,777,216 pixels in patches of 32 by 32 (its
 * preprocessor_config.json). Claude scales an image down to some 1,600 tokens until 4.6, Amazon counts up to some 2,600
 * for Nova (user guides, "Vision" and "Image understanding").
 */
const imageTokens = 16_384;

/**
 * Tokens of a video at most: Nova looks at 960 frames and Nova Premier at 3,200, of some 288 tokens each (Nova's user
 * guide, "Video understanding"). Mostly more than a context window, which bounds it in estimateOf.
 */
const videoTokens = 3_200 * 288;

/** Bytes of audio for a token: speech at 6 kbit/s, and 30 tokens a second, which is twice what Voxtral counts. */
const audioBytesPerToken = 25;

/** A plain document counts as what of the body it is: its text, or the base64 of it, which is longer. */
const plainDocuments: readonly string[] = ['csv', 'html', 'txt', 'md'];
/**
 * Tokens for a byte of a document that is compressed: DEFLATE packs at most 1,032 bytes into one (RFC 1951), and three
 * bytes of text make a token. Mostly more than a context window, which bounds it in estimateOf.
 */
const pagedTokensPerByte = 344;

/**
 * Bounds a prompt by the length of the request's body; the base64 of its media is not text and counts by what the models'
 * makers document. To be asked before remote images are fetched: a fetched image has no base64 in the body.
 * @param bodyBytes length of the body as it came
 */
export function promptBound(request: ModelRequest, bodyBytes: number): PromptBound {
  const media = request.messages.flatMap(mediaOf);
  const base64 = media.reduce((sum, part) => sum + (isCounted(part) ? part.data.length : 0), 0);
  return {
    promptBytes: Math.max(bodyBytes - base64, decodedBytes(request)) + writtenOutBytes(request),
    mediaTokens: media.reduce((sum, part) => sum + tokensOf(part), 0),
    usesHourlyCache: asksForAnHour(request),
  };
}

/** What stands around a tool, a call or a result in a model's own template. */
const frameBytes = 60;

/**
 * The request's texts as they are sent. A dialect may have made more of it than the body had: one name for many tools, many
 * calls of one, figures written out. Plain calls need no count, for their texts stand in the body as they are.
 */
function decodedBytes({ system, messages, tools }: ModelRequest): number {
  if (tools.length === 0 && !messages.some(({ content }) => content.some(isOfTools))) return 0;
  let bytes = system.reduce((sum, part) => sum + bytesOf(part), 0);
  for (const { name, description = '', inputSchema } of tools) {
    bytes += frameBytes + Buffer.byteLength(name + description) + Buffer.byteLength(JSON.stringify(inputSchema));
  }
  for (const { content } of messages) for (const part of content) bytes += bytesOf(part);
  return bytes;
}

function isOfTools({ type }: Part): boolean {
  return type === 'tool-call' || type === 'tool-result';
}

type Part = Message['content'][number];

function bytesOf(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return Buffer.byteLength(part.text);
    case 'redacted-reasoning':
      return part.data.length;
    case 'tool-call':
      return frameBytes + Buffer.byteLength(part.name) + Buffer.byteLength(JSON.stringify(part.input));
    case 'tool-result':
      return part.content.reduce((sum, each) => sum + bytesOf(each), frameBytes);
    case 'search-result':
      return part.content.reduce((sum, each) => sum + bytesOf(each), Buffer.byteLength(part.title + part.source));
    default:
      return isMedia(part) && isCounted(part) ? 0 : frameBytes;
  }
}

/** Providers write the `$ref`s of schemas out, for models that do not follow them. */
function writtenOutBytes({ tools, outputFormat }: ModelRequest): number {
  const schemas = tools.map(({ inputSchema }) => inputSchema);
  if (outputFormat?.type === 'json-schema') schemas.push(outputFormat.schema);
  return mostWrittenOutBytes * schemas.filter((schema) => JSON.stringify(schema).includes('"$ref"')).length;
}

const noMedia: readonly MediaPart[] = [];

function mediaOf(message: Message): readonly MediaPart[] {
  // Only what a caller says, or a tool returns, holds media.
  if (message.role !== 'user' || message.content.every(({ type }) => type === 'text')) return noMedia;
  return message.content.flatMap((part) => (part.type === 'tool-result' ? part.content : [part])).filter(isMedia);
}

function isPlain(part: MediaPart): boolean {
  return part.type === 'document' && plainDocuments.includes(part.format);
}

/** Whether a part's base64 stands in the body and is counted by what it is instead. */
function isCounted(part: MediaPart): part is Exclude<MediaPart, { readonly type: 'remote-image' }> {
  return part.type !== 'remote-image' && !isPlain(part);
}

function isMedia(part: { readonly type: string }): part is MediaPart {
  return part.type !== 'text' && part.type !== 'tool-result' && part.type !== 'search-result';
}

function tokensOf(part: MediaPart): number {
  if (part.type === 'image' || part.type === 'remote-image') return imageTokens;
  if (part.type === 'video') return videoTokens;
  const bytes = (part.data.length * 3) / 4;
  if (part.type === 'audio') return Math.ceil(bytes / audioBytesPerToken);
  return isPlain(part) ? 0 : Math.ceil(bytes * pagedTokensPerByte);
}

function asksForAnHour({ tools, system, messages, claude }: ModelRequest): boolean {
  const hourly = (part: object) => 'cacheAfter' in part && part.cacheAfter === '1h';
  if (tools.some(hourly) || system.some(hourly)) return true;
  // Anthropic's own tools are kept as they were written.
  if (claude?.tools.some((tool) => /"ttl":"1h"/.test(JSON.stringify(tool['cache_control'] ?? null)))) return true;
  return messages.some(({ content }) =>
    content.some((part) => hourly(part) || (part.type === 'tool-result' && part.content.some(hourly))),
  );
}
