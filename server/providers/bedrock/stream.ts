import type { EventMessage } from '../../aws/bedrock-runtime.ts';
import { type GatewayError, TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { leftOut, toCallId, unknownKind } from './blocks.ts';
import { readCitation } from './citations.ts';
import { toStreamError } from './errors.ts';
import { findOutputFault, stopSequenceOf, toFinishReason } from './finish-reason.ts';
import { type JsonObject, numberAt, objectAt, textAt } from './json.ts';
import { JsonAnswer, type JsonReading } from './json-answer.ts';
import type { ToolNames } from './tools.ts';
import { decodeUsage, reasoningTokensOf, tierOf } from './usage.ts';

export interface ReaderOptions {
  readonly names: ToolNames;
  /** The caller's names of the tools whose calls are handed on, whatever the model tries; undefined: all. */
  readonly callable: ReadonlySet<string> | undefined;
  /** What the model's quirks say of `inputTokens` in a stream. */
  readonly streamCountsCached: boolean;
  /** For an answer that has to be JSON and is not written by grammar. */
  readonly json: JsonReading | undefined;
}

interface OpenBlock {
  /** The waist's; -1 for a block that is left out. */
  readonly index: number;
  readonly kind: 'text' | 'reasoning' | 'tool-call' | 'left-out';
  hasInput: boolean;
}

/**
 * Reads ConverseStream's messages. Text and reasoning blocks have no start of their own, and the usage comes after the
 * stop reason: both are put right here. Unknown events are skipped, as the protocol allows.
 */
export class ConverseStreamReader {
  readonly #options: ReaderOptions;
  readonly #json: JsonAnswer | undefined;
  /** By Bedrock's block index, in the order they started. */
  readonly #open = new Map<number, OpenBlock>();
  #blocks = 0;
  #finished = false;
  /** The last metadata with a usage. */
  #metadata: unknown;
  #reasoningTokens: number | undefined;
  #fault: GatewayError | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#json = options.json && new JsonAnswer(options.json);
  }

  /** @throws GatewayError for an exception in the stream */
  read({ kind, name, payload }: EventMessage): ModelEvent[] {
    if (kind === 'exception') throw toStreamError(name, payload);
    const events = this.#read(name, payload);
    return this.#json ? this.#json.read(events) : events;
  }

  /**
   * @throws TruncatedStreamError unless both messageStop and metadata came
   * @throws GatewayError 502 `upstream_malformed_output` for an answer that cannot be used
   */
  end(): void {
    if (!this.#finished || this.#metadata === undefined) throw new TruncatedStreamError('Bedrock');
    if (this.#fault) throw this.#fault;
    this.#json?.check();
  }

  #read(name: string, payload: unknown): ModelEvent[] {
    switch (name) {
      case 'contentBlockDelta':
        return this.#onDelta(numberAt(payload, 'contentBlockIndex') ?? 0, objectAt(payload, 'delta'));
      case 'contentBlockStart':
        return this.#onStart(numberAt(payload, 'contentBlockIndex') ?? 0, objectAt(payload, 'start'));
      case 'contentBlockStop':
        return this.#onStop(numberAt(payload, 'contentBlockIndex') ?? 0);
      case 'messageStop':
        return this.#onMessageStop(payload);
      case 'metadata':
        if (!objectAt(payload, 'usage')) return [];
        this.#metadata = payload;
        return this.#usage();
      default:
        return [];
    }
  }

  #onMessageStop(payload: unknown): ModelEvent[] {
    this.#finished = true;
    const raw = textAt(payload, 'stopReason') ?? '';
    this.#fault = findOutputFault(raw);
    const unclosed = [...this.#open.keys()].flatMap((at) => this.#onStop(at));
    const finish = { type: 'finish', reason: toFinishReason(raw), raw, ...stopSequenceOf(payload) } as const;
    this.#reasoningTokens = reasoningTokensOf(payload);
    // Should the usage have come before, it is told again, with what is known only now.
    const again = this.#reasoningTokens !== undefined && this.#metadata !== undefined ? this.#usage() : [];
    return [...unclosed, finish, ...again];
  }

  #usage(): ModelEvent[] {
    const tier = tierOf(this.#metadata);
    const raw = objectAt(this.#metadata, 'usage');
    const usage = decodeUsage(raw, tier, this.#options.streamCountsCached, this.#reasoningTokens);
    return [{ type: 'usage', usage }];
  }

  #onStart(at: number, start: unknown): ModelEvent[] {
    const toolUse = objectAt(start, 'toolUse');
    if (!toolUse) return this.#leaveOut(at, start);
    const name = this.#options.names.decode(textAt(toolUse, 'name') ?? '');
    if (this.#options.callable && !this.#options.callable.has(name)) {
      this.#open.set(at, { index: -1, kind: 'left-out', hasInput: false });
      return [];
    }
    const index = this.#start(at, 'tool-call');
    return [{ type: 'tool-call-start', index, id: toCallId(textAt(toolUse, 'toolUseId')), name }];
  }

  #onDelta(at: number, delta: unknown): ModelEvent[] {
    const text = textAt(delta, 'text');
    if (text !== undefined) return this.#onText(at, text);
    const json = textAt(objectAt(delta, 'toolUse'), 'input');
    if (json !== undefined) {
      const open = this.#open.get(at);
      if (open?.kind !== 'tool-call') return [];
      open.hasInput ||= json !== '';
      return [{ type: 'tool-call-delta', index: open.index, json }];
    }
    const reasoning = objectAt(delta, 'reasoningContent');
    if (reasoning) return this.#onReasoning(at, reasoning);
    const citation = objectAt(delta, 'citation');
    return citation ? this.#onCitation(at, citation) : this.#leaveOut(at, delta);
  }

  /** It belongs to the text it stands with, which may begin after it. */
  #onCitation(at: number, told: JsonObject): ModelEvent[] {
    const citation = readCitation(told);
    const open = this.#open.get(at);
    if (!citation || (open && open.kind !== 'text')) return [leftOut('citation')];
    if (open) return [{ type: 'citation', index: open.index, citation }];
    const index = this.#start(at, 'text');
    return [
      { type: 'text-start', index },
      { type: 'citation', index, citation },
    ];
  }

  /** Says so once for a block of an unknown kind. */
  #leaveOut(at: number, content: unknown): ModelEvent[] {
    const kind = unknownKind(content);
    if (kind === undefined || this.#open.has(at)) return [];
    this.#open.set(at, { index: -1, kind: 'left-out', hasInput: false });
    return [leftOut(kind)];
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
    if (!open || open.kind === 'left-out') return [];
    const { index, kind, hasInput } = open;
    // Arguments that never came are none.
    if (kind === 'tool-call' && !hasInput)
      return [
        { type: 'tool-call-delta', index, json: '{}' },
        { type: 'tool-call-end', index },
      ];
    return [{ type: `${kind}-end`, index }];
  }

  #start(at: number, kind: 'text' | 'reasoning' | 'tool-call'): number {
    const index = this.#blocks++;
    this.#open.set(at, { index, kind, hasInput: false });
    return index;
  }
}
