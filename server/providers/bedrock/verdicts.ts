import { ConditionFailedError, type DynamoClient, type Key } from '../../aws/dynamodb.ts';
import type { Clock } from '../../clock.ts';
import { type Logger, reasonOf } from '../../observe/logger.ts';

export interface VerdictsOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const version = 1;
const lastsSeconds = 7 * 24 * 3600;
const rereadAfterMs = 600_000;
/** A caller may name any ARN as a model: no more of them are kept in mind. */
const mostModels = 500;

interface Known {
  readonly readAt: number;
  fields: readonly string[];
}

/**
 * What models turned out not to have, learned by repairing refused requests and shared by all containers: one item a model
 * and field (pk `V#<model id>`, sk the field), which counts once two different requests have met it and is forgotten
 * after 7 days, for AWS may add what was missing. Nothing here ever fails or delays a call.
 */
export class Verdicts {
  readonly #options: VerdictsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: VerdictsOptions) {
    this.#options = options;
  }

  /**
   * The fields known to be refused, by what was read before; when that is older than 10 minutes, or nothing was, reading
   * begins for later calls.
   */
  confirmed(modelId: string): readonly string[] {
    const now = this.#options.clock.now();
    const known = this.#known.get(modelId);
    if (known && now - known.readAt < rereadAfterMs) return known.fields;
    const next: Known = { readAt: now, fields: known?.fields ?? [] };
    this.#keep(modelId, next);
    void this.#read(modelId, next);
    return next.fields;
  }

  /** A request was refused for these fields and taken without them. Resolves when that is written; never rejects. */
  async met(modelId: string, fields: readonly string[], requestId: string): Promise<void> {
    try {
      await Promise.all(fields.map((field) => this.#count({ pk: partition(modelId), sk: field }, requestId)));
    } catch (error) {
      this.#warn('verdict_write_failed', error);
    }
  }

  #keep(modelId: string, known: Known): void {
    this.#known.delete(modelId);
    this.#known.set(modelId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostModels && oldest !== undefined) this.#known.delete(oldest);
  }

  async #read(modelId: string, known: Known): Promise<void> {
    const { dynamo, table } = this.#options;
    try {
      const { items } = await dynamo.query(table, { pk: partition(modelId) });
      const now = this.#seconds();
      // DynamoDB may take days to delete what has expired.
      const valid = items.filter(
        ({ v, confirmed, ttl }) => v === version && confirmed === true && typeof ttl === 'number' && ttl > now,
      );
      known.fields = valid.flatMap(({ sk }) => (typeof sk === 'string' ? sk : []));
    } catch (error) {
      this.#warn('verdict_read_failed', error);
    }
  }

  /** The first request is kept by its id; another one confirms what it met. */
  async #count(key: Key, requestId: string): Promise<void> {
    const { dynamo, table } = this.#options;
    const now = this.#seconds();
    const ttl = now + lastsSeconds;
    const names = { '#first': 'first', '#ttl': 'ttl' };
    // Another container may write the first one between our two writes; the second round then confirms it.
    for (let round = 0; round < 2; round++) {
      try {
        await dynamo.updateItem(table, key, 'SET confirmed = :true, #ttl = :ttl', {
          condition: '#first <> :id AND #ttl > :now AND v = :v',
          names,
          values: { ':true': true, ':ttl': ttl, ':id': requestId, ':now': now, ':v': version },
        });
        return;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
      try {
        await dynamo.putItem(
          table,
          { ...key, v: version, first: requestId, confirmed: false, ttl },
          { condition: 'attribute_not_exists(pk) OR #ttl <= :now', names: { '#ttl': 'ttl' }, values: { ':now': now } },
        );
        return;
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
    }
  }

  #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  #warn(event: string, error: unknown): void {
    this.#options.logger.warn(event, { cause: reasonOf(error) });
  }
}

function partition(modelId: string): string {
  return `V#${modelId}`;
}
