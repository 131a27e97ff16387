import { isDeepStrictEqual } from 'node:util';
import type {
  ExportedKey,
  ExportedKeyList,
  ExportKeysQuery,
  ImportedRow,
  ImportKeys,
  ImportReport,
} from '../../shared/api/key-transfer.ts';
import { isUsername } from '../../shared/api-key.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { authorize } from '../auth/authorize.ts';
import { currentIdentity } from '../auth/current-identity.ts';
import { isRole } from '../auth/teams.ts';
import { conflict, GatewayError, invalidRequest } from '../errors.ts';
import { planLimits, showLimits } from '../money/limit-settings.ts';
import { fromStoredLimits, noLimits, toStoredLimits } from '../money/limits.ts';
import type { Person } from '../people/person.ts';
import { type PlacedKey, pageOfAllKeys } from './key-pages.ts';
import { longestLifeMs, toleranceMs, toStoredMcpTools } from './key-request.ts';
import type { KeyServiceOptions } from './key-service.ts';
import { describeKey, toAuditState } from './key-view.ts';
import { checkSize, isSpent } from './new-key.ts';
import { changeSlots, type SlotWrite } from './slot-change.ts';
import type { StoredKey } from './stored-key.ts';
import { orUnavailable } from './table-unavailable.ts';

/** Keys from one pool to another with the same root secret, for administrators. Never a plaintext. */
export interface KeyTransfer {
  /** Hashes only if they are asked for, and then the trail tells of it. */
  exportKeys(caller: Caller, query: ExportKeysQuery): Promise<ExportedKeyList>;
  /**
   * All rows are looked at before the first is written. Repeating an import that broke off goes on where it ended.
   * @throws GatewayError 400 `pepper_mismatch`, 409 `import_conflict` with `on_conflict: fail`: nothing was written
   */
  importKeys(caller: Caller, input: ImportKeys): Promise<ImportReport>;
}

export function createKeyTransfer(options: KeyServiceOptions): KeyTransfer {
  const { audit, clock, rootSecret } = options;
  return {
    exportKeys: (caller, query) =>
      orUnavailable(async () => {
        authorize(await currentIdentity(options.people, caller.identity), 'admin');
        const withHashes = query.include_hashes === 'true';
        const { keys, next } = await pageOfAllKeys(options, () => true, query);
        if (withHashes) {
          const after = { keys: keys.length, include_hashes: true };
          await audit.record(caller, { action: 'key.export', target: 'keys', username: null, after });
        }
        const now = clock.now();
        return { data: keys.map((each) => toExported(each, now, withHashes)), next };
      }),

    importKeys: (caller, { keys: rows, on_conflict = 'fail', dry_run = false }) =>
      orUnavailable(async () => {
        authorize(await currentIdentity(options.people, caller.identity), 'admin');
        const { pepperId } = await rootSecret.keys();
        refuseTwice(rows);
        const now = clock.now();
        const wanted = rows.map((row, index) => ({ row, write: toWrite(row, index, pepperId, now) }));
        const judged: JudgedRow[] = [];
        const people = await readOwners(options, rows);
        for (const each of wanted)
          judged.push({ ...each, verdict: judge(people.get(each.row.user_id), each.write, now) });
        if (on_conflict === 'fail') refuseSkipped(judged);
        const data: ImportedRow[] = [];
        for (const { row, write, verdict } of judged) {
          const result =
            verdict.outcome !== 'would_import' || dry_run ? verdict : await writeRow(options, caller, row, write);
          data.push({ id: row.id, user_id: row.user_id, ...result });
        }
        return { data, dry_run };
      }),
  };
}

interface JudgedRow {
  readonly row: ExportedKey;
  readonly write: SlotWrite;
  readonly verdict: Verdict;
}

async function readOwners({ people }: KeyServiceOptions, rows: readonly ExportedKey[]) {
  const owners = new Map<string, Person | undefined>();
  for (const { user_id } of rows) {
    if (!owners.has(user_id)) owners.set(user_id, isUsername(user_id) ? await people.read(user_id) : undefined);
  }
  return owners;
}

function toExported({ owner, slot, key }: PlacedKey, now: number, withHash: boolean): ExportedKey {
  return {
    v: 1,
    ...describeKey(owner, key, now),
    ...showLimits(fromStoredLimits(key.b)),
    slot,
    pepper_id: key.p,
    ...(withHash && key.h !== undefined && { hash: key.h }),
    rotated_to: key.rt ?? null,
    rotated_first: key.ro ?? null,
  };
}

/** What the row's slot is to hold. @throws GatewayError 400 naming the row */
function toWrite(row: ExportedKey, index: number, pepperId: string, now: number): SlotWrite {
  const at = (field: string) => `keys[${index}].${field}`;
  if (row.pepper_id !== pepperId) {
    throw invalidRequest(
      `${at('pepper_id')}: the hash was made under the root secret ${row.pepper_id}, this deployment has ${pepperId}. ` +
        'Restore that root secret here first; nothing was imported.',
      at('pepper_id'),
      'pepper_mismatch',
    );
  }
  const isRevoked = row.status === 'revoked';
  if (row.hash === undefined && !isRevoked) {
    throw invalidRequest(`${at('hash')}: is missing; export with include_hashes=true.`, at('hash'));
  }
  if (row.team !== null && isRole(row.team)) {
    throw invalidRequest(`${at('team')}: ${row.team} is a role and pays for nobody; name a team, or null.`, at('team'));
  }
  const c = timeWithin(row.created_at, earliest, now + toleranceMs, at('created_at'));
  const e = row.expires_at === null ? 0 : timeWithin(row.expires_at, earliest, now + longestLifeMs, at('expires_at'));
  const limits = toStoredLimits(planLimits(row, noLimits, at('')));
  const key: StoredKey = {
    v: 1,
    ...(isRevoked || row.hash === undefined ? {} : { h: row.hash }),
    p: row.pepper_id,
    l: row.last4,
    id: row.id,
    n: row.name,
    c,
    e,
    s: isRevoked ? 'r' : 'a',
    sc: row.scopes,
    m: row.models,
    ...toStoredMcpTools(row.mcp_tools),
    ...(row.team !== null && { t: row.team }),
    ...(limits && { b: limits }),
    ...(row.rotated_to !== null && { rt: row.rotated_to }),
    ...(row.rotated_first !== null && { ro: row.rotated_first }),
    g: 0,
  };
  checkSize(key);
  return { slot: row.slot, key };
}

/** No gateway has made a key before. */
const earliest = Date.parse('2020-01-01T00:00:00.000Z');

/** Seconds. @throws GatewayError 400 */
function timeWithin(time: string, from: number, to: number, param: string): number {
  const ms = Date.parse(time);
  if (ms >= from && ms <= to) return Math.floor(ms / 1000);
  const [first, last] = [from, to].map((bound) => new Date(bound).toISOString());
  throw invalidRequest(`${param}: is not between ${first} and ${last}; give the time that was exported.`, param);
}

function refuseTwice(rows: readonly ExportedKey[]): void {
  const seen = new Set<string>();
  for (const [index, { id, user_id, slot }] of rows.entries()) {
    for (const mark of [id, `${user_id}#${slot}`]) {
      if (seen.has(mark)) throw invalidRequest(`keys[${index}]: this key or its slot stands twice.`, `keys[${index}]`);
      seen.add(mark);
    }
  }
}

type Verdict = Pick<ImportedRow, 'outcome' | 'code' | 'message'>;

const imported: Verdict = { outcome: 'imported', code: null, message: null };
const importable: Verdict = { outcome: 'would_import', code: null, message: null };
const unchanged: Verdict = { outcome: 'unchanged', code: null, message: null };

function skipped(code: string, message: string): Verdict {
  return { outcome: 'skipped', code, message };
}

/** What this pool has wins: a key that was revoked or changed here stays so. */
function judge(person: Person | undefined, { slot, key }: SlotWrite, now: number): Verdict {
  if (!person) return skipped('no_such_person', 'There is no person with this user_id; invite them with it first.');
  for (const [there, stored] of person.keys) {
    if (stored.id !== key.id) continue;
    const { rf: _, ...own } = stored;
    const isSame = there === slot && isDeepStrictEqual({ ...own, g: 0 }, { ...key, g: 0 });
    // Under the generation that still is: whoever wrote it died before it was put in force.
    if (isSame) return stored.g === person.generation ? importable : unchanged;
    return skipped('key_differs', 'The key is here and was changed since; it stays as it is here.');
  }
  const taken = person.keys.get(slot);
  if (person.unreadableSlots.has(slot) || (taken && !isSpent(taken, now))) {
    return skipped('slot_taken', `Slot ${slot} of this person holds ${taken?.id ?? 'what this version cannot read'}.`);
  }
  return importable;
}

/** @throws GatewayError 409 naming the first row that would be left out */
function refuseSkipped(judged: readonly JudgedRow[]): void {
  const skips = judged.flatMap(({ verdict }, index) => (verdict.outcome === 'skipped' ? [{ index, verdict }] : []));
  const [first] = skips;
  if (!first) return;
  const more = skips.length > 1 ? ` (and ${skips.length - 1} more)` : '';
  throw conflict(
    'import_conflict',
    `keys[${first.index}]: ${first.verdict.message}${more} Nothing was imported. To leave such rows out: "on_conflict": "skip".`,
  );
}

/** One row under its owner's lease; what has changed since it was judged is seen there. */
async function writeRow(
  options: KeyServiceOptions,
  caller: Caller,
  { user_id: username }: ExportedKey,
  { slot, key: wanted }: SlotWrite,
): Promise<Verdict> {
  try {
    await changeSlots(options, caller, username, (person) => {
      const verdict = judge(person, { slot, key: wanted }, options.clock.now());
      if (verdict.outcome !== 'would_import') throw new StandsAlready(verdict);
      const key = { ...wanted, g: person.generation };
      const after = { ...toAuditState(key), slot };
      return { writes: [{ slot, key }], audit: [{ action: 'key.import', target: key.id, username, after }] };
    });
    return imported;
  } catch (error) {
    if (error instanceof StandsAlready) return error.verdict;
    if (error instanceof GatewayError) return { outcome: 'failed', code: error.code, message: error.message };
    throw error;
  }
}

/** Leaves a change before anything is written. */
class StandsAlready extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super('the slot has changed meanwhile');
    this.verdict = verdict;
  }
}
