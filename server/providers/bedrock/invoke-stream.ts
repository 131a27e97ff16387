import type { EventMessage } from '../../aws/bedrock-runtime.ts';
import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { leftOut, toCallId } from './blocks.ts';
import { readClaudeCitation } from './citations.ts';
import { toStreamError } from './errors.ts';
import { toFinishReason } from './finish-reason.ts';
import { isObject, type JsonObject, numberAt, objectAt, textAt } from './json.ts';
import { JsonAnswer } from './json-answer.ts';
import type { ReaderOptions } from './stream.ts';
import { decodeClaudeUsage } from './usage.ts';

interface OpenBlock {
  readonly index: number;
  readonly kind: 'text' | 'reasoning' | 'tool-call';
  hasInput: boolean;
}

/**
 * Reads InvokeModel's stream of a Claude: Anthropic's events, one in each chunk. Each is handed on as it stands (`native`),
 * for encoders of the same dialect, before what the waist makes of it; but where the answer has to be read anew, as JSON
 * that stood in a tool call, it is told in the waist's words alone.
 */
export class InvokeStreamReader {
  readonly #options: ReaderOptions;
  readonly #json: JsonAnswer | undefined;
  readonly #tier: string | undefined;
  /** By Anthropic's block index; blocks the waist has no word for are not among them. */
  readonly #open = new Map<number, OpenBlock>();
  #blocks = 0;
  /** Of message_start, with what message_delta says anew. */
  #usage: JsonObject = {};
  #stop: { readonly raw: string; readonly sequence: string | undefined } | undefined;
  #isBlocked = false;
  #isComplete = false;

  /** @param tier the service tier that answers, where AWS named it */
  constructor(options: ReaderOptions, tier: string | undefined) {
    this.#options = options;
    this.#json = options.json && new JsonAnswer(options.json);
    this.#tier = tier;
  }

  /** @throws GatewayError for an exception in the stream, or an error among Anthropic's events */
  read({ kind, name, payload }: EventMessage): ModelEvent[] {
    if (kind === 'exception') throw toStreamError(name, payload);
    const bytes = name === 'chunk' ? textAt(payload, 'bytes') : undefined;
    if (bytes === undefined) return [];
    const told = this.#ownWordsOf(parseEvent(bytes));
    const events = this.#read(told);
    if (this.#json) return this.#json.read(events);
    return [{ type: 'native', dialect: 'anthropic', event: told }, ...events];
  }

  /**
   * @throws TruncatedStreamError unless both message_delta and message_stop came
   * @throws GatewayError 502 `upstream_malformed_output` for an answer that should be JSON and is not
   */
  end(): void {
    if (!this.#isComplete || this.#stop === undefined) throw new TruncatedStreamError('Bedrock');
    this.#json?.check();
  }

  /** The event without what Bedrock adds to it, and with the caller's name of a tool. */
  #ownWordsOf(event: JsonObject): JsonObject {
    // No call goes this way with a guardrail of ours; one that the AWS account enforces is told here all the same.
    if (event['amazon-bedrock-guardrailAction'] === 'INTERVENED') this.#isBlocked = true;
    const own = Object.fromEntries(Object.entries(event).filter(([name]) => !name.startsWith('amazon-bedrock-')));
    const block = objectAt(own, 'content_block');
    const name = block?.['type'] === 'tool_use' ? textAt(block, 'name') : undefined;
    return name === undefined ? own : { ...own, content_block: { ...block, name: this.#options.names.decode(name) } };
  }

  #read(event: JsonObject): ModelEvent[] {
    const at = numberAt(event, 'index') ?? 0;
    switch (event['type']) {
      case 'message_start':
        return this.#onMessageStart(objectAt(objectAt(event, 'message'), 'usage'));
      case 'content_block_start':
        return this.#onStart(at, objectAt(event, 'content_block') ?? {});
      case 'content_block_delta':
        return this.#onDelta(at, objectAt(event, 'delta') ?? {});
      case 'content_block_stop':
        return this.#onStop(at);
      case 'message_delta':
        return this.#onMessageDelta(event);
      case 'message_stop':
        return this.#onMessageStop();
      case 'error':
        throw toClaudeError(objectAt(event, 'error'));
      default:
        return [];
    }
  }

  #onStart(at: number, block: JsonObject): ModelEvent[] {
    switch (block['type']) {
      case 'text': {
        const index = this.#start(at, 'text');
        return [{ type: 'text-start', index }, ...textOf(index, textAt(block, 'text'))];
      }
      case 'thinking':
        return [{ type: 'reasoning-start', index: this.#start(at, 'reasoning') }];
      case 'redacted_thinking': {
        const index = this.#start(at, 'reasoning');
        return [
          { type: 'reasoning-start', index },
          { type: 'reasoning-redacted', index, data: textAt(block, 'data') ?? '' },
        ];
      }
      case 'tool_use':
        return this.#onToolUse(at, block);
      default:
        // It is handed on whole, unless the answer is read anew.
        return this.#json ? [leftOut(String(block['type']))] : [];
    }
  }

  #onToolUse(at: number, block: JsonObject): ModelEvent[] {
    const name = textAt(block, 'name') ?? '';
    const { callable } = this.#options;
    if (callable && !callable.has(name)) return [];
    const index = this.#start(at, 'tool-call');
    return [{ type: 'tool-call-start', index, id: toCallId(textAt(block, 'id')), name }];
  }

  #onDelta(at: number, delta: JsonObject): ModelEvent[] {
    const open = this.#open.get(at);
    if (!open) return [];
    const { index } = open;
    switch (delta['type']) {
      case 'text_delta':
        return textOf(index, textAt(delta, 'text'));
      case 'citations_delta':
        return citedBy(index, objectAt(delta, 'citation'));
      case 'thinking_delta':
        return [{ type: 'reasoning-delta', index, text: textAt(delta, 'thinking') ?? '' }];
      case 'signature_delta':
        return [{ type: 'reasoning-signature', index, signature: textAt(delta, 'signature') ?? '' }];
      case 'input_json_delta': {
        const json = textAt(delta, 'partial_json') ?? '';
        open.hasInput ||= json !== '';
        return [{ type: 'tool-call-delta', index, json }];
      }
      default:
        return [];
    }
  }

  #onStop(at: number): ModelEvent[] {
    const open = this.#open.get(at);
    this.#open.delete(at);
    if (!open) return [];
    const { index, kind, hasInput } = open;
    const end: ModelEvent = { type: `${kind}-end`, index };
    // Arguments that never came are none.
    return kind === 'tool-call' && !hasInput ? [{ type: 'tool-call-delta', index, json: '{}' }, end] : [end];
  }

  /** The prompt has been counted, cached or not: that is exact, should the answer break off. */
  #onMessageStart(usage: JsonObject | undefined): ModelEvent[] {
    if (!usage) return [];
    this.#usage = usage;
    return [{ type: 'prompt-usage', usage: decodeClaudeUsage(usage, this.#tier) }];
  }

  #onMessageDelta(event: JsonObject): ModelEvent[] {
    const delta = objectAt(event, 'delta');
    const raw = textAt(delta, 'stop_reason');
    if (raw !== undefined) this.#stop = { raw, sequence: textAt(delta, 'stop_sequence') };
    const told = Object.entries(objectAt(event, 'usage') ?? {}).filter(([, value]) => value !== null);
    this.#usage = { ...this.#usage, ...Object.fromEntries(told) };
    // Without a usage of its own it says nothing of the answer's length.
    return told.length === 0 ? [] : [{ type: 'usage', usage: decodeClaudeUsage(this.#usage, this.#tier) }];
  }

  #onMessageStop(): ModelEvent[] {
    if (this.#stop === undefined) return [];
    this.#isComplete = true;
    const unclosed = [...this.#open.keys()].flatMap((at) => this.#onStop(at));
    const { sequence } = this.#stop;
    // Claude's own word stays what it was (NousResearch/hermes-agent#107815).
    const raw = this.#isBlocked ? 'guardrail_intervened' : this.#stop.raw;
    const reason = toFinishReason(raw);
    return [...unclosed, { type: 'finish', reason, raw, ...(sequence !== undefined && { stopSequence: sequence }) }];
  }

  #start(at: number, kind: OpenBlock['kind']): number {
    const index = this.#blocks++;
    this.#open.set(at, { index, kind, hasInput: false });
    return index;
  }
}

function citedBy(index: number, told: JsonObject | undefined): ModelEvent[] {
  const citation = readClaudeCitation(told);
  return citation ? [{ type: 'citation', index, citation }] : [];
}

function textOf(index: number, text: string | undefined): ModelEvent[] {
  return text ? [{ type: 'text-delta', index, text }] : [];
}

/** @throws TruncatedStreamError for what is no event: how the answer goes on cannot be known */
function parseEvent(bytes: string): JsonObject {
  try {
    const event: unknown = JSON.parse(Buffer.from(bytes, 'base64').toString());
    if (isObject(event)) return event;
  } catch (error) {
    throw new TruncatedStreamError('Bedrock', error);
  }
  throw new TruncatedStreamError('Bedrock');
}

/** Anthropic's words for what AWS has exceptions for. */
const exceptions: ReadonlyMap<string, string> = new Map([
  ['overloaded_error', 'serviceUnavailableException'],
  ['rate_limit_error', 'throttlingException'],
  ['invalid_request_error', 'validationException'],
  ['timeout_error', 'modelTimeoutException'],
]);

function toClaudeError(error: JsonObject | undefined): unknown {
  return toStreamError(exceptions.get(textAt(error, 'type') ?? '') ?? 'modelStreamErrorException', error);
}
