import type { DynamoClient, Item } from '../aws/dynamodb.ts';
import { limitsItem } from '../money/limits.ts';
import type { Logger } from '../observe/logger.ts';
import { type Policy, readPolicy } from './policy.ts';

/** A policy with the team it is of, and how often it was set: balances follow the newest. */
export interface TeamPolicy extends Policy {
  readonly name: string;
  readonly generation: number;
  /** It has limits, or had some once: what the team spends is counted, so that others can be set later. */
  readonly isCounted: boolean;
}

/** The policy of a team: an item of its own, because Cognito's groups have no attributes. Every method throws AwsError. */
export interface TeamPolicies {
  /** Undefined when the team has none. Read consistently and never cached here: a person's record is what is cached. */
  find(group: string): Promise<TeamPolicy | undefined>;
  /** null takes it away; its number stays, so that another of that name begins above it. */
  set(group: string, policy: Policy | null): Promise<void>;
}

export function createTeamPolicies({
  dynamo,
  table,
  logger,
}: {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly logger: Logger;
}): TeamPolicies {
  const keyOf = (group: string) => ({ pk: `G#${group}`, sk: 'P' });
  return {
    async find(group) {
      const item = await dynamo.getItem(table, keyOf(group), { consistent: true });
      if (!item) return undefined;
      const policy = readPolicy(item, { group }, logger);
      const { models, team, limits } = policy;
      const isCounted = item['counted'] === true;
      if (!models && team === undefined && !limits && !isCounted) return undefined;
      return { ...policy, name: group, generation: typeof item['gen'] === 'number' ? item['gen'] : 0, isCounted };
    },
    async set(group, policy) {
      const { models, team, limits } = policy ?? {};
      const fields: [string, Item[string] | undefined][] = Object.entries({
        models,
        team,
        limits: limits && limitsItem(limits),
      });
      // Never taken away again.
      const counted = limits === undefined ? [] : ['counted = :yes'];
      const sets = fields.flatMap(([name, value]) => (value === undefined ? [] : [`#${name} = :${name}`]));
      const removals = fields.flatMap(([name, value]) => (value === undefined ? [`#${name}`] : []));
      const next = 'gen = if_not_exists(gen, :zero) + :one';
      const update = `SET ${['v = :v', next, ...counted, ...sets].join(', ')}${removals.length > 0 ? ` REMOVE ${removals.join(', ')}` : ''}`;
      const values: Record<string, Item[string]> = { ':v': 1, ':zero': 0, ':one': 1, ...(limits && { ':yes': true }) };
      for (const [name, value] of fields) if (value !== undefined) values[`:${name}`] = value;
      const names = Object.fromEntries(fields.map(([name]) => [`#${name}`, name]));
      await dynamo.updateItem(table, keyOf(group), update, { names, values });
    },
  };
}
