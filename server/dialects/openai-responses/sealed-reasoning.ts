import type { AssistantPart, Message } from '../../model/request.ts';
import { createSealer, looksSealed } from '../../stored/sealing.ts';
import { isObject } from '../json-object.ts';
import type { SignedReasoning } from './response-object.ts';

// What a model thought, as the `encrypted_content` of a reasoning item, in base64url: the client keeps it, and only we can
// read it.

/** Who may have it opened. Another person's, or one of another model, is foreign: no model takes it back. */
export interface SealScope {
  /** Username of the key's owner: the same person may go on with another key. */
  readonly owner: string;
  /** The model that thought it. */
  readonly model: string;
}

export interface ReasoningSeal {
  /** Never twice the same. */
  seal(reasoning: SignedReasoning): string;
  /** Byte for byte what was sealed; undefined when it is foreign, damaged or of no layout we know. */
  unseal(encrypted: string): SignedReasoning | undefined;
}

/** `sealingKey`: of the deployment's root keys. */
export function createReasoningSeal(sealingKey: Uint8Array, { owner, model }: SealScope): ReasoningSeal {
  const sealer = createSealer(sealingKey, 'reasoning', owner, [model]);
  return {
    seal: (reasoning) => sealer.seal(JSON.stringify(reasoning)).toString('base64url'),
    unseal(encrypted) {
      const opened = sealer.unseal(Buffer.from(encrypted, 'base64url'));
      try {
        return opened && toReasoning(JSON.parse(opened.toString('utf8')));
      } catch {
        return undefined;
      }
    },
  };
}

/** What may be of our sealing: a signature, or what stands for one. A provider's own is seldom taken for it, and harmless. */
function sealedIn(part: AssistantPart): string | undefined {
  const kept = part.type === 'reasoning' ? part.signature : part.type === 'redacted-reasoning' ? part.data : undefined;
  return kept !== undefined && looksSealed(Buffer.from(kept.slice(0, 4), 'base64url')) ? kept : undefined;
}

/** Whether a conversation may have thoughts in it that we sealed. */
export function hasSealedThoughts(messages: readonly Message[]): boolean {
  return messages.some(({ role, content }) => role === 'assistant' && content.some((part) => sealedIn(part)));
}

/**
 * A client that goes on in another dialect with what began on Responses has our `encrypted_content` where that dialect has
 * a signature, or sealed data: what was sealed stands there again afterwards. All else stays as it is.
 */
export function openSealedThoughts(messages: readonly Message[], unseal: ReasoningSeal['unseal']): Message[] {
  return messages.map((message) =>
    message.role === 'assistant'
      ? { role: 'assistant', content: message.content.map((part) => opened(part, unseal)) }
      : message,
  );
}

function opened(part: AssistantPart, unseal: ReasoningSeal['unseal']): AssistantPart {
  const sealed = sealedIn(part);
  const thought = sealed === undefined ? undefined : unseal(sealed);
  return thought ? toThoughtPart(thought) : part;
}

/** What was sealed, as the waist has it. */
export function toThoughtPart(thought: SignedReasoning): AssistantPart {
  if ('data' in thought) return { type: 'redacted-reasoning', data: thought.data };
  return { type: 'reasoning', text: thought.text, signature: thought.signature };
}

function toReasoning(value: unknown): SignedReasoning | undefined {
  if (!isObject(value)) return undefined;
  const { text, signature, data } = value;
  if (typeof data === 'string') return { data };
  return typeof text === 'string' && typeof signature === 'string' ? { text, signature } : undefined;
}
