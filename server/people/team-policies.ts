import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Logger } from '../observe/logger.ts';
import { type Policy, readPolicy } from './policy.ts';

/** The policy of a team: an item of its own, because Cognito's groups have no attributes. Every method throws AwsError. */
export interface TeamPolicies {
  /** Undefined when the team has none. Read consistently and never cached here: a person's record is what is cached. */
  find(group: string): Promise<Policy | undefined>;
  /** null takes it away. */
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
      return item && readPolicy(item, { group }, logger);
    },
    async set(group, policy) {
      if (policy === null) return dynamo.deleteItem(table, keyOf(group));
      const { v, models, team } = policy;
      await dynamo.putItem(table, {
        ...keyOf(group),
        v,
        ...(models && { models }),
        ...(team !== undefined && { team }),
      });
    },
  };
}
