import { setTimeout as delay } from 'node:timers/promises';
import type { AuditChange, AuditTrail, Caller } from '../audit/audit-trail.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { invalidApiKey } from '../errors.ts';
import type { Balances } from '../money/balance.ts';
import type { Logger } from '../observe/logger.ts';
import type { People, Person } from '../people/person.ts';
import { keyUpdateInProgress, type Lease, takeLease } from './lease.ts';
import type { SlotWriter } from './slot-writer.ts';
import type { StoredKey } from './stored-key.ts';

export interface SlotChangeOptions {
  readonly people: People;
  readonly balances: Balances;
  readonly writer: SlotWriter;
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SlotChange {
  readonly slot: number;
  readonly key: StoredKey;
  readonly audit: AuditChange;
}

const writeTimeoutMs = 4_000;
/** The write and its confirmation must fit into what is left of the lease. */
const neededMs = 5_000;
const readBackPauseMs = 100;
const readBacks = 4;

/**
 * Changes one slot while nobody else changes a slot of this person, and returns once the change is in force everywhere:
 * every reserve compares the generation that is bumped here. `plan` sees the person as they are now; planning what
 * already stands writes nothing, but bumps and records all the same, because an earlier try may have died in between.
 * @throws GatewayError 409 `key_update_in_progress`, 503
 */
export async function changeSlot(
  options: SlotChangeOptions,
  caller: Caller,
  username: string,
  plan: (person: Person) => SlotChange,
): Promise<StoredKey> {
  const { people, balances, audit, logger } = options;
  const lease = await takeLease(options, username);
  try {
    const person = await people.read(username);
    if (!person) throw invalidApiKey();
    const change = plan(person);
    if (!isStored(person, change)) await writeAndConfirm(options, lease, person, change);
    await balances.bumpGeneration(username);
    await audit.record(caller, change.audit);
    return change.key;
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
  change: SlotChange,
): Promise<void> {
  const { username } = before;
  if (lease.remainingMs() < neededMs) throw keyUpdateInProgress();
  await writer.write(username, change.slot, change.key, writeTimeoutMs);
  for (let reading = 1; reading <= readBacks; reading++) {
    const after = await people.read(username);
    // With another generation somebody else has finished a change meanwhile: this writer had stalled and may have
    // written over theirs, so it must not say that all is well.
    if (lease.remainingMs() <= 0 || (after && after.generation !== change.key.g)) break;
    if (after && isStored(after, change)) return;
    if (reading < readBacks) await delay(readBackPauseMs);
  }
  logger.warn('key_write_contended', { username, slot: change.slot });
  throw keyUpdateInProgress();
}

function isStored(person: Person, { slot, key }: SlotChange): boolean {
  const stored = person.keys.get(slot);
  return stored?.id === key.id && stored.s === key.s && stored.h === key.h;
}
