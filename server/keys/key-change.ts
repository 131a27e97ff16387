import type { UpdateKey } from '../../shared/api/keys.ts';
import { conflict, invalidRequest } from '../errors.ts';
import { planLimits } from '../money/limit-settings.ts';
import { fromStoredLimits, toStoredLimits } from '../money/limits.ts';
import type { Person } from '../people/person.ts';
import type { KeyFormat } from './key-format.ts';
import { expiryOf, lifeOf, refuseMore, toStoredMcpTools } from './key-request.ts';
import { toAuditState } from './key-view.ts';
import { begunSlotOf, checkSize, findSlot, isSpent, mintInto, notActive, type PlannedKey } from './new-key.ts';
import type { SlotChange, SlotWrite } from './slot-change.ts';
import type { StoredKey } from './stored-key.ts';

/** What is to become of a key of its owner's. */
export interface KeyChange extends SlotChange {
  readonly key: StoredKey;
}

/** The key as it will be, with its row for the trail. */
function changed(person: Person, { slot, key: before }: SlotWrite, after: StoredKey, action: 'update' | 'revoke') {
  const audit = {
    action: `key.${action}` as const,
    target: before.id,
    username: person.username,
    before: toAuditState(before),
    after: toAuditState(after),
  };
  return { key: after, writes: [{ slot, key: after }], audit: [audit] };
}

/** A key that is revoked already stays as it is; the row is written all the same: an earlier try may have died before. */
export function planRevocation(person: Person, found: SlotWrite, reason?: string): KeyChange {
  const { h: _, ...rest } = found.key;
  const revoked: StoredKey = rest.s === 'r' ? rest : { ...rest, s: 'r', g: person.generation };
  const change = changed(person, found, revoked, 'revoke');
  return { ...change, audit: change.audit.map((row) => ({ ...row, ...(reason !== undefined && { reason }) })) };
}

/** A change of settings whose rules that need nothing of its owner are applied. @throws GatewayError 400 */
export function planUpdate(input: UpdateKey, now: number): (person: Person, found: SlotWrite) => KeyChange {
  if (Object.values(input).every((value) => value === undefined)) {
    throw invalidRequest(
      'The body names nothing to change. Send name, scopes, models, mcp_tools, team, expires_in, budgets, rpm, tpm or concurrency.',
    );
  }
  const e = expiryOf(input, now);
  const { name, scopes, models } = input;
  return (person, found) => {
    const { key: before } = found;
    if (isSpent(before, now)) throw notActive(before.s === 'r' ? 'revoked' : 'expired');
    if (before.rt !== undefined && e !== undefined && isLater(e, before.e)) throw rotated(before.rt);
    const { t, b, mt, ...rest } = before;
    const limits = toStoredLimits(planLimits(input, fromStoredLimits(b)));
    const team = input.team === undefined ? t : (input.team ?? undefined);
    refuseMore(person, { ...(models && { m: models }), ...(team !== t && team !== undefined && { team }) });
    const key: StoredKey = {
      ...rest,
      ...(name !== undefined && { n: name }),
      ...(scopes && { sc: [...new Set(scopes)] }),
      ...(models && { m: models }),
      ...toStoredMcpTools(input.mcp_tools ?? mt),
      ...(e !== undefined && { e }),
      ...(team !== undefined && { t: team }),
      ...(limits && { b: limits }),
      g: person.generation,
    };
    checkSize(key);
    return changed(person, found, key, 'update');
  };
}

/** Of two ends; 0 = never. */
function isLater(a: number, b: number): boolean {
  return b !== 0 && (a === 0 || a > b);
}

/** What a rotation has ended stays ended: whoever has the old key must not find it working again. */
function rotated(id: string) {
  return conflict(
    'key_rotated',
    `This key was rotated: ${id} has taken its place, so its end can only come sooner. Change that one.`,
  );
}

export interface Rotation extends SlotChange {
  readonly made: PlannedKey;
}

/**
 * A new key in a free slot first, then the end of the old one: whoever dies in between leaves the old one as it was. The
 * new one names the old, the old one then names the new: a key that names one which does not name it back was never shown
 * to anybody, and the next rotation takes its slot.
 * @throws GatewayError 409 `key_not_active`, `key_rotated`, `key_limit`
 */
export function planRotation(
  person: Person,
  { slot, key: old }: SlotWrite,
  options: { readonly id: string; readonly overlap: number; readonly format: KeyFormat; readonly now: number },
): Rotation {
  const { id, overlap, format, now } = options;
  const keys = [...person.keys];
  if (old.rt !== id && keys.some(([, key]) => key.id === old.rt && key.s === 'a')) {
    throw conflict('key_rotated', `This key was rotated already: ${old.rt} has taken its place. Rotate that one.`);
  }
  // One that this very request has ended, in a try that died before its answer, goes on to its end.
  if (old.rt !== id && isSpent(old, now)) throw notActive(old.s === 'r' ? 'revoked' : 'expired');
  const nowSeconds = Math.floor(now / 1000);
  const life = lifeOf(old);
  const [unshown] = keys.find(([, key]) => key.rf === old.id && key.id !== old.rt && key.s === 'a') ?? [];
  const place = begunSlotOf(person, id) ?? unshown ?? findSlot(person, now);
  const { n, sc, m, mt, t, b } = old;
  const e = life === 0 ? 0 : nowSeconds + life;
  const content = {
    id,
    n,
    c: nowSeconds,
    e,
    s: 'a' as const,
    sc,
    m,
    ...(mt && { mt }),
    ...(t !== undefined && { t }),
    ...(b && { b }),
    ro: old.ro ?? old.id,
    rf: old.id,
  };
  const made = mintInto(person, place, content, format);
  const end = nowSeconds + overlap;
  const ended = { ...old, e: old.e === 0 ? end : Math.min(old.e, end), rt: id, g: person.generation };
  const username = person.username;
  return {
    made,
    writes: [made, { slot, key: ended }],
    audit: [
      {
        action: 'key.rotate',
        target: old.id,
        username,
        before: toAuditState(old),
        after: { ...toAuditState(ended), rotated_to: id },
      },
      { action: 'key.create', target: id, username, after: { ...toAuditState(made.key), rotated_from: old.id } },
    ],
  };
}
