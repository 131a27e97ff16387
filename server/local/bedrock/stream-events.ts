import type { Answer, AnswerBlock } from './answer.ts';
import type { ModelCall } from './call.ts';
import { encodeEchoes, findSignature, toCitation } from './converse.ts';
import type { EventType } from './frames.ts';
import { sealReasoning } from './reasoning.ts';

/** One event of a stream before it is framed. */
export interface StreamEvent {
  readonly type: EventType;
  /** What it is to scripts of faults and pauses: a piece of the answer, or the first event of its end. */
  readonly part?: 'chunk' | 'stop';
  /** JSON text. */
  readonly payload: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The service pads each payload with the head of the alphabet, so that lengths of frames do not tell the text. */
export function padding(index: number): string {
  return alphabet.slice(0, 1 + ((index * 29 + 11) % alphabet.length));
}

const parts: Partial<Record<EventType, StreamEvent['part']>> = { contentBlockDelta: 'chunk', messageStop: 'stop' };

/**
 * The events of an answer, in the service's order. A text or reasoning block begins with its first delta, only a tool
 * call has a contentBlockStart; usage comes after messageStop.
 */
export function createStreamEvents(call: ModelCall, answer: Answer, latencyMs: number): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  const add = (type: EventType, body: string) => {
    const part = parts[type];
    events.push({ type, payload: `{${body},"p":"${padding(events.length)}"}`, ...(part && { part }) });
  };
  add('messageStart', '"role":"assistant"');
  const sent = answer.blocks.filter(({ kind, pieces }) => kind === 'tool' || pieces.length > 0);
  for (const [index, block] of sent.entries()) {
    const head = `"contentBlockIndex":${index}`;
    if (block.kind === 'tool') {
      const toolUse = JSON.stringify({ name: block.name, toolUseId: block.id });
      add('contentBlockStart', `${head},"start":{"toolUse":${toolUse}}`);
    }
    for (const delta of deltasOf(call, block)) add('contentBlockDelta', `${head},"delta":{${delta}}`);
    add('contentBlockStop', head);
  }
  const { responseFields: fields } = answer;
  const extra = fields === undefined ? '' : `"additionalModelResponseFields":${JSON.stringify(fields)},`;
  add('messageStop', `${extra}"stopReason":${JSON.stringify(answer.stopReason)}`);
  const metadata = { metrics: { latencyMs }, ...encodeEchoes(call, answer), usage: answer.usage };
  add('metadata', JSON.stringify(metadata).slice(1, -1));
  return events;
}

/** The members of a block's deltas, as JSON text without the braces. */
function deltasOf(call: ModelCall, block: AnswerBlock): readonly string[] {
  const { pieces } = block;
  if (block.kind === 'native') return [];
  if (block.kind === 'text') {
    const cited = (block.citations ?? []).map((each) => `"citation":${JSON.stringify(toCitation(each))}`);
    return [...pieces.map((piece) => `"text":${JSON.stringify(piece)}`), ...cited];
  }
  if (block.kind === 'tool') return pieces.map((piece) => `"toolUse":{"input":${JSON.stringify(piece)}}`);
  if (block.sealed) return [`"reasoningContent":{"redactedContent":${JSON.stringify(sealReasoning(pieces.join('')))}}`];
  const texts = pieces.map((piece) => `"reasoningContent":{"text":${JSON.stringify(piece)}}`);
  const signature = findSignature(call, pieces.join(''));
  return signature ? [...texts, `"reasoningContent":{"signature":${JSON.stringify(signature)}}`] : texts;
}
