import type { ModelEvent } from '../../model/events.ts';
import type { Usage } from '../../model/usage.ts';

type Batches = Iterable<readonly ModelEvent[]>;

/** The events of an answer, with the usage of an earlier try counted in: both were billed. */
export function* addUsage(events: Batches, earlier: Batches): Generator<readonly ModelEvent[]> {
  const before = usageOf(earlier);
  for (const batch of events) {
    yield batch.map((event) =>
      event.type === 'usage' && before ? { type: 'usage', usage: sum(before, event.usage) } : event,
    );
  }
}

/** The earlier try ends with the fault that made it one: its events are all before that. */
function usageOf(batches: Batches): Usage | undefined {
  const { value } = batches[Symbol.iterator]().next();
  const events: readonly ModelEvent[] = value ?? [];
  const event = events.find(({ type }) => type === 'usage');
  return event?.type === 'usage' ? event.usage : undefined;
}

function sum(a: Usage, b: Usage): Usage {
  const isReasoningKnown = a.reasoningTokens !== undefined || b.reasoningTokens !== undefined;
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
    cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: isReasoningKnown ? (a.reasoningTokens ?? 0) + (b.reasoningTokens ?? 0) : undefined,
    tier: b.tier,
    raw: [a.raw, b.raw],
  };
}
