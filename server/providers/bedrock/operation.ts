import type { ProviderCall } from '../provider.ts';

/**
 * A call that is not streamed and cannot grow longer than this is sent to Converse: the events of a stream that nobody
 * watches cost CPU and bring nothing (DESIGN §2). Longer ones are streamed upstream, for the idle time's sake.
 */
const longestWholeAnswerTokens = 4_096;

/** Whether ConverseStream can serve the call at all: some models stream no tools, or nothing. */
export function canStream({ request, target }: Pick<ProviderCall, 'request' | 'target'>): boolean {
  const { streaming, streamingTools } = target.model.capabilities;
  return streaming && (request.tools.length === 0 || streamingTools);
}

/** Whether the call goes to ConverseStream rather than to Converse, whatever its caller gets. */
export function shouldStream(call: Pick<ProviderCall, 'request' | 'target' | 'maxOutputTokens'>): boolean {
  return canStream(call) && (call.request.stream || call.maxOutputTokens > longestWholeAnswerTokens);
}
