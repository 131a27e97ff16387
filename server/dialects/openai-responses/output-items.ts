import type { ItemStatus, OutputItem, OutputText } from '../../../shared/openai/responses-answer.ts';
import type { ModelEvent } from '../../model/events.ts';
import { CustomInput } from '../custom-tools.ts';
import { type ClientCall, readClientCall } from './client-tools.ts';
import type { ResponsesHead } from './response-object.ts';

/** An item whose text comes in pieces. */
export type TextKind = 'message' | 'function_call' | 'custom_tool_call' | 'reasoning';

/** One item of `output` while it is written. */
export interface OpenItem {
  /** A call of a tool of OpenAI's that the caller carries out is whole from the start. */
  readonly kind: TextKind | ClientCall;
  readonly id: string;
  readonly outputIndex: number;
  /** Of calls: the id the caller answers with, and the tool. */
  readonly callId: string;
  readonly name: string;
  /** Of a tool that stands in one. */
  readonly namespace: string | undefined;
  /** What was told so far: text, arguments, input or thoughts. */
  text: string;
  /** Only for a custom tool: takes its text out of the arguments. */
  readonly custom: CustomInput | undefined;
  signature: string;
  /** Thoughts that the provider sealed itself. */
  sealed: string;
  /** Its block has ended. Whether it was cut is known only with what comes next. */
  ended: boolean;
  /** The item as it was told at its end. */
  done: OutputItem | undefined;
}

/** Hears of items in the order a stream tells of them. */
export interface ItemListener {
  added(item: OpenItem): void;
  delta(item: OpenItem, text: string): void;
  done(item: OpenItem, output: OutputItem): void;
}

const idPrefixes = {
  message: 'msg',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  apply_patch_call: 'apc',
  reasoning: 'rs',
} as const;

/** A call of a tool of OpenAI's while its arguments come. */
interface GatheredCall {
  readonly id: string;
  readonly name: string;
  json: string;
  ended: boolean;
}

type EndStatus = 'completed' | 'incomplete';

/**
 * Makes the items of `output` out of model events, in the order their blocks start. Texts that follow each other are one
 * message of one part: clients read the last message as the answer. A block that says nothing makes no item.
 */
export class OutputItems {
  readonly #head: ResponsesHead;
  readonly #listener: ItemListener | undefined;
  readonly #items: OpenItem[] = [];
  /** By block index, without those that are done. All texts share one place. */
  readonly #current = new Map<number | 'text', OpenItem>();
  /** By block index. Such a call stands in an object, not in a text, so it is told once it is whole. */
  readonly #gathered = new Map<number, GatheredCall>();

  constructor(head: ResponsesHead, listener?: ItemListener) {
    this.#head = head;
    this.#listener = listener;
  }

  add(event: ModelEvent): void {
    switch (event.type) {
      case 'text-delta':
        if (event.text !== '') this.#write(this.#current.get('text') ?? this.#start('message', 'text'), event.text);
        break;
      case 'reasoning-delta':
        if (event.text !== '') this.#write(this.#thoughts(event.index), event.text);
        break;
      case 'reasoning-signature':
        this.#thoughts(event.index).signature += event.signature;
        break;
      case 'reasoning-redacted':
        this.#thoughts(event.index).sealed += event.data;
        break;
      case 'tool-call-start':
        this.#startCall(event);
        break;
      case 'tool-call-delta': {
        const gathered = this.#gathered.get(event.index);
        if (gathered) gathered.json += event.json;
        const call = this.#current.get(event.index);
        if (call) this.#write(call, call.custom ? call.custom.push(event.json) : event.json);
        break;
      }
      case 'tool-call-end':
      case 'reasoning-end': {
        const item = this.#current.get(event.index) ?? this.#gathered.get(event.index);
        if (item) item.ended = true;
        break;
      }
      default:
        break;
    }
  }

  /** Ends what is open, at the end of the answer. */
  close(status: EndStatus): void {
    for (const [place, item] of this.#current) this.#end(place, item, status);
    for (const [place, call] of this.#gathered) this.#tell(place, call, status);
  }

  /** All items; one that is still open is told as far as it came. */
  list(): readonly OutputItem[] {
    return this.#items.map((item) => item.done ?? toOutputItem(item, 'incomplete', undefined));
  }

  /** All items with their thoughts sealed, whether the caller asked for that or not. */
  listSealed(): readonly OutputItem[] {
    return this.#items
      .map((item) => {
        const { done } = item;
        return done?.type === 'reasoning' ? toOutputItem(item, done.status, this.#encryptedOf(item)) : done;
      })
      .filter((item) => item !== undefined);
  }

  #thoughts(index: number): OpenItem {
    return this.#current.get(index) ?? this.#start('reasoning', index);
  }

  #startCall({ index, id, name }: Extract<ModelEvent, { type: 'tool-call-start' }>): void {
    const { customTools, clientTools } = this.#head;
    this.#endEarlier();
    if (clientTools.has(name)) this.#gathered.set(index, { id, name, json: '', ended: false });
    else this.#open(customTools.has(name) ? 'custom_tool_call' : 'function_call', index, { id, name });
  }

  /** A new item ends the earlier ones, save a call whose arguments still come. */
  #endEarlier(): void {
    for (const [at, earlier] of this.#current) {
      if (earlier.ended || earlier.kind === 'message' || earlier.kind === 'reasoning') {
        this.#end(at, earlier, 'completed');
      }
    }
    for (const [at, call] of this.#gathered) if (call.ended) this.#tell(at, call, 'completed');
  }

  /**
   * A whole call of OpenAI's own kind. One that was cut, or that says something else, is told as the call of a function
   * that the model made: a caller must not run half of it, and can answer what was wrong.
   */
  #tell(place: number, { id, name, json }: GatheredCall, status: EndStatus): void {
    this.#gathered.delete(place);
    const client = status === 'completed' ? readClientCall(name, json) : undefined;
    const item = this.#open(client ?? 'function_call', place, { id, name });
    if (!client) this.#write(item, json);
    this.#end(place, item, status);
  }

  #start(kind: TextKind, place: number | 'text'): OpenItem {
    this.#endEarlier();
    return this.#open(kind, place);
  }

  #open(kind: OpenItem['kind'], place: number | 'text', { id, name } = { id: '', name: '' }): OpenItem {
    const namespaced = this.#head.namespaces.get(name);
    const outputIndex = this.#items.length;
    const item: OpenItem = {
      kind,
      id: `${idPrefixes[typeof kind === 'string' ? kind : kind.type]}_${this.#head.id.replace(/^resp_/, '')}_${outputIndex}`,
      outputIndex,
      callId: id,
      name: namespaced?.name ?? name,
      namespace: namespaced?.namespace,
      text: '',
      custom: kind === 'custom_tool_call' ? new CustomInput() : undefined,
      signature: '',
      sealed: '',
      ended: false,
      done: undefined,
    };
    this.#items.push(item);
    this.#current.set(place, item);
    this.#listener?.added(item);
    return item;
  }

  #write(item: OpenItem, text: string): void {
    if (text === '') return;
    this.#listener?.delta(item, text);
    item.text += text;
  }

  #end(place: number | 'text', item: OpenItem, status: EndStatus): void {
    this.#current.delete(place);
    if (item.custom) this.#write(item, item.custom.end());
    // A call without arguments still has to end in something that parses.
    if (item.kind === 'function_call' && item.text === '') this.#write(item, '{}');
    item.done = toOutputItem(item, status, this.#head.includeEncrypted ? this.#encryptedOf(item) : undefined);
    this.#listener?.done(item, item.done);
  }

  /** Thoughts without a signature cannot be given back to their model. */
  #encryptedOf({ text, signature, sealed }: OpenItem): string | undefined {
    const { seal } = this.#head;
    if (sealed !== '') return seal({ data: sealed });
    return signature === '' ? undefined : seal({ text, signature });
  }
}

/** The part of a message that has its text. */
export function outputText(text: string): OutputText {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** The item with what was told of it so far. */
export function toOutputItem(item: OpenItem, status: ItemStatus, encrypted: string | undefined): OutputItem {
  const { kind: type, id, callId, name, namespace, text } = item;
  if (typeof type === 'object') return { id, status, call_id: callId, ...type };
  const within = namespace === undefined ? {} : { namespace };
  switch (type) {
    case 'message':
      return { id, type, status, role: 'assistant', content: text === '' ? [] : [outputText(text)] };
    case 'function_call':
      return { id, type, status, call_id: callId, name, ...within, arguments: text };
    case 'custom_tool_call':
      return { id, type, status, call_id: callId, name, ...within, input: text };
    case 'reasoning':
      return {
        id,
        type,
        status,
        summary: text === '' ? [] : [{ type: 'summary_text', text }],
        ...(encrypted === undefined ? {} : { encrypted_content: encrypted }),
      };
  }
}
