import {
  AdminAddUserToGroupCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListUsersInGroupCommand,
  UpdateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, createUser, signInForTokens, startPool, type TestPool } from './testing.ts';

let pool: TestPool;

beforeAll(async () => {
  pool = await startPool();
  await createUser(pool, 'anna');
});
afterAll(() => pool.close());

const group = (GroupName: string) => ({ UserPoolId: pool.userPoolId, GroupName });
const membership = (GroupName: string) => ({ ...group(GroupName), Username: 'anna' });

test('a group can be made once, read, listed by pages and deleted', async () => {
  const { Group } = await pool.sdk.send(
    new CreateGroupCommand({ ...group('b'), Description: 'second', Precedence: 0 }),
  );
  const expected = {
    ...group('b'),
    Description: 'second',
    Precedence: 0,
    CreationDate: expect.any(Date),
    LastModifiedDate: expect.any(Date),
  };
  expect(Group).toEqual(expected);
  await pool.sdk.send(new CreateGroupCommand(group('a')));
  await expect(pool.sdk.send(new CreateGroupCommand(group('b')))).rejects.toMatchObject({
    name: 'GroupExistsException',
    message: 'A group with the name already exists.',
  });
  expect((await pool.sdk.send(new GetGroupCommand(group('b')))).Group).toEqual(expected);
  const first = await pool.sdk.send(new ListGroupsCommand({ UserPoolId: pool.userPoolId, Limit: 1 }));
  expect(first.Groups?.map((entry) => entry.GroupName)).toEqual(['a']);
  const { UserPoolId } = group('');
  const rest = await pool.sdk.send(new ListGroupsCommand({ UserPoolId, NextToken: first.NextToken }));
  expect(rest.Groups).toEqual([expected]);
  const { Group: updated } = await pool.sdk.send(new UpdateGroupCommand({ ...group('b'), Description: 'other' }));
  expect(updated).toMatchObject({ Description: 'other', Precedence: 0 });
  expect((await pool.sdk.send(new GetGroupCommand(group('b')))).Group).toEqual(updated);
  await pool.sdk.send(new DeleteGroupCommand(group('b')));
  await expect(pool.sdk.send(new GetGroupCommand(group('b')))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('members join twice as well as once, and what they are in stands in their next token', async () => {
  for (const name of ['team', 'admin']) {
    await pool.sdk.send(new CreateGroupCommand(group(name)));
    for (let time = 0; time < 2; time++) await pool.sdk.send(new AdminAddUserToGroupCommand(membership(name)));
  }
  const groups = async () => {
    const { Groups } = await pool.sdk.send(
      new AdminListGroupsForUserCommand({ UserPoolId: pool.userPoolId, Username: 'anna' }),
    );
    return Groups?.map((entry) => entry.GroupName);
  };
  const claims = async () => claimsOf((await signInForTokens(pool, 'anna')).access);
  expect(await groups()).toEqual(['admin', 'team']);
  expect(await claims()).toMatchObject({ 'cognito:groups': ['team', 'admin'] });
  const { Users } = await pool.sdk.send(new ListUsersInGroupCommand(group('admin')));
  expect(Users?.map((user) => user.Username)).toEqual(['anna']);
  await pool.sdk.send(new AdminRemoveUserFromGroupCommand(membership('team')));
  expect(await groups()).toEqual(['admin']);
  await pool.sdk.send(new DeleteGroupCommand(group('admin')));
  expect(await groups()).toEqual([]);
  expect(await claims()).not.toHaveProperty('cognito:groups');
  await pool.sdk.send(new CreateGroupCommand(group('admin')));
  expect(await groups()).toEqual([]);
});

test('nobody joins a group that is not there', async () => {
  await expect(pool.sdk.send(new AdminAddUserToGroupCommand(membership('absent')))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  const stranger = { ...membership('a'), Username: 'nobody' };
  await expect(pool.sdk.send(new AdminAddUserToGroupCommand(stranger))).rejects.toMatchObject({
    name: 'UserNotFoundException',
  });
});

test('groups of a person and people of a group come in pages, each once', async () => {
  const names = Array.from({ length: 5 }, (_, index) => `page-${index}`);
  for (const name of names) {
    await pool.sdk.send(new CreateGroupCommand(group(name)));
    await createUser(pool, name);
    await pool.sdk.send(new AdminAddUserToGroupCommand({ ...group(name), Username: 'page-0' }));
    await pool.sdk.send(new AdminAddUserToGroupCommand({ ...group('page-0'), Username: name }));
  }
  const pages = async (
    ask: (NextToken: string | undefined) => Promise<{ names: unknown[]; next?: string | undefined }>,
  ) => {
    const found: unknown[][] = [];
    let next: string | undefined;
    do {
      const page = await ask(next);
      found.push(page.names);
      next = page.next;
    } while (next !== undefined);
    return found;
  };
  const expected = [names.slice(0, 2), names.slice(2, 4), names.slice(4)];
  const { UserPoolId } = group('');
  const groups = await pages(async (NextToken) => {
    const input = { UserPoolId, Username: 'page-0', Limit: 2, NextToken };
    const page = await pool.sdk.send(new AdminListGroupsForUserCommand(input));
    return { names: page.Groups?.map((entry) => entry.GroupName) ?? [], next: page.NextToken };
  });
  expect(groups).toEqual(expected);
  const people = await pages(async (NextToken) => {
    const page = await pool.sdk.send(new ListUsersInGroupCommand({ ...group('page-0'), Limit: 2, NextToken }));
    return { names: page.Users?.map((entry) => entry.Username) ?? [], next: page.NextToken };
  });
  expect(people).toEqual(expected);
});
