import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { leftOut, toCallId, unknownKind } from './blocks.ts';
import { readCitation } from './citations.ts';
import { findOutputFault, stopSequenceOf, toFinishReason } from './finish-reason.ts';
import { isObject, listAt, objectAt, textAt } from './json.ts';
import { JsonAnswer } from './json-answer.ts';
import type { ReaderOptions } from './stream.ts';
import { decodeUsage, reasoningTokensOf, tierOf } from './usage.ts';

/**
 * A whole Converse answer as the same events a stream would bring, in one batch.
 * @throws TruncatedStreamError after what there is, when the answer has no stop reason or no usage
 * @throws GatewayError 502 `upstream_malformed_output` after the usage, for an answer that cannot be used
 */
export function* readConverseAnswer(answer: unknown, options: ReaderOptions): Generator<readonly ModelEvent[], void> {
  const events: ModelEvent[] = [];
  let index = 0;
  for (const block of listAt(objectAt(objectAt(answer, 'output'), 'message'), 'content')) {
    const part = readBlock(block, index, options);
    if (part.some(({ type }) => type !== 'warning')) index++;
    events.push(...part);
  }
  const raw = textAt(answer, 'stopReason');
  const usage = objectAt(answer, 'usage');
  const tier = tierOf(answer);
  if (raw !== undefined) events.push({ type: 'finish', reason: toFinishReason(raw), raw, ...stopSequenceOf(answer) });
  if (usage !== undefined) {
    events.push({ type: 'usage', usage: decodeUsage(usage, tier, false, reasoningTokensOf(answer)) });
  }
  const json = options.json && new JsonAnswer(options.json);
  yield json ? json.read(events) : events;
  if (raw === undefined || usage === undefined) throw new TruncatedStreamError('Bedrock');
  const fault = findOutputFault(raw);
  if (fault) throw fault;
  json?.check();
}

function readBlock(block: unknown, index: number, options: ReaderOptions): ModelEvent[] {
  const text = textAt(block, 'text');
  if (text !== undefined) return readText(text, index);
  const toolUse = objectAt(block, 'toolUse');
  if (toolUse) return readToolUse(toolUse, index, options);
  const reasoning = objectAt(block, 'reasoningContent');
  if (reasoning) return readReasoning(reasoning, index);
  const cited = objectAt(block, 'citationsContent');
  if (cited) {
    const texts = listAt(cited, 'content').map((each) => textAt(each, 'text') ?? '');
    const [start, delta, end] = readText(texts.join(''), index);
    const citations = listAt(cited, 'citations').map((each): ModelEvent => {
      const citation = isObject(each) ? readCitation(each) : undefined;
      return citation ? { type: 'citation', index, citation } : leftOut('citation');
    });
    return [start, delta, ...citations, end];
  }
  const kind = unknownKind(block);
  return kind === undefined ? [] : [leftOut(kind)];
}

function readText(text: string, index: number): [ModelEvent, ModelEvent, ModelEvent] {
  return [
    { type: 'text-start', index },
    { type: 'text-delta', index, text },
    { type: 'text-end', index },
  ];
}

function readToolUse(toolUse: object, index: number, { names, callable }: ReaderOptions): ModelEvent[] {
  const name = names.decode(textAt(toolUse, 'name') ?? '');
  if (callable && !callable.has(name)) return [];
  // Arguments that were cut at the cap come as the text they are: nobody should take them for none.
  const input = textAt(toolUse, 'input') ?? JSON.stringify(objectAt(toolUse, 'input') ?? {});
  return [
    { type: 'tool-call-start', index, id: toCallId(textAt(toolUse, 'toolUseId')), name },
    { type: 'tool-call-delta', index, json: input },
    { type: 'tool-call-end', index },
  ];
}

function readReasoning(reasoning: unknown, index: number): ModelEvent[] {
  const events: ModelEvent[] = [{ type: 'reasoning-start', index }];
  const told = objectAt(reasoning, 'reasoningText');
  const text = textAt(told, 'text');
  const signature = textAt(told, 'signature');
  const data = textAt(reasoning, 'redactedContent');
  if (text !== undefined) events.push({ type: 'reasoning-delta', index, text });
  if (signature !== undefined) events.push({ type: 'reasoning-signature', index, signature });
  if (data !== undefined) events.push({ type: 'reasoning-redacted', index, data });
  events.push({ type: 'reasoning-end', index });
  return events;
}
