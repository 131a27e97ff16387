import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { resourceNotFound } from './faults.ts';
import { type Context, getPool, type Operation, operation, toSeconds } from './operation.ts';
import { pageOf } from './page.ts';
import { type Group, groupKey } from './state.ts';
import { changeUser, getUser, toUserSummary, usersOf } from './users.ts';

const GroupName = z.string().check(z.minLength(1), z.maxLength(128), z.regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u));
const GroupInput = z.object({ UserPoolId: z.string(), GroupName });
const GroupSettings = z.extend(GroupInput, {
  Description: z.optional(z.string().check(z.maxLength(2048))),
  RoleArn: z.optional(z.string().check(z.minLength(20), z.maxLength(2048))),
  Precedence: z.optional(z.int().check(z.gte(0))),
});
const Membership = z.extend(GroupInput, { Username: z.string() });
const pageInput = {
  Limit: z._default(z.int().check(z.gte(0), z.lte(60)), 60),
  NextToken: z.optional(z.string()),
};

export const groupOperations: Readonly<Record<string, Operation>> = {
  CreateGroup: operation('signed', 'UserPoolResourceUpdate', GroupSettings, (context, input) => {
    const pool = getPool(context, input.UserPoolId);
    if (context.state.groups.get(groupKey(pool.id, input.GroupName)) !== undefined) {
      throw new AwsFault('GroupExistsException', 'A group with the name already exists.');
    }
    const now = context.now();
    const group: Group = {
      poolId: pool.id,
      name: input.GroupName,
      description: input.Description,
      roleArn: input.RoleArn,
      precedence: input.Precedence,
      createdAt: now,
      modifiedAt: now,
    };
    context.state.groups.put(group);
    return { Group: toDescription(group) };
  }),
  GetGroup: operation('signed', 'UserPoolResourceRead', GroupInput, (context, input) => ({
    Group: toDescription(getGroup(context, input.UserPoolId, input.GroupName)),
  })),
  /** What is not sent stays. */
  UpdateGroup: operation('signed', 'UserPoolResourceUpdate', GroupSettings, (context, input) => {
    const group = getGroup(context, input.UserPoolId, input.GroupName);
    const next: Group = {
      ...group,
      description: input.Description ?? group.description,
      roleArn: input.RoleArn ?? group.roleArn,
      precedence: input.Precedence ?? group.precedence,
      modifiedAt: context.now(),
    };
    context.state.groups.put(next);
    return { Group: toDescription(next) };
  }),
  ListGroups: operation(
    'signed',
    'UserPoolResourceRead',
    z.object({ UserPoolId: z.string(), ...pageInput }),
    (context, { UserPoolId, Limit, NextToken }) => {
      const pool = getPool(context, UserPoolId);
      const groups = [...context.state.groups.values()].filter((group) => group.poolId === pool.id);
      return toPage(groups, Limit, NextToken);
    },
  ),
  DeleteGroup: operation('signed', 'UserPoolResourceUpdate', GroupInput, (context, input) => {
    const group = getGroup(context, input.UserPoolId, input.GroupName);
    for (const user of usersOf(context, group.poolId)) {
      if (!user.groups.includes(group.name)) continue;
      context.state.users.put({ ...user, groups: user.groups.filter((name) => name !== group.name) });
    }
    context.state.groups.delete(group);
    return {};
  }),
  AdminAddUserToGroup: operation('signed', 'UserUpdate', Membership, (context, input) => {
    const pool = getPool(context, input.UserPoolId);
    const user = getUser(context, pool, input.Username, 'write');
    const { name } = getGroup(context, pool.id, input.GroupName);
    if (!user.groups.includes(name)) changeUser(context, user, { groups: [...user.groups, name] });
    return {};
  }),
  AdminRemoveUserFromGroup: operation('signed', 'UserUpdate', Membership, (context, input) => {
    const pool = getPool(context, input.UserPoolId);
    const user = getUser(context, pool, input.Username, 'write');
    const { name } = getGroup(context, pool.id, input.GroupName);
    if (user.groups.includes(name)) {
      changeUser(context, user, { groups: user.groups.filter((joined) => joined !== name) });
    }
    return {};
  }),
  AdminListGroupsForUser: operation(
    'signed',
    'UserResourceRead',
    z.object({ UserPoolId: z.string(), Username: z.string(), ...pageInput }),
    (context, { UserPoolId, Username, Limit, NextToken }) => {
      const pool = getPool(context, UserPoolId);
      const user = getUser(context, pool, Username, 'read');
      const groups = user.groups.map((name) => getGroup(context, pool.id, name));
      return toPage(groups, Limit, NextToken);
    },
  ),
  ListUsersInGroup: operation(
    'signed',
    'UserList',
    z.extend(GroupInput, pageInput),
    (context, { UserPoolId, GroupName: name, Limit, NextToken }) => {
      const group = getGroup(context, UserPoolId, name);
      const members = usersOf(context, group.poolId).filter((user) => user.groups.includes(group.name));
      const page = pageOf(members, (user) => user.key, Limit || 60, NextToken);
      return { Users: page.rows.map((user) => toUserSummary(user)), NextToken: page.next };
    },
  ),
};

/** @throws AwsFault ResourceNotFoundException */
function getGroup(context: Context, poolId: string, name: string): Group {
  const group = context.state.groups.get(groupKey(getPool(context, poolId).id, name));
  if (group === undefined) throw resourceNotFound('Group not found.');
  return group;
}

/** A limit of 0 is as good as none. */
function toPage(groups: readonly Group[], limit: number, token: string | undefined): Record<string, unknown> {
  const page = pageOf(groups, (group) => group.name, limit || 60, token);
  return { Groups: page.rows.map(toDescription), NextToken: page.next };
}

function toDescription(group: Group): Record<string, unknown> {
  return {
    GroupName: group.name,
    UserPoolId: group.poolId,
    Description: group.description,
    RoleArn: group.roleArn,
    Precedence: group.precedence,
    CreationDate: toSeconds(group.createdAt),
    LastModifiedDate: toSeconds(group.modifiedAt),
  };
}
