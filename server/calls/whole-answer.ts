import type { HttpResponse } from '../http.ts';
import { withSilences } from './pings.ts';

/**
 * A JSON answer that takes long: after the first silence its response is opened, and a space is sent in each silence, which
 * JSON allows before a value. API Gateway ends a response that says nothing for five minutes. A failure after that breaks
 * the connection off without a complete body (DESIGN §2).
 * @param opened the head of a response that has to begin before its answer is there
 */
export async function withoutSilence(
  answering: Promise<HttpResponse & { readonly body: string }>,
  silenceMs: number,
  opened: Omit<HttpResponse, 'body'>,
): Promise<HttpResponse> {
  const steps = withSilences(once(answering), silenceMs);
  const { value: first } = await steps.next();
  if (first) return first;
  return { ...opened, body: spaced(steps) };
}

async function* once<T>(promise: Promise<T>): AsyncGenerator<T> {
  yield await promise;
}

async function* spaced(steps: AsyncIterable<{ readonly body: string } | undefined>): AsyncGenerator<string> {
  yield ' ';
  for await (const step of steps) yield step?.body ?? ' ';
}
