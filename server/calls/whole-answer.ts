import type { HttpResponse } from '../http.ts';
import { withSilences } from './pings.ts';

type Headers = HttpResponse['headers'];

/**
 * A JSON answer that takes long: after the first silence its response is opened, and a space is sent in each silence, which
 * JSON allows before a value. API Gateway ends a response that says nothing for five minutes. A failure after that breaks
 * the connection off without a complete body (DESIGN §2). What the head could not say any more (cost, warning, dropped
 * fields) stands in the body's member `pennyworth`.
 * @param opened the head of a response that has to begin before its answer is there
 */
export async function withoutSilence(
  answering: Promise<HttpResponse & { readonly body: string }>,
  silenceMs: number,
  opened: Omit<HttpResponse, 'body'>,
): Promise<HttpResponse> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, silenceMs, undefined);
  });
  try {
    const inTime = await Promise.race([answering, silence]);
    if (inTime) return inTime;
  } finally {
    clearTimeout(timer);
  }
  return { ...opened, body: spaced(withSilences(once(answering), silenceMs), opened.headers) };
}

async function* once<T>(promise: Promise<T>): AsyncGenerator<T> {
  yield await promise;
}

async function* spaced(
  steps: AsyncIterable<{ readonly headers: Headers; readonly body: string } | undefined>,
  sent: Headers,
): AsyncGenerator<string> {
  yield ' ';
  for await (const step of steps) yield step ? withLateHeaders(step.body, step.headers, sent) : ' ';
}

const ours = 'x-pennyworth-';

/** `x-pennyworth-cost-usd` becomes `"pennyworth": {"cost_usd": …}`. */
function withLateHeaders(body: string, headers: Headers, sent: Headers): string {
  const late = Object.entries(headers).filter(([name]) => name.startsWith(ours) && sent[name] === undefined);
  if (late.length === 0) return body;
  const members = late.map(([name, value]) => [name.slice(ours.length).replaceAll('-', '_'), value]);
  return `${body.slice(0, -1)},"pennyworth":${JSON.stringify(Object.fromEntries(members))}}`;
}
