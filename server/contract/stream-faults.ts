import { EventData } from '../../shared/sse.ts';
import { faultsOfStream as faultsOfMessages } from '../dialects/anthropic-messages/test-grammar.ts';
import { faultsOfStream as faultsOfResponses, readStream } from '../dialects/openai-responses/test-grammar.ts';
import { faultsOf } from './openai-schemas.ts';

/** What is wrong with a whole streamed answer, by the grammar of its route; empty when nothing is. `path` may have a query. */
export function faultsOfAnswer(path: string, answer: string): readonly string[] {
  const [route] = path.split('?');
  if (route === '/v1/responses') return faultsOfResponses(readStream(answer));
  if (route === '/v1/messages') return faultsOfMessages(readStream(answer));
  const events = new EventData().push(answer);
  const ending = events.at(-1) === '[DONE]' ? [] : ['the last event is not [DONE]'];
  return [...events.slice(0, -1).flatMap((event) => faultsOf('chunk', JSON.parse(event))), ...ending];
}
