import type * as z from 'zod/mini';
import type { Challenges } from './challenges.ts';
import { parseInput, resourceNotFound } from './faults.ts';
import type { Category, Throttle } from './limits.ts';
import type { Mailbox } from './mailbox.ts';
import type { AppClient, Pool, State } from './state.ts';
import type { TokenSigner } from './tokens.ts';

/** What every operation works with. */
export interface Context {
  readonly state: State;
  readonly challenges: Challenges;
  readonly throttle: Throttle;
  readonly tokens: TokenSigner;
  readonly mailbox: Mailbox;
  readonly region: string;
  /** ms since the epoch. */
  now(): number;
}

export interface Operation {
  /** Needs AWS credentials; the others need what the person or app client itself brings. */
  readonly signed: boolean;
  readonly category: Category;
  /** The answer's body. @throws AwsFault */
  run(context: Context, input: unknown): unknown;
}

export function operation<S extends z.core.$ZodType>(
  access: 'signed' | 'open',
  category: Category,
  schema: S,
  run: (context: Context, input: z.core.output<S>) => unknown,
): Operation {
  return {
    signed: access === 'signed',
    category,
    run: (context, input) => run(context, parseInput(schema, input)),
  };
}

/** @throws AwsFault ResourceNotFoundException */
export function getPool(context: Context, id: string): Pool {
  const pool = context.state.pools.get(id);
  if (pool === undefined) throw resourceNotFound(`User pool ${id} does not exist.`);
  return pool;
}

/** @throws AwsFault ResourceNotFoundException also when it belongs to another pool than the one named. */
export function getClient(context: Context, id: string, poolId?: string): AppClient {
  const client = context.state.clients.get(id);
  if (client === undefined || (poolId !== undefined && client.poolId !== poolId)) {
    throw resourceNotFound(`User pool client ${id} does not exist.`);
  }
  return client;
}

/** Times on the wire are seconds with a fraction. */
export function toSeconds(ms: number): number {
  return ms / 1000;
}
