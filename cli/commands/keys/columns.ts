import { Key } from '../../../shared/api/keys.ts';
import type { Context } from '../../context.ts';
import type { ListColumn } from '../../output/print.ts';
import { formatMoment } from '../../output/time.ts';

/** Fields of a key as lists show it; the plaintext is never among them. */
export const keyFields = Object.keys(Key.shape).filter((field) => field !== 'key');

/** A key's status in the colour that draws the eye to what no longer works. */
export function keyColumns({ io, now }: Context): readonly ListColumn<Key>[] {
  const styles = { active: io.style.green, revoked: io.style.red, expired: io.style.yellow };
  return [
    { title: 'ID', show: (key) => key.id, raw: (key) => key.id },
    { title: 'NAME', shrinks: true, show: (key) => key.name, raw: (key) => key.name },
    { title: 'KEY', show: (key) => `pnw_…${key.last4}`, raw: (key) => key.last4 },
    { title: 'STATUS', show: (key) => ({ text: key.status, style: styles[key.status] }), raw: (key) => key.status },
    {
      title: 'SCOPES',
      show: (key) => key.scopes.join(' '),
      raw: (key) => key.scopes.join(' '),
    },
    { title: 'LAST USED', show: (key) => formatMoment(key.last_used_at, now()), raw: (key) => key.last_used_at },
    { title: 'CREATED', show: (key) => formatMoment(key.created_at, now()), raw: (key) => key.created_at },
    { title: 'EXPIRES', show: (key) => formatMoment(key.expires_at, now()), raw: (key) => key.expires_at },
  ];
}

/** Whose a key is, where several people's stand together. */
export const ownerColumn: ListColumn<Key> = {
  title: 'OWNER',
  shrinks: true,
  show: (key) => key.email ?? key.user_id,
  raw: (key) => key.email ?? key.user_id,
};
