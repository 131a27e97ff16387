import { slotCount } from '../../shared/api-key.ts';
import type { CognitoUser } from '../aws/cognito.ts';
import { StoredKey } from '../keys/stored-key.ts';
import type { Logger } from '../observe/logger.ts';
import type { Person } from './person.ts';

/** `custom:k01` … `custom:k40`. */
export function slotAttribute(slot: number): string {
  return `custom:k${String(slot).padStart(2, '0')}`;
}

/** A slot that cannot be read is logged, skipped by look-ups and never taken for free: it may be a newer version's. */
export function parseSlots(user: CognitoUser, logger: Logger): Pick<Person, 'keys' | 'unreadableSlots'> {
  const keys = new Map<number, StoredKey>();
  const unreadableSlots = new Set<number>();
  for (let slot = 1; slot <= slotCount; slot++) {
    const text = user.attributes.get(slotAttribute(slot));
    if (!text) continue;
    const parsed = StoredKey.safeParse(parseJson(text));
    if (parsed.success) {
      keys.set(slot, parsed.data);
    } else {
      unreadableSlots.add(slot);
      const reason = reasonOf(text, parsed.error.issues[0]?.path.join('.'));
      logger.warn('stored_key_refused', { username: user.username, slot, reason });
    }
  }
  return { keys, unreadableSlots };
}

/** Undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names what is wrong without the stored value, which holds a digest. */
function reasonOf(text: string, path: string | undefined): string {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return 'not a JSON object';
  if ('v' in value && value.v !== 1) return `unknown version ${JSON.stringify(value.v)?.slice(0, 20)}`;
  return `field ${path} is wrong`;
}
