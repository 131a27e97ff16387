import * as z from 'zod/mini';
import { KeyList, ListKeysQuery } from '../../shared/api/keys.ts';
import { ListUsersQuery, UserList } from '../../shared/api/users.ts';
import { callerOf } from '../routes/caller.ts';
import { defineTool, type McpTool, readOnly } from './surface.ts';

const limit = z.optional(z.int().check(z.gte(1), z.lte(1000), z.describe('Rows of a page at most')));
const cursor = z.optional(z.string().check(z.maxLength(8192), z.describe('`next` of the page before')));

/** What administrators and auditors may see of people and keys: each tool reads as its route does. */
export const peopleTools: readonly McpTool[] = [
  defineTool({
    name: 'list_people',
    title: 'List people',
    description: 'People and service accounts with their groups and policies. For administrators and auditors.',
    access: 'auditor',
    input: z.strictObject({ ...ListUsersQuery.shape, limit, cursor }),
    output: UserList,
    annotations: readOnly,
    run: async (query, { call }) => (await call.context.users()).list(query),
  }),
  defineTool({
    name: 'list_keys',
    title: 'List everybody’s keys',
    description:
      'Everybody’s API keys, or those of one person, with owner, scopes, models, budgets and end; never their text. For administrators and auditors.',
    access: 'auditor',
    input: z.strictObject({
      user_id: z.optional(z.string().check(z.describe('Only keys of this person; list_people has the ids'))),
      status: ListKeysQuery.shape.status,
      limit,
      cursor,
    }),
    output: KeyList,
    annotations: readOnly,
    run: async (query, { call }) =>
      (await call.context.keys()).list(callerOf(call), query.user_id === undefined ? { ...query, all: 'true' } : query),
  }),
];
