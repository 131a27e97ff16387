import { DeletedGroup, Group, GroupList, ListGroupsQuery, PutGroup } from '../../shared/api/groups.ts';
import { type AuthenticatedCall, json, managementRoute } from '../route.ts';
import { callerOf, idOf } from './caller.ts';
import { oneUser, readErrors } from './users.ts';

const groupOf = ({ params }: AuthenticatedCall): string => params['group'] ?? '';

const oneGroup = { status: 200, schema: Group, streams: false };

export const groupRoutes = [
  managementRoute({
    method: 'GET',
    path: '/v1/groups',
    summary: 'List teams and roles with their policies',
    access: 'auditor',
    query: ListGroupsQuery,
    body: null,
    response: { status: 200, schema: GroupList, streams: false },
    errors: readErrors,
    handle: async (call) => json(200, await (await call.context.groups()).list(call.query)),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/groups/:group',
    summary: 'Show a team or role',
    access: 'auditor',
    query: null,
    body: null,
    response: oneGroup,
    errors: readErrors,
    handle: async (call) => json(200, await (await call.context.groups()).show(groupOf(call))),
  }),
  managementRoute({
    method: 'PUT',
    path: '/v1/groups/:group',
    summary: 'Make a team, or change its description or policy: in force with each member’s next call that spends',
    access: 'admin',
    query: null,
    body: PutGroup,
    response: oneGroup,
    errors: [...readErrors, 'role_group'],
    handle: async (call) =>
      json(200, await (await call.context.groups()).put(callerOf(call), groupOf(call), call.body)),
  }),
  managementRoute({
    method: 'DELETE',
    path: '/v1/groups/:group',
    summary: 'Delete a team; its members stay people',
    access: 'admin',
    query: null,
    body: null,
    response: { status: 200, schema: DeletedGroup, streams: false },
    errors: [...readErrors, 'role_group'],
    handle: async (call) => json(200, await (await call.context.groups()).remove(callerOf(call), groupOf(call))),
  }),
  managementRoute({
    method: 'PUT',
    path: '/v1/groups/:group/users/:id',
    summary: 'Add a person to a team, or give them a role',
    access: 'admin',
    query: null,
    body: null,
    response: oneUser,
    errors: [...readErrors, 'invalid_request'],
    handle: async (call) =>
      json(200, await (await call.context.groups()).addUser(callerOf(call), groupOf(call), idOf(call))),
  }),
  managementRoute({
    method: 'DELETE',
    path: '/v1/groups/:group/users/:id',
    summary: 'Take a person from a team, or a role from them',
    access: 'admin',
    query: null,
    body: null,
    response: oneUser,
    errors: [...readErrors, 'last_admin', 'update_in_progress'],
    handle: async (call) =>
      json(200, await (await call.context.groups()).removeUser(callerOf(call), groupOf(call), idOf(call))),
  }),
];
