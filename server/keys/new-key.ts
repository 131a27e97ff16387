import { randomInt } from 'node:crypto';
import { encodeBase62, slotCount } from '../../shared/api-key.ts';
import { conflict, type GatewayError, invalidRequest } from '../errors.ts';
import type { Person } from '../people/person.ts';
import type { KeyFormat } from './key-format.ts';
import { type KeyRequest, refuseMore } from './key-request.ts';
import { isExpired } from './key-view.ts';
import type { SlotWrite } from './slot-change.ts';
import type { StoredKey } from './stored-key.ts';

/** Cognito's limit for one custom attribute is 2,048; a hundred are kept for what a key learns later. */
const longestValueBytes = 1_948;
const idDigits = 12;

export function newKeyId(): string {
  let id = 0n;
  for (let digit = 0; digit < idDigits; digit++) id = id * 62n + BigInt(randomInt(62));
  return `key_${encodeBase62(id, idDigits)}`;
}

/** A new key and the slot it goes to. `text` is the plaintext. */
export interface PlannedKey extends SlotWrite {
  readonly text: string;
}

/**
 * @param id where a key of this id stands already, an earlier try has died before its plaintext was shown to anybody:
 * the new one takes its slot
 * @throws GatewayError 409 `key_limit`, 400 when the person or the patterns do not fit, 403 for more than the owner has
 */
export function planNewKey(
  person: Person,
  { team, ...asked }: KeyRequest,
  id: string,
  format: KeyFormat,
  now: number,
): PlannedKey {
  refuseMore(person, { m: asked.m, ...(team !== undefined && { team }) });
  const slot = begunSlotOf(person, id) ?? findSlot(person, now);
  return mintInto(person, slot, { ...asked, id, s: 'a', ...(team !== undefined && { t: team }) }, format);
}

/** What a key is but for its secret and the marks of its slot. */
export type KeyContent = Omit<StoredKey, 'v' | 'h' | 'p' | 'l' | 'g'>;

/** A new secret for this slot. @throws GatewayError 400 */
export function mintInto(person: Person, slot: number, content: KeyContent, format: KeyFormat): PlannedKey {
  const minted = format.mint(person.username, slot);
  if (!minted) throw invalidRequest('Only a person whose username is a UUID can have keys. Ask an administrator.');
  const { digest: h, last4: l, text } = minted;
  const key: StoredKey = { v: 1, h, p: format.pepperId, l, ...content, g: person.generation };
  checkSize(key);
  return { slot, key, text };
}

/** @throws GatewayError 400 */
export function checkSize(key: StoredKey): void {
  const { ro: _, rf: __, rt: ___, ...own } = key;
  if (Buffer.byteLength(JSON.stringify(own)) > longestValueBytes) {
    const field = JSON.stringify(key.mt ?? []).length > JSON.stringify(key.m).length ? 'mcp_tools' : 'models';
    throw invalidRequest(
      `${field}: the patterns of models and mcp_tools are too long together; name fewer, or use "*".`,
      field,
    );
  }
}

/**
 * Where a key stands that an earlier try of the same request has written.
 * @throws GatewayError 409 `key_not_active`: what was revoked never works again
 */
export function begunSlotOf(person: Person, id: string): number | undefined {
  const [slot, key] = [...person.keys].find(([, each]) => each.id === id) ?? [];
  if (key?.s === 'r') throw notActive('revoked');
  return slot;
}

export function notActive(what: 'revoked' | 'expired'): GatewayError {
  return conflict('key_not_active', `This key is ${what}. Create a new one with \`pennyworth keys create <name>\`.`);
}

/** The first free slot, else that of the oldest key that works no more. @throws GatewayError 409 `key_limit` */
export function findSlot(person: Person, now: number): number {
  for (let slot = 1; slot <= slotCount; slot++) {
    if (!person.keys.has(slot) && !person.unreadableSlots.has(slot)) return slot;
  }
  const spent = [...person.keys].filter(([, key]) => isSpent(key, now));
  const oldest = spent.sort(([, a], [, b]) => a.c - b.c)[0];
  if (oldest) return oldest[0];
  throw conflict(
    'key_limit',
    `All ${slotCount} keys of this person are active. Revoke one with \`pennyworth keys revoke <id>\`.`,
  );
}

/** Works no more, and its slot may be used again. */
export function isSpent(key: StoredKey, now: number): boolean {
  return key.s === 'r' || isExpired(key, now);
}
