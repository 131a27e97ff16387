import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../json-object.ts';

// The grammar of a stream of Responses, for the tests of every stream; tests only. Source: the events' descriptions in
// OpenAI's API reference, and what Codex and the openai SDK fail at.

/** One server-sent event: its name and its parsed data. */
export interface StreamedEvent {
  readonly name: string;
  readonly data: JsonObject;
}

/** The events of a whole stream; comments are left out. Throws at what is no event with a name and an object. */
export function readStream(stream: string): readonly StreamedEvent[] {
  const blocks = stream.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
  return blocks.map((block) => {
    const [, name, json] = /^event: (\S+)\ndata: ([^\n]*)$/.exec(block) ?? [];
    const data: unknown = JSON.parse(json ?? 'null');
    if (name === undefined || !isObject(data)) throw new Error(`not an event: ${block}`);
    return { name, data };
  });
}

/** Items told whole, with no events of their own. OpenAI's own client throws at those its reference has for a shell's. */
const wholeItems: readonly unknown[] = ['local_shell_call', 'shell_call', 'apply_patch_call'];

/** What an item says from its start. */
const stableMembers = ['id', 'type', 'role', 'call_id', 'name', 'namespace', 'action', 'operation'] as const;

type Phase = 'added' | 'part' | 'text-done' | 'part-done' | 'done';

interface Step {
  readonly of: string;
  readonly from: readonly Phase[];
  readonly to: Phase;
  /** The member that has the place of the part. */
  readonly index?: 'content_index' | 'summary_index';
  /** The member that repeats the whole text. */
  readonly whole?: 'text' | 'arguments' | 'input' | 'part';
}

/** A kind of item with parts of text. */
function partSteps(of: string, part: string, text: string, index: 'content_index' | 'summary_index'): [string, Step][] {
  return [
    [`response.${part}.added`, { of, from: ['added', 'part-done'], to: 'part', index }],
    [`response.${text}.delta`, { of, from: ['part'], to: 'part', index }],
    [`response.${text}.done`, { of, from: ['part'], to: 'text-done', index, whole: 'text' }],
    [`response.${part}.done`, { of, from: ['text-done'], to: 'part-done', index, whole: 'part' }],
  ];
}

/** A kind of item with one text of its own. */
function callSteps(of: string, text: string, whole: 'arguments' | 'input'): [string, Step][] {
  return [
    [`response.${text}.delta`, { of, from: ['added'], to: 'added' }],
    [`response.${text}.done`, { of, from: ['added'], to: 'part-done', whole }],
  ];
}

const steps = new Map<unknown, Step>([
  ...partSteps('message', 'content_part', 'output_text', 'content_index'),
  ...partSteps('reasoning', 'reasoning_summary_part', 'reasoning_summary_text', 'summary_index'),
  ...callSteps('function_call', 'function_call_arguments', 'arguments'),
  ...callSteps('custom_tool_call', 'custom_tool_call_input', 'input'),
]);

const terminals: readonly unknown[] = ['response.completed', 'response.incomplete', 'response.failed'];

interface SeenItem {
  readonly added: JsonObject;
  /** The texts of its parts, out of the deltas. */
  readonly texts: string[];
  phase: Phase;
  done: JsonObject | undefined;
}

/** What is wrong with a whole stream; empty when nothing is. */
export function faultsOfStream(events: readonly StreamedEvent[]): readonly string[] {
  const grammar = new Grammar();
  for (const [at, { name, data }] of events.entries()) grammar.read(name, data, at, at === events.length - 1);
  return grammar.faults;
}

class Grammar {
  readonly faults: string[] = [];
  readonly #items: SeenItem[] = [];
  #created: JsonObject = {};
  #where = '';

  read(name: string, data: JsonObject, at: number, isLast: boolean): void {
    const { type, response } = data;
    this.#where = `${at} ${name}`;
    this.#check(type === name, `type is ${String(type)}`);
    this.#check(data['sequence_number'] === at, `sequence_number is ${String(data['sequence_number'])}`);
    const opening = ['response.created', 'response.in_progress'][at];
    if (opening !== undefined) this.#check(type === opening, `${opening} is due`);
    this.#check(
      isLast === terminals.includes(type),
      isLast ? 'the last event ends nothing' : 'ends before the last event',
    );
    if (isObject(response)) this.#response(response, at, type);
    else if (type === 'response.output_item.added') this.#added(data);
    else if (type === 'response.output_item.done') this.#done(data);
    else this.#step(data);
  }

  #response(response: JsonObject, at: number, type: unknown): void {
    if (at === 0) this.#created = response;
    for (const name of ['id', 'created_at', 'model', 'object', 'tools', 'instructions', 'metadata']) {
      this.#check(isDeepStrictEqual(response[name], this.#created[name]), `${name} has changed`);
    }
    const status = terminals.includes(type) ? String(type).slice('response.'.length) : 'in_progress';
    this.#check(response['status'] === status, `status is ${String(response['status'])}`);
    this.#check((response['error'] !== null) === (status === 'failed'), 'error');
    this.#check((response['incomplete_details'] !== null) === (status === 'incomplete'), 'incomplete_details');
    const isWhole = status === 'completed' || status === 'incomplete';
    if (isWhole) this.#check(isObject(response['usage']), 'no usage');
    this.#output(response['output'], isWhole);
    if (status === 'in_progress') this.#check(at < 2, 'comes again');
  }

  #output(output: unknown, isWhole: boolean): void {
    if (!Array.isArray(output)) {
      this.#check(false, 'output is no list');
      return;
    }
    this.#check(output.length === this.#items.length, `output has ${output.length} of ${this.#items.length} items`);
    for (const [at, { added, done, texts }] of this.#items.entries()) {
      const told: unknown = output[at];
      if (isWhole) this.#check(done !== undefined, `item ${at} is not done`);
      if (done) this.#check(isDeepStrictEqual(told, done), `output ${at} is not the item that was done`);
      else this.#sameItem(told, added, texts, `output ${at}`);
    }
  }

  #added({ output_index: index, item }: JsonObject): void {
    if (!isObject(item)) {
      this.#check(false, 'no item');
      return;
    }
    this.#check(index === this.#items.length, `output_index is ${String(index)}`);
    this.#check(typeof item['id'] === 'string' && item['id'] !== '', 'no id');
    this.#check(!this.#items.some(({ added }) => added['id'] === item['id']), 'an id of two items');
    this.#check(item['status'] === 'in_progress', 'status');
    this.#check(textsOf(item).join('') === '', 'is not empty');
    const texts = 'content' in item || 'summary' in item ? [] : [''];
    this.#items.push({ added: item, texts, phase: 'added', done: undefined });
  }

  #done({ output_index: index, item: told }: JsonObject): void {
    const item = this.#items[Number(index)];
    if (!item || !isObject(told)) {
      this.#check(false, 'no such item');
      return;
    }
    const { added, texts, phase } = item;
    // Thoughts may have no readable text.
    const needsNoText = added['type'] === 'reasoning' || wholeItems.includes(added['type']);
    const isDue = phase === 'part-done' || (phase === 'added' && needsNoText);
    this.#check(isDue, `comes when the item is ${phase}`);
    this.#sameItem(told, added, texts, 'item');
    this.#check(told['status'] !== 'in_progress', 'status');
    item.phase = 'done';
    item.done = told;
  }

  #sameItem(told: unknown, added: JsonObject, texts: readonly string[], what: string): void {
    if (!isObject(told)) {
      this.#check(false, `${what} is missing`);
      return;
    }
    for (const name of stableMembers) {
      this.#check(isDeepStrictEqual(told[name], added[name]), `${what}: ${name} has changed`);
    }
    this.#check(isDeepStrictEqual(textsOf(told), texts), `${what}: another text than its deltas`);
  }

  #step(data: JsonObject): void {
    const step = steps.get(data['type']);
    if (!step) {
      this.#check(false, 'is not known');
      return;
    }
    const item = this.#items[Number(data['output_index'])];
    if (!item) {
      this.#check(false, 'no such item');
      return;
    }
    this.#check(item.added['type'] === step.of, `is of an item ${String(item.added['type'])}`);
    this.#check(item.added['id'] === data['item_id'], 'item_id');
    this.#check(step.from.includes(item.phase), `comes when the item is ${item.phase}`);
    const isNewPart = step.to === 'part' && !('delta' in data);
    if (isNewPart) item.texts.push('');
    const at = item.texts.length - 1;
    if (step.index) this.#check(data[step.index] === at, `${step.index} is ${String(data[step.index])}`);
    const { delta } = data;
    if (step.from.includes(step.to) && typeof delta !== 'string') this.#check(false, 'no delta');
    if (typeof delta === 'string') item.texts[at] += delta;
    if (step.whole) this.#whole(data[step.whole], item.texts[at]);
    item.phase = step.to;
  }

  #whole(told: unknown, text: string | undefined): void {
    const whole = isObject(told) ? told['text'] : told;
    this.#check(whole === text, 'another text than its deltas');
  }

  #check(holds: boolean, fault: string): void {
    if (!holds) this.faults.push(`${this.#where}: ${fault}`);
  }
}

/** The texts of an item, one of each part. */
function textsOf(item: JsonObject): readonly unknown[] {
  const { content, summary, arguments: json, input } = item;
  const parts = content ?? summary;
  if (Array.isArray(parts)) return parts.map((part: unknown) => (isObject(part) ? part['text'] : undefined));
  return [json ?? input ?? ''];
}
