/**
 * The waist, inbound: what every wire dialect decodes to and every provider encodes from.
 * Grows by parts and fields; a dialect never adds a field that only one provider understands.
 */

/** How long a prompt-cache entry lives after its last use. */
export type CacheTtl = '5m' | '1h';

/** Any part may end a prefix that the caller wants cached. */
interface Cacheable {
  readonly cacheAfter?: CacheTtl;
}

export interface TextPart extends Cacheable {
  readonly type: 'text';
  readonly text: string;
}

/** Base64 of the file. Dialects leave no address here: remote files are fetched before the waist is passed on. */
interface Media extends Cacheable {
  readonly data: string;
  /** Where it stands in the caller's request, for error messages. */
  readonly path?: string;
}

/** `format` is what the first bytes say, whatever the caller called it. */
export interface ImagePart extends Media {
  readonly type: 'image';
  readonly format: 'png' | 'jpeg' | 'gif' | 'webp';
}

/** An image by its https address, until it has been fetched (or refused, where fetching is off). */
export interface RemoteImagePart extends Cacheable {
  readonly type: 'remote-image';
  readonly url: string;
  /** Where it stands in the caller's request, for error messages. */
  readonly path: string;
}

export const documentFormats = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'] as const;
export interface DocumentPart extends Media {
  readonly type: 'document';
  readonly format: (typeof documentFormats)[number];
  /** As the caller wrote it; a provider makes it legal and unique. */
  readonly name: string | undefined;
  /** The model is told this of the document, but does not cite it. */
  readonly context?: string;
  /** The answer should cite the document. */
  readonly citations?: boolean;
}

export const audioFormats = ['mp3', 'wav', 'aac', 'flac', 'opus', 'ogg', 'm4a', 'webm'] as const;
export interface AudioPart extends Media {
  readonly type: 'audio';
  readonly format: (typeof audioFormats)[number];
}

export const videoFormats = ['mp4', 'mov', 'mkv', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'] as const;
export interface VideoPart extends Media {
  readonly type: 'video';
  readonly format: (typeof videoFormats)[number];
}

/** What a search of the caller's found, for the model to answer from. */
export interface SearchResultPart extends Cacheable {
  readonly type: 'search-result';
  /** Its address, or what else names the place. */
  readonly source: string;
  readonly title: string;
  readonly content: readonly TextPart[];
  /** The answer should cite it. */
  readonly citations: boolean;
}

export type MediaPart = ImagePart | RemoteImagePart | DocumentPart | AudioPart | VideoPart;

/** What the model thought in an earlier turn, byte for byte. Without its signature most providers refuse it. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly signature: string | undefined;
}

/** Reasoning the provider gave out only sealed; base64. */
export interface RedactedReasoningPart {
  readonly type: 'redacted-reasoning';
  readonly data: string;
}

/** A call the model made in an earlier turn. `input` is the parsed argument object. */
export interface ToolCallPart extends Cacheable {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type ResultPart = TextPart | MediaPart | SearchResultPart;

/** The caller's answer to a tool call; stands in a user message. */
export interface ToolResultPart extends Cacheable {
  readonly type: 'tool-result';
  readonly toolCallId: string;
  readonly content: readonly ResultPart[];
  readonly isError: boolean;
}

export type UserPart = ResultPart | ToolResultPart;
export type AssistantPart = TextPart | ReasoningPart | RedactedReasoningPart | ToolCallPart;
type SystemMessage = { readonly role: 'system'; readonly content: readonly TextPart[] };
export type UserMessage = { readonly role: 'user'; readonly content: readonly UserPart[] };
export type AssistantMessage = { readonly role: 'assistant'; readonly content: readonly AssistantPart[] };
export type Message = SystemMessage | UserMessage | AssistantMessage;

/** A function the model may call. `inputSchema` is JSON Schema, key order kept (a changed order breaks prompt caches). */
export interface Tool extends Cacheable {
  readonly name: string;
  readonly description: string | undefined;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** The caller wants arguments that follow the schema exactly. */
  readonly strict: boolean;
}

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly name: string }
  /** Only these of the tools, which all stay in the request for the cache's sake. */
  | { readonly type: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] };

/** Words for how hard a model should think, weakest first. `none` turns it off. */
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof efforts)[number];

/** What the caller said of thinking. Both members may be undefined: thinking is wanted, as the model sees fit. */
export interface ReasoningRequest {
  readonly effort: Effort | undefined;
  /** Tokens; instead of, or beside, an effort. */
  readonly budgetTokens: number | undefined;
}

export type OutputFormat =
  /** Any JSON object. */
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description: string | undefined;
      readonly schema: Readonly<Record<string, unknown>>;
    };

export interface Guardrail {
  readonly id: string;
  readonly version: string;
  readonly trace?: 'enabled' | 'disabled' | 'enabled_full';
  /** Streams only: whether text waits for the guardrail. */
  readonly streamMode?: 'sync' | 'async';
}

/**
 * What only the API of Claude's makers has words for, as the caller wrote it. A provider that does not speak that API, or
 * a model that does not know a word of it, leaves it out and reports it by its name.
 */
interface ClaudeFields {
  /** Of the `anthropic-beta` header, in the caller's order. Reported as `anthropic-beta.<name>`. */
  readonly betas: readonly string[];
  /** Fields of the request by their wire names, such as `context_management`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Tools with a `type` of Anthropic's (`bash_20250124`), whole. Reported as `tools.<type>`. */
  readonly tools: readonly Readonly<Record<string, unknown>>[];
  /** By the name of a tool of `ModelRequest.tools`: its other members (`defer_loading`). Reported as `tools.<member>`. */
  readonly toolFields: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface ModelRequest {
  /** As the caller wrote it; the resolver turns it into a call target. */
  readonly model: string;
  /** The leading system (or developer) texts. Later ones stay in `messages` as role `system`. */
  readonly system: readonly TextPart[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** false: the model may call one tool at a time. */
  readonly parallelToolCalls: boolean | undefined;
  /** Tokens; `undefined` when the caller named no cap. */
  readonly maxOutputTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly stopSequences: readonly string[];
  /** `undefined`: the caller said nothing of it. */
  readonly reasoning: ReasoningRequest | undefined;
  /** `undefined`: text. */
  readonly outputFormat: OutputFormat | undefined;
  readonly verbosity: 'low' | 'medium' | 'high' | undefined;
  readonly serviceTier: 'default' | 'flex' | 'priority' | 'reserved' | undefined;
  readonly latency: 'standard' | 'optimized' | undefined;
  /** The caller's own attribution, to travel with the call to the provider; never with a key that starts with `pw_`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the caller asks for; a guardrail of the operator comes before it. */
  readonly guardrail: Guardrail | undefined;
  /**
   * `auto`: the gateway places cache points where a next turn is likely, unless a part has `cacheAfter`; `explicit`: only
   * those; `off`: none.
   */
  readonly cache: 'auto' | 'explicit' | 'off';
  /** The caller says that more requests with this prefix will come. */
  readonly cacheKey: string | undefined;
  /** Fields for the model itself that the waist has no name for, as the caller wrote them. */
  readonly additionalFields: Readonly<Record<string, unknown>>;
  /** Of requests in Anthropic's dialect only. */
  readonly claude?: ClaudeFields;
  readonly stream: boolean;
}
