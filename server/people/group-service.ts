import type { DeletedGroup, Group, GroupList, ListGroupsQuery, PutGroup } from '../../shared/api/groups.ts';
import { GroupName } from '../../shared/api/policy.ts';
import type { User } from '../../shared/api/users.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { isRole } from '../auth/teams.ts';
import { conflict, invalidRequest } from '../errors.ts';
import { readableErrors } from '../readable-errors.ts';
import { type CognitoGroup, unknownGroup } from './cognito-admin.ts';
import {
  confirmAdmin,
  forEach,
  isService,
  orUnavailable,
  type PeopleChangeOptions,
  putInForce,
  putInForceForMembers,
  readUser,
  withoutLastAdmin,
} from './people-change.ts';
import { type Policy, planTeamPolicy, showPolicy } from './policy.ts';
import { roleOfService } from './user-creation.ts';
import { toUser } from './user-view.ts';

/** Teams and roles, for administrators; auditors list and show. Every method throws GatewayError. */
export interface GroupService {
  list(query: ListGroupsQuery): Promise<GroupList>;
  show(name: string): Promise<Group>;
  /** Makes the group, or changes what is named of it. */
  put(caller: Caller, name: string, input: PutGroup): Promise<Group>;
  remove(caller: Caller, name: string): Promise<DeletedGroup>;
  /** Somebody who is in it already is answered the same. */
  addUser(caller: Caller, name: string, id: string): Promise<User>;
  /** Somebody who is not in it is answered the same. */
  removeUser(caller: Caller, name: string, id: string): Promise<User>;
}

/** What Cognito takes for the name of a group: also those made elsewhere than here can be looked at and removed. */
const cognitosNames = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;

export function createGroupService(options: PeopleChangeOptions): GroupService {
  const { admin, teamPolicies, audit, clock } = options;

  const find = async (name: string): Promise<CognitoGroup> => {
    const group = cognitosNames.test(name) ? await admin.findGroup(name) : undefined;
    if (!group) throw unknownGroup();
    return group;
  };
  const view = async (group: CognitoGroup) => {
    const policy = isRole(group.name) ? undefined : await teamPolicies.find(group.name);
    return toGroup(group, policy);
  };

  return {
    list: ({ limit, cursor }) =>
      orUnavailable(async () => {
        const asked = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { mark: cursor }) };
        const page = await admin.listGroups(asked);
        return { data: await Promise.all(page.items.map(view)), next: page.next ?? null };
      }),

    show: (name) => orUnavailable(async () => view(await find(name))),

    put: (caller, name, input) =>
      orUnavailable(async () => {
        checkName(name);
        const policy = planned(name, input);
        await confirmAdmin(options, caller);
        const isNew = await admin.createGroup(name, input.description ?? undefined);
        const before = await view(await find(name));
        if (!isNew && input.description !== undefined) await admin.describeGroup(name, input.description ?? '');
        if (policy !== undefined || isNew) {
          // A new team has no policy but the one given: what was left of another with its name goes.
          if (!isRole(name)) await teamPolicies.set(name, policy ?? null);
          await putInForceForMembers(options, name);
        }
        const after = await view(await find(name));
        await audit.record(caller, {
          action: isNew ? 'group.create' : 'group.update',
          target: name,
          username: null,
          ...(!isNew && { before: stateOf(before) }),
          after: stateOf(after),
        });
        return after;
      }),

    remove: (caller, name) =>
      orUnavailable(async () => {
        if (isRole(name)) throw roleStays(name);
        await confirmAdmin(options, caller);
        const before = await view(await find(name));
        const usernames = await allMembers(name);
        const members = usernames.length;
        const tellAll = () => forEach(usernames, (username) => putInForce(options, username));
        // The group itself goes last, because once it is gone nobody could ask for this again: whatever stops it before is
        // done anew by the same request.
        const state = { ...stateOf(before), members };
        await audit.record(caller, { action: 'group.delete', target: name, username: null, before: state });
        await teamPolicies.set(name, null);
        await tellAll();
        await admin.deleteGroup(name);
        // Whoever was read meanwhile still was in it. It gives them nothing any more, and is forgotten within a minute.
        await tellAll();
        return { name, deleted: true, members };
      }),

    addUser: (caller, name, id) =>
      orUnavailable(async () => {
        await confirmAdmin(options, caller);
        await find(name);
        const { user, groups } = await readUser(options, id);
        if (isRole(name) && isService(user)) throw roleOfService();
        const after = [...new Set([...groups, name])];
        // Before it is done: nobody has a role without a row.
        const states = { before: { groups: [...groups] }, after: { groups: after } };
        await audit.record(caller, { action: 'group.add_user', target: name, username: id, ...states });
        if (!groups.includes(name)) await admin.addToGroup(id, name);
        await putInForce(options, id);
        return toUser(options, { user, groups: after }, clock.now());
      }),

    removeUser: (caller, name, id) =>
      orUnavailable(async () => {
        await confirmAdmin(options, caller);
        await find(name);
        const { user, groups } = await readUser(options, id);
        const remove = () => admin.removeFromGroup(id, name);
        if (groups.includes(name)) {
          await (name === 'admin' ? withoutLastAdmin(options, caller, id, remove) : remove());
        }
        await putInForce(options, id);
        const after = groups.filter((group) => group !== name);
        const states = { before: { groups: [...groups] }, after: { groups: after } };
        await audit.record(caller, { action: 'group.remove_user', target: name, username: id, ...states });
        return toUser(options, { user, groups: after }, clock.now());
      }),
  };

  async function allMembers(name: string): Promise<string[]> {
    const names: string[] = [];
    let mark: string | undefined;
    do {
      const page = await admin.listMembers(name, mark === undefined ? {} : { mark });
      names.push(...page.items.map(({ username }) => username));
      mark = page.next;
    } while (mark !== undefined);
    return names;
  }
}

/** Undefined: the policy stays as it is; null: it goes. @throws GatewayError 400, 409 */
function planned(name: string, { policy }: PutGroup): Policy | null | undefined {
  if (policy && isRole(name)) throw roleStays(name);
  return policy ? planTeamPolicy(policy) : policy;
}

function checkName(name: string): void {
  const parsed = GroupName.safeParse(name, readableErrors);
  if (!parsed.success) throw invalidRequest(`group: ${parsed.error.issues[0]?.message}.`, 'group');
  const role = name.toLowerCase();
  if (!isRole(role) || role === name) return;
  throw invalidRequest(`group: ${name} would be taken for the role ${role}; choose another name.`, 'group');
}

function roleStays(name: string) {
  return conflict('role_group', `The group ${name} is a role: it cannot be deleted and has no policy.`);
}

function toGroup({ name, description, createdAt }: CognitoGroup, policy: Policy | undefined): Group {
  return {
    name,
    description,
    role: isRole(name),
    policy: showPolicy(policy),
    created_at: new Date(createdAt).toISOString(),
  };
}

function stateOf({ description, policy }: Group) {
  return { description, policy };
}
