import type { JsonWebKey } from 'node:crypto';
import { type Journal, openJournal } from '../journal.ts';
import type { SchemaAttribute } from './attributes.ts';
import type { ClientSettings } from './client-settings.ts';
import type { PoolSettings } from './pool-settings.ts';
import type { SoftwareToken } from './software-token.ts';

// Rows are never changed in place: a change is a new row, put into its table and with that into the journal.
// Times are in ms since the epoch.

export interface Pool {
  readonly id: string;
  readonly settings: PoolSettings;
  /** Standard and custom attributes; custom ones are only ever added. */
  readonly schema: readonly SchemaAttribute[];
  readonly keyId: string;
  /** RSA, 2,048 bits; signs this pool's tokens. */
  readonly privateKey: JsonWebKey;
  /** Hex; what an unknown person's salt and verifier are derived from. */
  readonly decoySecret: string;
  /** Second factors it offers, in force unless MfaConfiguration is OFF; undefined until somebody configures them. */
  readonly mfa?: { readonly softwareToken: boolean; readonly email?: MfaMail | undefined } | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** The mail with a code for a second factor; `{####}` in it is the code. */
interface MfaMail {
  readonly Message?: string | undefined;
  readonly Subject?: string | undefined;
}

export interface AppClient {
  readonly id: string;
  readonly poolId: string;
  readonly secret?: string | undefined;
  readonly settings: ClientSettings;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface Group {
  readonly poolId: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly precedence?: number | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** Where a pool's managed login is; its prefix, or a whole name of the operator's. */
interface Domain {
  readonly domain: string;
  readonly poolId: string;
  readonly managedLoginVersion: number;
}

export interface ResourceServer {
  readonly poolId: string;
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[];
}

export type MfaFactor = 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP';

export interface User {
  readonly poolId: string;
  readonly username: string;
  /** The username as the pool compares it: in lower case unless the pool is case-sensitive. */
  readonly key: string;
  /** `sub` among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly status: 'FORCE_CHANGE_PASSWORD' | 'CONFIRMED' | 'RESET_REQUIRED';
  /** Hex. A password itself is stored nowhere. */
  readonly salt: string;
  /** Hex. */
  readonly verifier: string;
  /** When a temporary password stops being good. */
  readonly temporaryUntil?: number | undefined;
  /** A code that was sent to set a new password with: SHA-256, base64url, and until when it is good. */
  readonly resetCode?: { readonly digest: string; readonly until: number } | undefined;
  /** Names, in the order in which they were joined. */
  readonly groups: readonly string[];
  /** Second factors the person has turned on. */
  readonly mfaSettings: readonly MfaFactor[];
  readonly preferredMfa?: MfaFactor | undefined;
  /** The one whose codes are taken. */
  readonly softwareToken?: SoftwareToken | undefined;
  /** Base32; handed out and not yet verified. */
  readonly pendingSecret?: string | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** One sign-in and everything that was refreshed from it. */
export interface Session {
  /** `origin_jti` of its tokens. */
  readonly id: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly userKey: string;
  readonly signedInAt: number;
  /** Of its refresh tokens; a rotated one inherits it. */
  readonly refreshUntil: number;
  readonly revoked: boolean;
  /** What was granted by the managed login; undefined: signed in by the API. */
  readonly grant?: Grant | undefined;
  readonly refreshTokens: readonly RefreshToken[];
}

export interface Grant {
  readonly scopes: readonly string[];
  /** `aud` of its access tokens. */
  readonly resource?: string | undefined;
}

export interface RefreshToken {
  /** SHA-256, base64url. */
  readonly digest: string;
  /** When rotation replaced it. */
  readonly replacedAt?: number | undefined;
}

interface Change<Row> {
  readonly put?: Row;
  readonly delete?: string;
}

/** Rows by key; every change is journalled before it returns. */
class Table<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #keyOf: (row: Row) => string;
  readonly #append: (change: Change<Row>) => void;

  constructor(keyOf: (row: Row) => string, append: (change: Change<Row>) => void) {
    this.#keyOf = keyOf;
    this.#append = append;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  put(row: Row): void {
    this.replay({ put: row });
    this.#append({ put: row });
  }

  delete(row: Row): void {
    const change = { delete: this.#keyOf(row) };
    this.replay(change);
    this.#append(change);
  }

  replay(change: Change<Row>): void {
    if (change.put !== undefined) this.#rows.set(this.#keyOf(change.put), change.put);
    if (change.delete !== undefined) this.#rows.delete(change.delete);
  }
}

type Entry =
  | (Change<Pool> & { readonly table: 'pools' })
  | (Change<AppClient> & { readonly table: 'clients' })
  | (Change<Domain> & { readonly table: 'domains' })
  | (Change<ResourceServer> & { readonly table: 'resourceServers' })
  | (Change<Group> & { readonly table: 'groups' })
  | (Change<User> & { readonly table: 'users' })
  | (Change<Session> & { readonly table: 'sessions' });

export interface State {
  readonly pools: Table<Pool>;
  readonly clients: Table<AppClient>;
  readonly domains: Table<Domain>;
  readonly resourceServers: Table<ResourceServer>;
  readonly groups: Table<Group>;
  readonly users: Table<User>;
  readonly sessions: Table<Session>;
  close(): void;
}

export function userKey(poolId: string, key: string): string {
  return `${poolId}/${key}`;
}

export function groupKey(poolId: string, name: string): string {
  return `${poolId}/${name}`;
}

export function resourceServerKey(poolId: string, identifier: string): string {
  return `${poolId}/${identifier}`;
}

/** An access token lives at most a day, so a session that ended longer ago has nothing left that could be used. */
const longestAccessMs = 86_400_000;

/** Everything that must survive, from its journal; without a file it is only in memory. */
export function openState(file: string | undefined, now: number): State {
  let journal: Journal<Entry> | undefined;
  const append = (entry: Entry) => journal?.append(entry);
  const pools = new Table<Pool>(
    (pool) => pool.id,
    (change) => append({ table: 'pools', ...change }),
  );
  const clients = new Table<AppClient>(
    (client) => client.id,
    (change) => append({ table: 'clients', ...change }),
  );
  const domains = new Table<Domain>(
    (domain) => domain.domain,
    (change) => append({ table: 'domains', ...change }),
  );
  const resourceServers = new Table<ResourceServer>(
    (server) => resourceServerKey(server.poolId, server.identifier),
    (change) => append({ table: 'resourceServers', ...change }),
  );
  const groups = new Table<Group>(
    (group) => groupKey(group.poolId, group.name),
    (change) => append({ table: 'groups', ...change }),
  );
  const users = new Table<User>(
    (user) => userKey(user.poolId, user.key),
    (change) => append({ table: 'users', ...change }),
  );
  const sessions = new Table<Session>(
    (session) => session.id,
    (change) => append({ table: 'sessions', ...change }),
  );
  const replay = (entry: Entry) => {
    switch (entry.table) {
      case 'pools':
        return pools.replay(entry);
      case 'clients':
        return clients.replay(entry);
      case 'domains':
        return domains.replay(entry);
      case 'resourceServers':
        return resourceServers.replay(entry);
      case 'groups':
        return groups.replay(entry);
      case 'users':
        return users.replay(entry);
      case 'sessions':
        return sessions.replay(entry);
    }
  };
  function* snapshot(): Generator<Entry> {
    for (const put of pools.values()) yield { table: 'pools', put };
    for (const put of clients.values()) yield { table: 'clients', put };
    for (const put of domains.values()) yield { table: 'domains', put };
    for (const put of resourceServers.values()) yield { table: 'resourceServers', put };
    for (const put of groups.values()) yield { table: 'groups', put };
    for (const put of users.values()) yield { table: 'users', put };
    for (const put of sessions.values()) {
      if (put.refreshUntil + longestAccessMs > now) yield { table: 'sessions', put };
    }
  }
  journal = openJournal(file, replay, snapshot);
  return { pools, clients, domains, resourceServers, groups, users, sessions, close: () => journal.close() };
}
