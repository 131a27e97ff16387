import { type CallToolResult, isCallToolResult } from '@modelcontextprotocol/server';
import { depthOf } from './read-tools.ts';
import { UpstreamFault } from './upstream-transport.ts';

/** A result that is nested deeper could not be written out again. */
const deepestResult = 200;
/** A shorter one stands in any text by chance. */
const shortestSecret = 6;
const redacted = '[redacted]';

/** Keeps what an upstream server is sent as its credential from everybody who reads what the server says. */
export class Redaction {
  readonly #secrets: readonly string[];

  /** @param credentials whole values of the header */
  constructor(credentials: readonly string[]) {
    // A server may tell the token without the word before it (`Bearer …`).
    const parts = credentials.flatMap((credential) => [credential, ...credential.split(' ').slice(1)]);
    // The longest first: of one that begins with another the rest would stay.
    this.#secrets = parts.filter((part) => part.length >= shortestSecret).sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    return this.#secrets.reduce((told, secret) => told.replaceAll(secret, redacted), text);
  }

  /** What is said in the texts and names of a value; the value must not be nested without bound. */
  value(value: unknown): unknown {
    const json = JSON.stringify(value);
    const quoted = (secret: string) => JSON.stringify(secret).slice(1, -1);
    const told = this.#secrets.reduce((rest, secret) => rest.replaceAll(quoted(secret), redacted), json);
    return told === json ? value : JSON.parse(told);
  }
}

/**
 * A result as callers get it: its content and what is structured of it. `_meta`, which may mean something to whoever reads
 * it, does not go through.
 * @throws UpstreamFault for what cannot be passed on
 */
export function passOn(result: CallToolResult, redaction: Redaction): CallToolResult {
  if (depthOf(result) > deepestResult) throw new UpstreamFault('Its answer is nested too deeply.');
  const { content, structuredContent, isError } = result;
  const told = redaction.value({
    content: JSON.parse(JSON.stringify(content, (name, value: unknown) => (name === '_meta' ? undefined : value))),
    // Revisions before 2026-07-28 know objects only.
    ...(isObject(structuredContent) && { structuredContent }),
    ...(isError !== undefined && { isError }),
  });
  if (isCallToolResult(told)) return told;
  throw new UpstreamFault('Its answer is not the result of a tool.');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
