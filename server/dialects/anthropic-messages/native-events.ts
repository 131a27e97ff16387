import type { AnswerEnd } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { enclose } from '../enclosed-thinking.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import type { MessagesHead } from './thinking.ts';
import { notStopped, toMessagesUsage, toStop } from './usage.ts';

// Answers of a Claude that its provider hands on in Anthropic's own events: blocks and members that nobody here knows
// come through. Changed are only the message's id, the model's name, the price in the last usage, and the word for an
// answer that a guardrail took the place of.

/** What is known of an answer's end only once it has come, and of its price. */
function endedBy(event: JsonObject, isBlocked: boolean, { costUsd }: AnswerEnd): JsonObject {
  const { delta, usage } = event;
  return {
    ...event,
    ...(isBlocked && isObject(delta) && { delta: { ...delta, stop_reason: 'refusal' } }),
    usage: { ...(isObject(usage) ? usage : {}), cost_usd: costUsd },
  };
}

/** Members that Anthropic's own API has, and Bedrock's Claudes do not know yet, are there all the same. */
function startedAs({ message, ...event }: JsonObject, { id, model }: MessagesHead): JsonObject {
  return { ...event, message: { ...notStopped, diagnostics: null, ...(isObject(message) ? message : {}), id, model } };
}

function isBlockedBy(event: ModelEvent): boolean {
  return event.type === 'finish' && event.raw === 'guardrail_intervened';
}

function textAt(holder: JsonObject, name: string): string {
  const value = holder[name];
  return typeof value === 'string' ? value : '';
}

/** The events one by one. Those that end the answer wait for its price. */
export class NativeStream {
  readonly #head: MessagesHead;
  readonly #last: JsonObject[] = [];
  /** What the open block has of thoughts that the caller wants no text of. */
  #omitted: { readonly index: unknown; text: string; signature: string } | undefined;
  #isBlocked = false;
  /** Index of the block that has begun and not ended. */
  #openBlock: unknown;
  /** Of an answer that the gateway ended itself, whose last events never came. */
  #cutUsage: Usage | undefined;

  constructor(head: MessagesHead) {
    this.#head = head;
  }

  /** The events to be sent now. */
  read(event: ModelEvent): readonly JsonObject[] {
    if (isBlockedBy(event)) this.#isBlocked = true;
    if (event.type === 'usage') this.#cutUsage = event.usage;
    if (event.type !== 'native') return [];
    const { event: own } = event;
    if (own['type'] === 'content_block_start') this.#openBlock = own['index'];
    else if (own['type'] === 'content_block_stop') this.#openBlock = undefined;
    if (own['type'] === 'message_start') return [startedAs(own, this.#head)];
    if (this.#last.length === 0 && own['type'] !== 'message_delta')
      return this.#head.omitsThinking ? this.#omit(own) : [own];
    this.#last.push(own);
    return [];
  }

  /** The text of thoughts travels within their signature, see thinking.ts. */
  #omit(event: JsonObject): readonly JsonObject[] {
    const { type, index, content_block: block, delta } = event;
    if (type === 'content_block_start' && isObject(block) && block['type'] === 'thinking') {
      this.#omitted = { index, text: textAt(block, 'thinking'), signature: textAt(block, 'signature') };
      return [{ ...event, content_block: { ...block, thinking: '', signature: '' } }];
    }
    if (!this.#omitted || index !== this.#omitted.index) return [event];
    if (type === 'content_block_delta' && isObject(delta)) {
      this.#omitted.text += textAt(delta, 'thinking');
      this.#omitted.signature += textAt(delta, 'signature');
      return [];
    }
    // What nobody here knows may come between.
    if (type !== 'content_block_stop') return [event];
    const { text, signature } = this.#omitted;
    this.#omitted = undefined;
    const enclosed = { type: 'signature_delta', signature: signature === '' ? '' : enclose(text, signature) };
    return [{ type: 'content_block_delta', index, delta: enclosed }, event];
  }

  end(end: AnswerEnd): readonly JsonObject[] {
    if (this.#last.length === 0) return this.#cut(end);
    // The time may be up between the two last events.
    const isWhole = this.#last.some(({ type }) => type === 'message_stop');
    const last = isWhole ? this.#last : [...this.#last, { type: 'message_stop' }];
    return last.map((event) => (event['type'] === 'message_delta' ? endedBy(event, this.#isBlocked, end) : event));
  }

  /** The time was up before Anthropic's own end: told as an answer that reached its length. */
  #cut({ costUsd }: AnswerEnd): readonly JsonObject[] {
    const open = this.#openBlock === undefined ? [] : [{ type: 'content_block_stop', index: this.#openBlock }];
    const delta = toStop('length', false, undefined);
    const usage = toMessagesUsage(this.#cutUsage ?? noUsage, costUsd);
    return [...open, { type: 'message_delta', delta, usage }, { type: 'message_stop' }];
  }
}

/** The same events gathered into one message. */
export class NativeAnswer {
  readonly #blocks: { block: Record<string, unknown>; json: string }[] = [];
  readonly #stream: NativeStream;
  #message: JsonObject = {};

  constructor(head: MessagesHead) {
    this.#stream = new NativeStream(head);
  }

  add(event: ModelEvent): void {
    for (const sent of this.#stream.read(event)) this.#add(sent);
  }

  #add(sent: JsonObject): void {
    const block = this.#blocks.at(-1);
    switch (sent['type']) {
      case 'message_start':
        this.#message = isObject(sent['message']) ? sent['message'] : {};
        break;
      case 'content_block_start':
        this.#blocks.push({ block: isObject(sent['content_block']) ? { ...sent['content_block'] } : {}, json: '' });
        break;
      case 'content_block_delta':
        if (block && isObject(sent['delta'])) grow(block, sent['delta']);
        break;
      default:
        break;
    }
  }

  answer(end: AnswerEnd): object {
    const { usage: first, ...message } = this.#message;
    const last = this.#stream.end(end).find((event) => event['type'] === 'message_delta') ?? {};
    const { type: _, delta, usage, ...others } = last;
    const told = isObject(usage) ? Object.entries(usage).filter(([, value]) => value !== null) : [];
    return {
      ...message,
      content: this.#blocks.map(({ block, json }) => (json === '' ? block : { ...block, input: parseArguments(json) })),
      ...(isObject(delta) ? delta : {}),
      ...others,
      usage: { ...(isObject(first) ? first : {}), cost_usd: end.costUsd, ...Object.fromEntries(told) },
    };
  }
}

/** Pieces of a text are put together under the name they have in both; whatever else comes stands for itself. */
function grow(held: { block: Record<string, unknown>; json: string }, delta: JsonObject): void {
  const { type, ...members } = delta;
  if (type === 'input_json_delta') held.json += String(members['partial_json'] ?? '');
  else if (type === 'citations_delta') {
    const { citations } = held.block;
    held.block['citations'] = [...(Array.isArray(citations) ? citations : []), members['citation']];
  } else {
    for (const [name, value] of Object.entries(members)) {
      const before = held.block[name];
      held.block[name] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
    }
  }
}

/** Arguments that a model cut short are no JSON; the caller then gets what was written, under a name of ours. */
export function parseArguments(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return { _incomplete_json: json };
  }
}
