import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { findOutputFault, toFinishReason } from './finish-reason.ts';
import { listAt, objectAt, textAt } from './json.ts';
import type { ReaderOptions } from './stream.ts';
import { decodeUsage } from './usage.ts';

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
    if (part.length > 0) index++;
    events.push(...part);
  }
  const raw = textAt(answer, 'stopReason');
  const usage = objectAt(answer, 'usage');
  const tier = textAt(objectAt(answer, 'serviceTier'), 'type');
  if (raw !== undefined) events.push({ type: 'finish', reason: toFinishReason(raw), raw });
  if (usage !== undefined) events.push({ type: 'usage', usage: decodeUsage(usage, tier, false) });
  yield events;
  if (raw === undefined || usage === undefined) throw new TruncatedStreamError('Bedrock');
  const fault = findOutputFault(raw);
  if (fault) throw fault;
}

function readBlock(block: unknown, index: number, { names, suppressToolCalls }: ReaderOptions): ModelEvent[] {
  const text = textAt(block, 'text');
  if (text !== undefined) {
    return [
      { type: 'text-start', index },
      { type: 'text-delta', index, text },
      { type: 'text-end', index },
    ];
  }
  const toolUse = objectAt(block, 'toolUse');
  if (toolUse) {
    if (suppressToolCalls) return [];
    const name = names.decode(textAt(toolUse, 'name') ?? '');
    return [
      { type: 'tool-call-start', index, id: textAt(toolUse, 'toolUseId') ?? '', name },
      { type: 'tool-call-delta', index, json: JSON.stringify(toolUse['input'] ?? {}) },
      { type: 'tool-call-end', index },
    ];
  }
  const reasoning = objectAt(block, 'reasoningContent');
  return reasoning ? readReasoning(reasoning, index) : [];
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
