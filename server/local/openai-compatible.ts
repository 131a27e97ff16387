import * as z from 'zod/mini';
import type { Config } from '../config.ts';

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

/**
 * The configuration for one OpenAI-compatible server, with the models it lists now. `url` may leave its `/v1` out.
 * @throws Error when nothing there lists models
 */
export async function describeServer(url: string): Promise<string> {
  const base = url.replace(/\/+$/, '');
  const baseUrl = /\/v\d+$/.test(base) ? base : `${base}/v1`;
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(5_000), redirect: 'error' });
    const { data } = Models.parse(await response.json());
    const models = data.map(({ id }) => id);
    return JSON.stringify({ openai_compatible: { base_url: baseUrl, models } } satisfies Config);
  } catch (cause) {
    throw new Error(`${baseUrl}/models lists no models; is the server running there?`, { cause });
  }
}
