/**
 * The waist, inbound: what every wire dialect decodes to and every provider encodes from.
 * Grows by parts and fields; a dialect never adds a field that only one provider understands.
 */

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A call the model made in an earlier turn. `input` is the parsed argument object. */
export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The caller's answer to a tool call; stands in a user message. */
export interface ToolResultPart {
  readonly type: 'tool-result';
  readonly toolCallId: string;
  readonly content: readonly TextPart[];
  readonly isError: boolean;
}

type SystemMessage = { readonly role: 'system'; readonly content: readonly TextPart[] };
export type UserMessage = { readonly role: 'user'; readonly content: readonly (TextPart | ToolResultPart)[] };
export type AssistantMessage = { readonly role: 'assistant'; readonly content: readonly (TextPart | ToolCallPart)[] };
export type Message = SystemMessage | UserMessage | AssistantMessage;

/** A function the model may call. `inputSchema` is JSON Schema, key order kept (a changed order breaks prompt caches). */
export interface Tool {
  readonly name: string;
  readonly description: string | undefined;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly name: string };

export interface ModelRequest {
  /** As the caller wrote it; the resolver turns it into a call target. */
  readonly model: string;
  /** The leading system (or developer) texts. Later ones stay in `messages` as role `system`. */
  readonly system: readonly TextPart[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** Tokens; `undefined` when the caller named no cap. */
  readonly maxOutputTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly stopSequences: readonly string[];
  readonly stream: boolean;
}
