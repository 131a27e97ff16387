import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { AuditChange, AuditTrail, Caller } from '../audit/audit-trail.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import type { Balances } from '../money/balance.ts';
import type { Logger } from '../observe/logger.ts';
import { unknownUser } from '../people/cognito-admin.ts';
import type { People, Person } from '../people/person.ts';
import type { KeyOwners } from './key-owners.ts';
import { keyUpdateInProgress, type Lease, takeLease } from './lease.ts';
import type { SlotWriter } from './slot-writer.ts';
import type { StoredKey } from './stored-key.ts';

export interface SlotChangeOptions {
  readonly people: People;
  readonly balances: Balances;
  readonly writer: SlotWriter;
  readonly owners: KeyOwners;
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one slot is to hold. */
export interface SlotWrite {
  readonly slot: number;
  readonly key: StoredKey;
}

export interface SlotChange {
  /** In this order, each confirmed before the next: whoever dies in between leaves what the next attempt can tell. */
  readonly writes: readonly SlotWrite[];
  readonly audit: readonly AuditChange[];
}

const writeTimeoutMs = 4_000;
/** The write and its confirmation must fit into what is left of the lease. */
const neededMs = 5_000;
const readBackPauseMs = 100;
const readBacks = 4;

/**
 * Changes slots while nobody else changes a slot of this person, and returns once the change is in force everywhere:
 * every reserve compares the generation that is bumped here. `plan` sees the person as they are now; planning what
 * already stands writes nothing, but bumps and records all the same, because an earlier try may have died in between.
 * @throws GatewayError 404 when there is no such person, 409 `key_update_in_progress`, 503
 */
export async function changeSlots<Change extends SlotChange>(
  options: SlotChangeOptions,
  caller: Caller,
  username: string,
  plan: (person: Person) => Change,
): Promise<Change> {
  const { people, balances, owners, audit, logger } = options;
  const lease = await takeLease(options, username);
  try {
    const person = await people.read(username);
    if (!person) throw unknownUser();
    const change = plan(person);
    for (const write of change.writes) {
      await owners.remember(write.key.id, username);
      if (!isStored(person, write)) await writeAndConfirm(options, lease, person, write);
    }
    await balances.bumpGeneration(username);
    for (const row of change.audit) await audit.record(caller, row);
    return change;
  } finally {
    people.forget(username);
    await lease.release().catch((error: unknown) => {
      logger.warn('lease_not_released', { username, cause: String(error) });
    });
  }
}

async function writeAndConfirm(
  { people, writer, logger }: SlotChangeOptions,
  lease: Lease,
  before: Person,
  write: SlotWrite,
): Promise<void> {
  const { username } = before;
  if (lease.remainingMs() < neededMs) throw keyUpdateInProgress();
  await writer.write(username, write.slot, write.key, writeTimeoutMs);
  for (let reading = 1; reading <= readBacks; reading++) {
    const after = await people.read(username);
    // With another generation somebody else has finished a change meanwhile: this writer had stalled and may have
    // written over theirs, so it must not say that all is well.
    if (lease.remainingMs() <= 0 || (after && after.generation !== write.key.g)) break;
    if (after && isStored(after, write)) return;
    if (reading < readBacks) await delay(readBackPauseMs);
  }
  logger.warn('key_write_contended', { username, slot: write.slot });
  throw keyUpdateInProgress();
}

/** Under whichever generation it was written. */
function isStored(person: Person, { slot, key }: SlotWrite): boolean {
  const stored = person.keys.get(slot);
  return stored !== undefined && isDeepStrictEqual({ ...stored, g: 0 }, { ...key, g: 0 });
}
