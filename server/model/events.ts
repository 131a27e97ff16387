import type { FinishReason } from './finish-reason.ts';
import type { Usage } from './usage.ts';

/** What a text of the answer rests on: a place in something of the request. */
export interface Citation {
  readonly citedText: string;
  /** Of the document or search result. */
  readonly title: string | undefined;
  /** Of a search result. */
  readonly source: string | undefined;
  /**
   * `characters`, `pages` (from 1) and `blocks` of a document, or blocks of a search result. `index` counts the documents
   * of the request, or its search results, from 0; `end` is the first that is not cited any more.
   */
  readonly place: {
    readonly kind: 'characters' | 'pages' | 'blocks' | 'search-result';
    readonly index: number;
    readonly start: number;
    readonly end: number;
  };
}

/**
 * The waist, outbound: what every provider's reader yields and every dialect's encoder consumes. `index` counts content
 * blocks of one answer from 0, in the order they start. A stream is complete only with both `finish` and `usage`.
 */
export type ModelEvent =
  | { readonly type: 'start'; readonly model: string }
  | { readonly type: 'text-start'; readonly index: number }
  | { readonly type: 'text-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'text-end'; readonly index: number }
  | { readonly type: 'reasoning-start'; readonly index: number }
  | { readonly type: 'reasoning-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'reasoning-signature'; readonly index: number; readonly signature: string }
  | { readonly type: 'reasoning-redacted'; readonly index: number; readonly data: string }
  | { readonly type: 'reasoning-end'; readonly index: number }
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly json: string }
  | { readonly type: 'tool-call-end'; readonly index: number }
  | { readonly type: 'citation'; readonly index: number; readonly citation: Citation }
  /** Something of the request or answer could not be kept; `field` names it. */
  | { readonly type: 'warning'; readonly code: string; readonly field: string }
  /**
   * An event as the provider wrote it, beside what the waist makes of it: for an encoder of the same dialect, which hands
   * it on whole instead. All others pass it by.
   */
  | { readonly type: 'native'; readonly dialect: 'anthropic'; readonly event: Readonly<Record<string, unknown>> }
  /** What the prompt has used, told before the answer, for one that breaks off; its output counts nothing. Encoders pass it by. */
  | { readonly type: 'prompt-usage'; readonly usage: Usage }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly raw: string; readonly stopSequence?: string };
