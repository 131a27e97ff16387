import type { EventMessage } from '../../aws/bedrock-runtime.ts';
import { type GatewayError, TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { toStreamError } from './errors.ts';
import { findOutputFault, toFinishReason } from './finish-reason.ts';
import { numberAt, objectAt, textAt } from './json.ts';
import type { ToolNames } from './tools.ts';
import { decodeUsage } from './usage.ts';

export interface ReaderOptions {
  readonly names: ToolNames;
  /** The model may not call a tool, whatever it tries. */
  readonly suppressToolCalls: boolean;
  /** What the model's quirks say of `inputTokens` in a stream. */
  readonly streamCountsCached: boolean;
}

type BlockKind = 'text' | 'reasoning' | 'tool-call' | 'suppressed';

/**
 * Reads ConverseStream's messages. Text and reasoning blocks have no start of their own, and the usage comes after the
 * stop reason: both are put right here. Unknown events are skipped, as the protocol allows.
 */
export class ConverseStreamReader {
  readonly #options: ReaderOptions;
  /** Bedrock's block index → the waist's index and kind of the blocks that are open. */
  readonly #open = new Map<number, { readonly index: number; readonly kind: BlockKind }>();
  #blocks = 0;
  #finished = false;
  #counted = false;
  #fault: GatewayError | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** @throws GatewayError for an exception in the stream */
  read({ kind, name, payload }: EventMessage): ModelEvent[] {
    if (kind === 'exception') throw toStreamError(name, payload);
    switch (name) {
      case 'contentBlockDelta':
        return this.#onDelta(numberAt(payload, 'contentBlockIndex') ?? 0, objectAt(payload, 'delta'));
      case 'contentBlockStart':
        return this.#onStart(numberAt(payload, 'contentBlockIndex') ?? 0, objectAt(payload, 'start'));
      case 'contentBlockStop':
        return this.#onStop(numberAt(payload, 'contentBlockIndex') ?? 0);
      case 'messageStop': {
        this.#finished = true;
        const raw = textAt(payload, 'stopReason') ?? '';
        this.#fault = findOutputFault(raw);
        return [{ type: 'finish', reason: toFinishReason(raw), raw }];
      }
      case 'metadata':
        return this.#onMetadata(payload);
      default:
        return [];
    }
  }

  /**
   * @throws TruncatedStreamError unless both messageStop and metadata came
   * @throws GatewayError 502 `upstream_malformed_output` for an answer that cannot be used
   */
  end(): void {
    if (!this.#finished || !this.#counted) throw new TruncatedStreamError('Bedrock');
    if (this.#fault) throw this.#fault;
  }

  #onMetadata(payload: unknown): ModelEvent[] {
    const usage = objectAt(payload, 'usage');
    if (!usage) return [];
    this.#counted = true;
    const tier = textAt(objectAt(payload, 'serviceTier'), 'type');
    return [{ type: 'usage', usage: decodeUsage(usage, tier, this.#options.streamCountsCached) }];
  }

  #onStart(at: number, start: unknown): ModelEvent[] {
    const toolUse = objectAt(start, 'toolUse');
    if (!toolUse) return [];
    if (this.#options.suppressToolCalls) {
      this.#open.set(at, { index: -1, kind: 'suppressed' });
      return [];
    }
    const index = this.#start(at, 'tool-call');
    const name = this.#options.names.decode(textAt(toolUse, 'name') ?? '');
    return [{ type: 'tool-call-start', index, id: textAt(toolUse, 'toolUseId') ?? '', name }];
  }

  #onDelta(at: number, delta: unknown): ModelEvent[] {
    const text = textAt(delta, 'text');
    if (text !== undefined) return this.#onText(at, text);
    const json = textAt(objectAt(delta, 'toolUse'), 'input');
    if (json !== undefined) {
      const open = this.#open.get(at);
      return open?.kind === 'tool-call' ? [{ type: 'tool-call-delta', index: open.index, json }] : [];
    }
    const reasoning = objectAt(delta, 'reasoningContent');
    return reasoning ? this.#onReasoning(at, reasoning) : [];
  }

  #onText(at: number, text: string): ModelEvent[] {
    const open = this.#open.get(at);
    if (open) return open.kind === 'text' ? [{ type: 'text-delta', index: open.index, text }] : [];
    const index = this.#start(at, 'text');
    return [
      { type: 'text-start', index },
      { type: 'text-delta', index, text },
    ];
  }

  #onReasoning(at: number, reasoning: unknown): ModelEvent[] {
    const open = this.#open.get(at);
    if (open && open.kind !== 'reasoning') return [];
    const index = open?.index ?? this.#start(at, 'reasoning');
    const events: ModelEvent[] = open ? [] : [{ type: 'reasoning-start', index }];
    const text = textAt(reasoning, 'text');
    const signature = textAt(reasoning, 'signature');
    const data = textAt(reasoning, 'redactedContent');
    if (text !== undefined) events.push({ type: 'reasoning-delta', index, text });
    if (signature !== undefined) events.push({ type: 'reasoning-signature', index, signature });
    if (data !== undefined) events.push({ type: 'reasoning-redacted', index, data });
    return events;
  }

  #onStop(at: number): ModelEvent[] {
    const open = this.#open.get(at);
    this.#open.delete(at);
    return !open || open.kind === 'suppressed' ? [] : [{ type: `${open.kind}-end`, index: open.index }];
  }

  #start(at: number, kind: BlockKind): number {
    const index = this.#blocks++;
    this.#open.set(at, { index, kind });
    return index;
  }
}
