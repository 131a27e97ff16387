import type { ReasoningPart } from '../model/request.ts';
import { isObject } from './json-object.ts';

// A caller of Messages may want no text of the model's thoughts, but the model wants it back with its signature. So the
// text travels inside the signature, which callers hand back as it came, whatever protocol they go on in.

const prefix = 'pennyworth.thinking.';

/** A signature that has the text it signs within it. */
export function enclose(text: string, signature: string): string {
  return prefix + Buffer.from(JSON.stringify({ text, signature })).toString('base64url');
}

/** The thoughts that were omitted; a part that came otherwise is left as it is. */
export function disclose(part: ReasoningPart): ReasoningPart {
  if (part.text !== '' || !part.signature?.startsWith(prefix)) return part;
  try {
    const json = Buffer.from(part.signature.slice(prefix.length), 'base64url').toString();
    const enclosed: unknown = JSON.parse(json);
    if (!isObject(enclosed)) return part;
    const { text, signature } = enclosed;
    if (typeof text !== 'string' || typeof signature !== 'string') return part;
    return { type: 'reasoning', text, signature };
  } catch {
    // Damaged on its way: what the model makes of it is for the provider to say.
    return part;
  }
}
