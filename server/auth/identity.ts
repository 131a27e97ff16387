import type { Scope } from '../../shared/api/keys.ts';
import type { Person } from '../people/person.ts';

/** Who calls, and by which credential. Made by authenticate(); nothing else decides it. */
export type Identity = KeyIdentity | TokenIdentity;

export interface KeyIdentity {
  readonly kind: 'key';
  readonly person: Person;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  /** Model patterns the key allows; `["*"]` = all. */
  readonly models: readonly string[];
  /** Patterns of MCP tools the key allows, by the names they are listed under; `["*"]` = all. */
  readonly mcpTools: readonly string[];
  readonly team: string | null;
  /** ms since the epoch; null = never. */
  readonly expiresAt: number | null;
}

export interface TokenIdentity {
  readonly kind: 'token';
  /** The app client it was made for: a token for MCP is good at /mcp only. */
  readonly client: 'cli' | 'mcp';
  readonly person: Person;
  /** The person's, as Cognito has them now. */
  readonly groups: readonly string[];
  readonly team: string | null;
}
