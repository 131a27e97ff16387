import type { AnswerEnd, StreamEncoder } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import type { JsonObject } from '../json-object.ts';
import { toClaudeCitation } from './citations.ts';
import { ContiguousBlocks } from './contiguous-blocks.ts';
import { NativeStream } from './native-events.ts';
import { type MessagesHead, ThinkingOmitter } from './thinking.ts';
import { notStopped, toMessagesUsage, toStop } from './usage.ts';

type Delta = Extract<ModelEvent, { readonly index: number }>;

/**
 * Model events as Anthropic's server-sent events. Blocks are numbered anew, so that they follow each other without a hole
 * whatever was left out before. What the prompt costs is known only at the end: `message_start` says zeros,
 * `message_delta` the whole count.
 */
export class MessagesStreamEncoder implements StreamEncoder {
  readonly #head: MessagesHead;
  readonly #omitter: ThinkingOmitter | undefined;
  readonly #sequence = new ContiguousBlocks();
  /** The waist's index → Anthropic's, of the blocks that are open. */
  readonly #open = new Map<number, number>();
  #blocks = 0;
  #started = false;
  #hasToolUse = false;
  #reason: FinishReason = 'unknown';
  #stopSequence: string | undefined;
  #usage: Usage = noUsage;
  /** An answer in Anthropic's own events is told in those alone. */
  #native: NativeStream | undefined;

  constructor(head: MessagesHead) {
    this.#head = head;
    this.#omitter = head.omitsThinking ? new ThinkingOmitter() : undefined;
  }

  encode(events: readonly ModelEvent[]): string {
    for (const event of events) if (event.type === 'native') this.#native ??= new NativeStream(this.#head);
    const native = this.#native;
    if (native)
      return events
        .flatMap((event) => native.read(event))
        .map(ownFrame)
        .join('');
    return this.#write(this.#sequence.order(this.#omitter?.omit(events) ?? events));
  }

  end(end: AnswerEnd): string {
    if (this.#native) return this.#native.end(end).map(ownFrame).join('');
    const { costUsd } = end;
    const usage = toMessagesUsage(this.#usage, costUsd);
    const blocks = `${this.#write(this.#sequence.flush())}${this.#closeAll()}`;
    const delta = toStop(this.#reason, this.#hasToolUse, this.#stopSequence);
    return `${this.#start()}${blocks}${frame('message_delta', { delta, usage })}${frame('message_stop', {})}`;
  }

  /** Nothing comes before `message_start`. */
  ping(): string {
    return `${this.#native ? '' : this.#start()}${frame('ping', {})}`;
  }

  error(body: object): string {
    return `event: error\ndata: ${JSON.stringify(body)}\n\n`;
  }

  #write(events: readonly ModelEvent[]): string {
    let text = '';
    for (const event of events) text += this.#event(event);
    return text;
  }

  #event(event: ModelEvent): string {
    switch (event.type) {
      case 'start':
        return this.#start();
      case 'text-start':
        return this.#startBlock(event.index, { type: 'text', text: '', citations: null });
      case 'tool-call-start':
        this.#hasToolUse = true;
        return this.#startBlock(event.index, {
          type: 'tool_use',
          id: event.id,
          name: event.name,
          input: {},
          caller: { type: 'direct' },
        });
      case 'reasoning-redacted':
        return this.#startBlock(event.index, { type: 'redacted_thinking', data: event.data });
      case 'finish':
        this.#reason = event.reason;
        this.#stopSequence = event.stopSequence;
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      default:
        return 'index' in event ? this.#inBlock(event) : '';
    }
  }

  #inBlock(event: Delta): string {
    switch (event.type) {
      case 'text-delta':
        return this.#delta(event.index, { type: 'text_delta', text: event.text });
      case 'reasoning-delta':
        return `${this.#thinking(event.index)}${this.#delta(event.index, { type: 'thinking_delta', thinking: event.text })}`;
      case 'reasoning-signature': {
        const delta = { type: 'signature_delta', signature: event.signature };
        return `${this.#thinking(event.index)}${this.#delta(event.index, delta)}`;
      }
      case 'citation':
        return this.#delta(event.index, { type: 'citations_delta', citation: toClaudeCitation(event.citation) });
      case 'tool-call-delta':
        return event.json === ''
          ? ''
          : this.#delta(event.index, { type: 'input_json_delta', partial_json: event.json });
      case 'text-end':
      case 'reasoning-end':
      case 'tool-call-end':
        return this.#stopBlock(event.index);
      default:
        return '';
    }
  }

  /** Whether a block of reasoning is readable or sealed is known with its first content only. */
  #thinking(index: number): string {
    return this.#open.has(index) ? '' : this.#startBlock(index, { type: 'thinking', thinking: '', signature: '' });
  }

  #startBlock(index: number, block: object): string {
    const before = this.#start();
    if (this.#open.has(index)) return before;
    const at = this.#blocks++;
    this.#open.set(index, at);
    return `${before}${frame('content_block_start', { index: at, content_block: block })}`;
  }

  #delta(index: number, delta: object): string {
    const at = this.#open.get(index);
    return at === undefined ? '' : frame('content_block_delta', { index: at, delta });
  }

  #stopBlock(index: number): string {
    const at = this.#open.get(index);
    if (at === undefined) return '';
    this.#open.delete(index);
    return frame('content_block_stop', { index: at });
  }

  #closeAll(): string {
    return [...this.#open.keys()].map((index) => this.#stopBlock(index)).join('');
  }

  #start(): string {
    if (this.#started) return '';
    this.#started = true;
    const { id, model } = this.#head;
    const usage = toMessagesUsage(noUsage, null);
    const about = { id, type: 'message', role: 'assistant', model, content: [], ...notStopped, diagnostics: null };
    return `${frame('message_start', { message: { ...about, usage } })}${frame('ping', {})}`;
  }
}

/** Every line of data repeats the name of its event, as Anthropic's do. */
function frame(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** An event that has its name in it already. */
function ownFrame(event: JsonObject): string {
  return `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;
}
