import type { AnswerBlock, MessagesAnswer } from '../../../shared/anthropic/messages.ts';
import type { AnswerEncoder, AnswerEnd } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { toClaudeCitation } from './citations.ts';
import { NativeAnswer, parseArguments } from './native-events.ts';
import { type MessagesHead, ThinkingOmitter } from './thinking.ts';
import { toMessagesUsage, toStop } from './usage.ts';

interface CollectedBlock {
  type: 'text' | 'thinking' | 'redacted_thinking' | 'tool_use';
  /** The text, the thinking, the sealed data or the arguments' JSON. */
  content: string;
  signature: string;
  readonly citations: Record<string, unknown>[];
  readonly id: string;
  readonly name: string;
}

/** Collects model events into one message. */
export class MessagesAnswerEncoder implements AnswerEncoder {
  readonly #head: MessagesHead;
  readonly #omitter: ThinkingOmitter | undefined;
  readonly #blocks = new Map<number, CollectedBlock>();
  #reason: FinishReason = 'unknown';
  #stopSequence: string | undefined;
  #usage: Usage = noUsage;
  /** An answer in Anthropic's own events is told in those alone. */
  #native: NativeAnswer | undefined;

  constructor(head: MessagesHead) {
    this.#head = head;
    this.#omitter = head.omitsThinking ? new ThinkingOmitter() : undefined;
  }

  add(events: readonly ModelEvent[]): void {
    for (const event of events) {
      if (event.type === 'native') this.#native ??= new NativeAnswer(this.#head);
      this.#native?.add(event);
    }
    if (!this.#native) for (const event of this.#omitter?.omit(events) ?? events) this.#add(event);
  }

  answer(end: AnswerEnd): object {
    return this.#native?.answer(end) ?? this.#answer(end);
  }

  #answer({ costUsd }: AnswerEnd): MessagesAnswer {
    const content = [...this.#blocks.values()].map(toAnswerBlock);
    const hasToolUse = content.some(({ type }) => type === 'tool_use');
    return {
      id: this.#head.id,
      type: 'message',
      role: 'assistant',
      model: this.#head.model,
      content,
      ...toStop(this.#reason, hasToolUse, this.#stopSequence),
      diagnostics: null,
      usage: toMessagesUsage(this.#usage, costUsd),
    };
  }

  #add(event: ModelEvent): void {
    switch (event.type) {
      case 'text-start':
        this.#start(event.index, 'text');
        break;
      case 'reasoning-start':
        this.#start(event.index, 'thinking');
        break;
      case 'tool-call-start':
        this.#start(event.index, 'tool_use', event);
        break;
      case 'text-delta':
      case 'reasoning-delta':
        this.#append(event.index, event.text);
        break;
      case 'tool-call-delta':
        this.#append(event.index, event.json);
        break;
      case 'reasoning-signature': {
        const block = this.#blocks.get(event.index);
        if (block) block.signature += event.signature;
        break;
      }
      case 'reasoning-redacted': {
        this.#start(event.index, 'redacted_thinking');
        this.#append(event.index, event.data);
        break;
      }
      case 'citation':
        this.#blocks.get(event.index)?.citations.push(toClaudeCitation(event.citation));
        break;
      case 'finish':
        this.#reason = event.reason;
        this.#stopSequence = event.stopSequence;
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      default:
        break;
    }
  }

  #start(index: number, type: CollectedBlock['type'], { id, name } = { id: '', name: '' }): void {
    this.#blocks.set(index, { type, content: '', signature: '', citations: [], id, name });
  }

  #append(index: number, text: string): void {
    const block = this.#blocks.get(index);
    if (block) block.content += text;
  }
}

function toAnswerBlock({ type, content, signature, citations, id, name }: CollectedBlock): AnswerBlock {
  if (type === 'text') return { type, text: content, citations: citations.length > 0 ? citations : null };
  if (type === 'thinking') return { type, thinking: content, signature };
  if (type === 'redacted_thinking') return { type, data: content };
  return { type, id, name, input: parseArguments(content), caller: { type: 'direct' } };
}
