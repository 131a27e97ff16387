import {
  AddCustomAttributesCommand,
  AdminCreateUserCommand,
  AdminDeleteUserAttributesCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminUpdateUserAttributesCommand,
  type AttributeType,
  CreateUserPoolCommand,
  GetUserCommand,
  ListUsersCommand,
  UpdateUserAttributesCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, goodPassword, required, signIn, signInForTokens, startPool, type TestPool } from './testing.ts';

let pool: TestPool;

beforeAll(async () => {
  pool = await startPool();
  await createUser(pool, 'anna', { attributes: [{ Name: 'custom:k01', Value: 'hash of a key' }] });
});
afterAll(() => pool.close());

const target = (Username: string, at = pool) => ({ UserPoolId: at.userPoolId, Username });

async function attributesOf(username: string, at = pool): Promise<Record<string, string | undefined>> {
  const { UserAttributes } = await at.sdk.send(new AdminGetUserCommand(target(username, at)));
  return toRecord(UserAttributes);
}

function toRecord(list: readonly AttributeType[] | undefined): Record<string, string | undefined> {
  return Object.fromEntries(required(list).map(({ Name, Value }) => [Name, Value]));
}

function update(username: string, attributes: Record<string, string>, at = pool) {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  return at.sdk.send(new AdminUpdateUserAttributesCommand({ ...target(username, at), UserAttributes }));
}

describe('AdminCreateUser', () => {
  test('makes a person with a sub of their own', async () => {
    const username = '3f0e5d1c-8a5b-4c6d-9e7f-0a1b2c3d4e5f';
    const { User } = await pool.sdk.send(
      new AdminCreateUserCommand({ ...target(username), MessageAction: 'SUPPRESS' }),
    );
    expect(User).toEqual({
      Username: username,
      Attributes: [{ Name: 'sub', Value: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
      Enabled: true,
      UserStatus: 'FORCE_CHANGE_PASSWORD',
      UserCreateDate: expect.any(Date),
      UserLastModifiedDate: expect.any(Date),
    });
    expect(User?.Attributes?.[0]?.Value).not.toBe(username);
    const { $metadata: _, ...found } = await pool.sdk.send(new AdminGetUserCommand(target(username)));
    const { Attributes, ...rest } = required(User);
    expect(found).toEqual({ ...rest, UserAttributes: Attributes });
  });

  test.for([
    ['a taken username', { Username: 'anna' }, 'UsernameExistsException'],
    ['an e-mail as username', { Username: 'anna@example.org' }, 'InvalidParameterException'],
    ['a blank in the username', { Username: 'an na' }, 'InvalidParameterException'],
    ['a weak temporary password', { TemporaryPassword: 'Weak1234' }, 'InvalidPasswordException'],
    [
      'an attribute the pool lacks',
      { UserAttributes: [{ Name: 'custom:k99', Value: '' }] },
      'InvalidParameterException',
    ],
    [
      'a value too long',
      { UserAttributes: [{ Name: 'custom:k01', Value: 'x'.repeat(2049) }] },
      'InvalidParameterException',
    ],
    ['no e-mail address', { UserAttributes: [{ Name: 'email', Value: 'anna' }] }, 'InvalidParameterException'],
    ['a sub', { UserAttributes: [{ Name: 'sub', Value: 'mine' }] }, 'InvalidParameterException'],
    [
      'a message by e-mail to nobody new',
      { Username: 'anna', MessageAction: 'RESEND' },
      'UnsupportedUserStateException',
    ],
  ] as const)('refuses %s', async ([, input, name], { expect }) => {
    const { UserAttributes, ...rest } = { UserAttributes: [], ...input };
    const command = new AdminCreateUserCommand({ ...target('fresh'), ...rest, UserAttributes: [...UserAttributes] });
    await expect(pool.sdk.send(command)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  test('refuses an e-mail that is somebody’s alias, unless forced', async () => {
    await createUser(pool, 'eva', { email: 'shared@example.com' });
    await expect(createUser(pool, 'eve', { email: 'shared@example.com' })).rejects.toMatchObject({
      name: 'AliasExistsException',
      message: 'An account with the email already exists.',
    });
    await pool.sdk.send(
      new AdminCreateUserCommand({
        ...target('eve'),
        ForceAliasCreation: true,
        UserAttributes: [
          { Name: 'email', Value: 'shared@example.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    expect(await attributesOf('eva')).toMatchObject({ email: 'shared@example.com', email_verified: 'false' });
    expect(await attributesOf('shared@example.com')).toEqual(await attributesOf('eve'));
  });
});

describe('usernames and e-mails', () => {
  test.for([true, false])('with CaseSensitive %s', async (CaseSensitive, { expect }) => {
    const other = await startPool({ pool: { UsernameConfiguration: { CaseSensitive } } });
    try {
      await createUser(other, 'Anna', { email: 'Anna@Example.com' });
      for (const name of ['ANNA', 'anna@example.COM']) {
        const result = await signIn(other, name, goodPassword).then(
          ({ kind }) => kind,
          () => 'refused',
        );
        expect(result).toBe(CaseSensitive ? 'refused' : 'tokens');
      }
      const again = createUser(other, 'berta', { email: 'anna@example.com' });
      if (CaseSensitive) await again;
      else await expect(again).rejects.toMatchObject({ name: 'AliasExistsException' });
    } finally {
      await other.close();
    }
  });

  test('an e-mail that is not verified is no alias', async () => {
    await createUser(pool, 'hugo');
    await update('hugo', { email_verified: 'false' });
    await expect(signIn(pool, 'hugo@example.com', goodPassword)).rejects.toMatchObject({
      code: 'NotAuthorizedException',
    });
  });
});

describe('attributes', () => {
  test('AdminUpdateUserAttributes merges', async () => {
    await createUser(pool, 'carl', { attributes: [{ Name: 'custom:k01', Value: 'one' }] });
    const before = await attributesOf('carl');
    await update('carl', { 'custom:k02': 'two', name: '' });
    expect(await attributesOf('carl')).toEqual({ ...before, 'custom:k02': 'two', name: '' });
    await update('carl', { 'custom:k01': 'x'.repeat(2048), name: 'Carl' });
    expect(await attributesOf('carl')).toEqual({
      ...before,
      'custom:k01': 'x'.repeat(2048),
      'custom:k02': 'two',
      name: 'Carl',
    });
    const names = ['custom:k01', 'name', 'locale'];
    await pool.sdk.send(new AdminDeleteUserAttributesCommand({ ...target('carl'), UserAttributeNames: names }));
    const { 'custom:k01': _, ...rest } = before;
    expect(await attributesOf('carl')).toEqual({ ...rest, 'custom:k02': 'two' });
  });

  test('a refused update changes nothing', async () => {
    const before = await attributesOf('anna');
    await expect(update('anna', { name: 'New', 'custom:absent': 'x' })).rejects.toThrow(
      'Attributes did not conform to the schema: Type for attribute {custom:absent} could not be determined',
    );
    await expect(update('anna', { name: 'New', 'custom:k01': 'x'.repeat(2049) })).rejects.toThrow(
      "Value at 'userAttributes.2.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048",
    );
    expect(await attributesOf('anna')).toEqual(before);
  });

  test('a new e-mail is not verified until it is said to be, and may not be another’s', async () => {
    await createUser(pool, 'dora');
    await update('dora', { email: 'dora@example.org' });
    expect(await attributesOf('dora')).toMatchObject({ email: 'dora@example.org', email_verified: 'false' });
    const taken = update('dora', { email: 'anna@example.com', email_verified: 'true' });
    await expect(taken).rejects.toMatchObject({ name: 'AliasExistsException' });
  });

  test('a person’s own token reads and writes what the app client lists, never a key slot', async () => {
    const { access } = await signInForTokens(pool, 'anna');
    const own = (Name: string) =>
      pool.sdk.send(new UpdateUserAttributesCommand({ AccessToken: access, UserAttributes: [{ Name, Value: 'x' }] }));
    for (const name of ['custom:k01', 'email', 'email_verified', 'sub', 'custom:absent']) {
      await expect(own(name)).rejects.toMatchObject({
        name: 'NotAuthorizedException',
        message: 'A client attempted to write unauthorized attribute',
      });
    }
    await own('name');
    const { Username, UserAttributes } = await pool.sdk.send(new GetUserCommand({ AccessToken: access }));
    expect({ Username, ...toRecord(UserAttributes) }).toEqual({
      Username: 'anna',
      sub: (await attributesOf('anna'))['sub'],
      email: 'anna@example.com',
      email_verified: 'true',
      name: 'x',
    });
    expect((await attributesOf('anna'))['custom:k01']).toBe('hash of a key');
  });

  test('an app client that lists nothing reads and writes the standard attributes only', async () => {
    const other = await startPool({ client: { ReadAttributes: undefined, WriteAttributes: undefined } });
    try {
      await createUser(other, 'anna', { attributes: [{ Name: 'custom:k01', Value: 'hash' }] });
      const { access } = await signInForTokens(other, 'anna');
      const own = (Name: string) =>
        other.sdk.send(
          new UpdateUserAttributesCommand({ AccessToken: access, UserAttributes: [{ Name, Value: 'x' }] }),
        );
      await own('nickname');
      for (const name of ['custom:k01', 'email_verified', 'sub']) {
        await expect(own(name)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
      }
      const { UserAttributes } = await other.sdk.send(new GetUserCommand({ AccessToken: access }));
      expect(Object.keys(toRecord(UserAttributes)).sort()).toEqual(['email', 'email_verified', 'nickname', 'sub']);
      const listed = (WriteAttributes: string[]) =>
        other.sdk.send(
          new UpdateUserPoolClientCommand({ UserPoolId: other.userPoolId, ClientId: other.clientId, WriteAttributes }),
        );
      for (const name of ['custom:absent', 'sub', 'email_verified']) {
        await expect(listed([name])).rejects.toThrow('Invalid write attributes specified while updating a client');
      }
      await listed(['custom:k01']);
      await own('custom:k01');
      expect((await attributesOf('anna', other))['custom:k01']).toBe('x');
    } finally {
      await other.close();
    }
  });

  test('a pool has at most 50 custom ones, each with a name of at most 20 characters', async () => {
    const add = (names: string[]) =>
      pool.sdk.send(
        new AddCustomAttributesCommand({
          UserPoolId: pool.userPoolId,
          CustomAttributes: names.map((Name) => ({ Name, AttributeDataType: 'String' })),
        }),
      );
    const names = (count: number, letter: string) => Array.from({ length: count }, (_, index) => `${letter}${index}`);
    await add(names(23, 'a'));
    await expect(add(names(25, 'b'))).rejects.toMatchObject({ name: 'InvalidParameterException' }); // 3 + 23 + 25
    await add(names(24, 'b'));
    await expect(add(['one-more'])).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const name = 'x'.repeat(21);
    const create = (Name: string) =>
      pool.sdk.send(new CreateUserPoolCommand({ PoolName: 'names', Schema: [{ Name, AttributeDataType: 'String' }] }));
    await expect(create(name)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(add(['k01'])).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('ListUsers', () => {
  let people: TestPool;
  const names = Array.from({ length: 65 }, (_, index) => `person-${String(index).padStart(2, '0')}`);

  beforeAll(async () => {
    people = await startPool();
    for (const name of names) {
      await people.sdk.send(
        new AdminCreateUserCommand({
          ...target(name, people),
          UserAttributes: [
            { Name: 'email', Value: `${name}@example.com` },
            { Name: 'name', Value: name === 'person-07' ? 'Say "hi"' : 'Same' },
          ],
        }),
      );
    }
  });
  afterAll(() => people.close());

  const list = (input: Partial<ConstructorParameters<typeof ListUsersCommand>[0]>) =>
    people.sdk.send(new ListUsersCommand({ UserPoolId: people.userPoolId, ...input }));

  test('gives pages of at most 60, each person once, while people come and go', async () => {
    const first = await list({});
    expect(first.Users).toHaveLength(60);
    await people.sdk.send(new AdminDeleteUserCommand(target('person-03', people)));
    const second = await list({ PaginationToken: first.PaginationToken });
    expect([...required(first.Users), ...required(second.Users)].map((user) => user.Username)).toEqual(names);
    expect(second.PaginationToken).toBeUndefined();
    await expect(list({ Limit: 61 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(list({ PaginationToken: 'invented' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test.for([
    ['email = "person-05@example.com"', ['person-05']],
    ['username ^= "person-1"', names.slice(10, 20)],
    ['name = "Say \\"hi\\""', ['person-07']],
    ['email="PERSON-05@example.com"', []],
    ['cognito:user_status = "confirmed"', []],
    ['status = "Disabled"', []],
  ] as const)('finds by %s', async ([Filter, expected], { expect }) => {
    expect((await list({ Filter })).Users?.map((user) => user.Username)).toEqual(expected);
  });

  test.for(['custom:k01 = "x"', 'email ~ "x"', 'email = "x" and name = "y"', 'locale = "de"'])(
    'refuses to search by %s',
    async (Filter, { expect }) => {
      await expect(list({ Filter })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    },
  );

  test('shows chosen attributes, if everybody has them', async () => {
    const { Users } = await list({ AttributesToGet: ['name'], Limit: 1 });
    expect(Users?.map((user) => user.Attributes)).toEqual([[{ Name: 'name', Value: 'Same' }]]);
    await expect(list({ AttributesToGet: ['custom:k01'] })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});
