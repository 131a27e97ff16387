import * as z from 'zod/mini';
import { readableErrors } from './readable-errors.ts';

/** The operator's document in PENNYWORTH_CONFIG: JSON. An unknown field is refused by name, so that a typing error shows. */
const Config = z.strictObject({
  /** One server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp … */
  openai_compatible: z.optional(
    z.strictObject({
      /** With its `/v1`. */
      base_url: z.url().check(z.regex(/^https?:\/\//, 'is an http or https address')),
      /** Ids as that server lists them. */
      models: z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.maxLength(500)),
    }),
  ),
});
export type Config = z.infer<typeof Config>;

/** @throws Error naming the field at fault */
export function parseConfig(text: string | undefined): Config {
  if (text === undefined || text === '') return {};
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('PENNYWORTH_CONFIG: is not JSON');
  }
  const parsed = Config.safeParse(content, readableErrors);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`);
  throw new Error(`PENNYWORTH_CONFIG: ${faults.join('; ')}`);
}
