import { createHash } from 'node:crypto';

/** OpenAI's functions and most clients take 64 characters of these; Claude and the protocol itself take more. */
const longestName = 64;
const separator = '__';
const hashDigits = 8;

/**
 * What a tool of an upstream server is called here: `<server>__<tool>`. A name that models or clients would refuse is
 * mended, and gets the beginning of its own SHA-256, so that two that differ stay two.
 */
export function listedNameOf(server: string, tool: string): string {
  const prefix = server + separator;
  const mended = tool.replace(/[^a-zA-Z0-9_-]/g, '_');
  const room = longestName - prefix.length;
  if (mended === tool && tool !== '' && tool.length <= room) return prefix + tool;
  const hash = createHash('sha256').update(tool).digest('hex').slice(0, hashDigits);
  return `${prefix}${mended.slice(0, room - hashDigits - 1)}_${hash}`;
}

/** Whose tool a name is, and its own part of it; undefined for a name without a server's in front. */
export function splitName(listed: string): { readonly server: string; readonly tool: string } | undefined {
  const at = listed.indexOf(separator);
  return at < 0 ? undefined : { server: listed.slice(0, at), tool: listed.slice(at + separator.length) };
}
