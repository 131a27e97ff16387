import type { StoredKey } from '../keys/stored-key.ts';
import type { Policy } from './policy.ts';
import type { Rights } from './rights.ts';

/** A person (or service account) as Cognito has them, with the generation that was read before. */
export interface Person {
  /** Username in the pool (UUID v4): our id of a person everywhere. */
  readonly username: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly enabled: boolean;
  /** Whether SOFTWARE_TOKEN_MFA stands in UserMFASettingList. */
  readonly mfa: boolean;
  /** Cognito's groups: roles and teams, as they are now and not as a token says they were. */
  readonly groups: readonly string[];
  /** Of their own; null when only their teams' hold. */
  readonly policy: Policy | null;
  /** What own policy, teams' policies and the deployment's default come to. */
  readonly rights: Rights;
  /** Slot number (1…40) → what is stored there. */
  readonly keys: ReadonlyMap<number, StoredKey>;
  /** Slots that hold something this version cannot read: no key of them works, and none is taken for free. */
  readonly unreadableSlots: ReadonlySet<number>;
  /** Of the balance item, read (consistently) BEFORE Cognito: see security.md §2. */
  readonly generation: number;
}

/** The one cached way to a person: 60 s, coalesced, absent people remembered too, 300 s stale when Cognito fails. */
export interface People {
  /** @throws GatewayError 503 `auth_unavailable` when Cognito does not answer and nothing usable is cached. */
  find(username: string): Promise<Person | undefined>;
  /** Past every cache, for writers. */
  read(username: string): Promise<Person | undefined>;
  /** Drops the cached record: after a write, and when a reserve finds another generation. */
  forget(username: string): void;
}
