import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../json-object.ts';
import type { StreamedEvent } from '../openai-responses/test-grammar.ts';

// The grammar of a stream of Messages, for the tests of every stream; tests only. Source: Anthropic's page "Streaming
// Messages", and what @anthropic-ai/sdk puts together.

/** What may be said in a block, by its type. */
const deltas: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  redacted_thinking: [],
  tool_use: ['input_json_delta'],
};

/** The member of a delta that has its text. */
const members: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'partial_json',
};

interface OpenBlock {
  readonly type: string;
  /** Arguments of a call, as far as they came. */
  json: string;
  isSigned: boolean;
}

/** What is wrong with a stream, read to its first fault; empty when nothing is. Pings may stand anywhere but first. */
export function faultsOfStream(events: readonly StreamedEvent[]): readonly string[] {
  const grammar = new Grammar();
  for (const [at, { name, data }] of events.entries()) {
    try {
      grammar.read(name, data, at === events.length - 1);
    } catch (fault) {
      return [`${at} ${name}: ${fault instanceof Error ? fault.message : String(fault)}`];
    }
  }
  return events.length === 0 ? ['is empty'] : [];
}

function must(holds: unknown, fault: string): asserts holds {
  if (!holds) throw new Error(fault);
}

class Grammar {
  #hasBegun = false;
  #block: OpenBlock | undefined;
  #blocks = 0;
  #hasCall = false;
  readonly #ids = new Set<unknown>();
  #isEnding = false;

  read(name: string, data: JsonObject, isLast: boolean): void {
    const ends = name === 'message_stop' || name === 'error';
    must(data['type'] === name, `type is ${String(data['type'])}`);
    must(isLast === ends, isLast ? 'the last event ends nothing' : 'ends before the last event');
    must(this.#hasBegun !== (name === 'message_start') || name === 'error', 'message_start comes first, and once');
    must(!this.#isEnding || ends || name === 'ping', 'comes after message_delta');
    this.#hasBegun = true;
    const step = this.#steps[name];
    must(step, 'is not known');
    step(data);
  }

  readonly #steps: Readonly<Record<string, (data: JsonObject) => void>> = {
    ping: () => undefined,
    message_start: ({ message }) => {
      must(isObject(message), 'no message');
      must(/^msg_./.test(String(message['id'])), 'id');
      must(message['role'] === 'assistant' && message['type'] === 'message', 'is no message of the assistant');
      must(isDeepStrictEqual(message['content'], []), 'has content already');
      for (const member of ['stop_reason', 'stop_sequence', 'stop_details', 'container', 'diagnostics']) {
        must(message[member] === null, `${member} is not null`);
      }
      checkUsage(message['usage']);
    },
    content_block_start: ({ index, content_block: block }) => {
      must(!this.#block, 'a block is still open');
      must(index === this.#blocks, `index is ${String(index)}`);
      must(isObject(block), 'no block');
      const type = String(block['type']);
      must(Object.hasOwn(deltas, type), `a block of type ${type}`);
      for (const member of ['text', 'thinking', 'signature']) must(!block[member], `has ${member} already`);
      if (type === 'tool_use') {
        must(block['id'] && block['name'], 'a call without an id or name');
        must(!this.#ids.has(block['id']), 'two calls of one id');
        this.#ids.add(block['id']);
        must(isDeepStrictEqual(block['input'], {}), 'has an input already');
      }
      must(type !== 'redacted_thinking' || block['data'], 'no data');
      this.#hasCall ||= type === 'tool_use';
      this.#blocks += 1;
      this.#block = { type, json: '', isSigned: false };
    },
    content_block_delta: ({ index, delta }) => {
      const block = this.#block;
      must(block && index === this.#blocks - 1, 'no such block is open');
      must(isObject(delta), 'no delta');
      const kind = String(delta['type']);
      must(deltas[block.type]?.includes(kind), `${kind} in a block of ${block.type}`);
      const said = delta[members[kind] ?? ''];
      must(typeof said === 'string' || !members[kind], `no ${members[kind]}`);
      must(!block.isSigned || kind === 'signature_delta', 'comes after the signature');
      block.isSigned ||= kind === 'signature_delta';
      if (kind === 'input_json_delta') block.json += String(said);
    },
    content_block_stop: ({ index }) => {
      must(this.#block && index === this.#blocks - 1, 'no such block is open');
      const { json } = this.#block;
      // Of a call that was cut short the rest is missing.
      must(json === '' || json.startsWith('{'), 'the input is no object');
      this.#block = undefined;
    },
    message_delta: ({ delta, usage }) => {
      must(!this.#block, 'a block is still open');
      must(isObject(delta), 'no delta');
      const { stop_reason: reason, stop_sequence: sequence } = delta;
      must(typeof reason === 'string', 'no stop_reason');
      must(reason !== 'tool_use' || this.#hasCall, 'stops for a tool that was not called');
      must(sequence === null || reason === 'stop_sequence', 'a stop_sequence of another reason');
      must(isObject(delta['stop_details']) === (reason === 'refusal'), 'stop_details');
      checkUsage(usage);
      this.#isEnding = true;
    },
    message_stop: () => must(this.#isEnding, 'no message_delta before it'),
    error: ({ error }) => {
      must(isObject(error) && typeof error['type'] === 'string', 'no type');
      must(typeof error['message'] === 'string' && error['message'] !== '', 'says nothing');
    },
  };
}

function checkUsage(usage: unknown): void {
  must(isObject(usage), 'no usage');
  must(Number.isInteger(usage['input_tokens']) && Number.isInteger(usage['output_tokens']), 'usage without counts');
}

/**
 * The message that a stream tells, as its reader puts it together, to be compared with the answer to the same call that is
 * not streamed. Throws at a stream with a fault, and at one that ends in an error.
 */
export function messageOfStream(events: readonly StreamedEvent[]): JsonObject {
  const [fault] = faultsOfStream(events);
  if (fault !== undefined) throw new Error(fault);
  const dataOf = (name: string) => events.flatMap((event) => (event.name === name ? [event.data] : []));
  const [{ message } = {}, ...others] = dataOf('message_start');
  const [{ delta, usage } = {}] = dataOf('message_delta');
  if (others.length > 0 || !isObject(message) || !isObject(delta)) throw new Error('the stream ends in an error');
  const said = dataOf('content_block_delta');
  const content = dataOf('content_block_start').map(({ index, content_block: block }) => {
    const texts: Record<string, string> = {};
    for (const { delta: piece } of said.filter((each) => each['index'] === index)) {
      const member = isObject(piece) ? members[String(piece['type'])] : undefined;
      if (member && isObject(piece)) texts[member] = (texts[member] ?? '') + String(piece[member]);
    }
    const { partial_json: json, ...told } = texts;
    return { ...(isObject(block) && block), ...told, ...(json !== undefined && { input: parseInput(json) }) };
  });
  return { ...message, ...delta, content, usage };
}

/** Arguments that were cut at the cap are no JSON: the whole answer says how far they came. */
function parseInput(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { _incomplete_json: json };
  }
}
