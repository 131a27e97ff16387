import { randomUUID } from 'node:crypto';
import { AdminDisableUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { createApp } from '../app.ts';
import { type Gateway, startGateway } from '../auth/test-gateway.ts';
import type { Item } from '../aws/dynamodb.ts';
import { invalidApiKey } from '../errors.ts';
import {
  auditTable,
  callsOf,
  Deployment,
  type Instance,
  type TestClock,
  table,
  testClock,
} from '../keys/test-deployment.ts';
import { createLogger } from '../observe/logger.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createRefusals, stormOf401 } from './refusals.ts';

let deployment: Deployment;
let clock: TestClock;
let gateway: Gateway;
let instance: Instance;
let ann: string;
beforeAll(async () => {
  deployment = await Deployment.start();
});
afterAll(() => deployment.close());
beforeEach(async () => {
  clock = testClock();
  // What is counted by the minute and the hour begins with one.
  const late = clock.now() % 60_000;
  if (late > 30_000) clock.advance(60_000 - late);
  gateway = await startGateway(deployment, clock);
  instance = deployment.startInstance({ clock });
  ann = await deployment.createPerson();
});
afterEach(() => gateway.close());

/** Rows of a person's refused attempts, oldest first. */
async function refusalsOf(username: string): Promise<readonly Item[]> {
  return (await deployment.trail(clock.now())).filter(
    ({ actor, action }) => actor === username && String(action).endsWith('.refuse'),
  );
}

/** What is done after an answer is done soon after it. */
async function eventually<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const value = await read();
    if (isThere(value) || attempt === 100) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const puts = () => deployment.dynamo.calls.get('PutItem') ?? 0;
const suspicious = () => gateway.metricLines.filter((line) => line.includes('SuspiciousActivity'));
const chat = JSON.stringify({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] });

interface Case {
  readonly reason: string;
  readonly code: string;
  readonly action: 'key.refuse' | 'user.refuse';
  /** Makes the credential. */
  readonly make: () => Promise<{ readonly credential: string; readonly target: string }>;
  readonly path?: string;
  readonly body?: string;
}

const keyOf = async (input: Parameters<Deployment['createKey']>[2] = {}) => {
  const { key, id } = await deployment.createKey(instance, ann, input);
  return { credential: key, target: id };
};
const tokenOf = async (username = ann) => ({
  credential: (await deployment.signIn(username)).accessToken,
  target: username,
});

const cases: readonly Case[] = [
  {
    reason: 'key_revoked',
    code: 'key_revoked',
    action: 'key.refuse',
    make: async () => {
      const made = await keyOf();
      await instance.keys.revoke(await deployment.callerOf(instance, ann), made.target);
      return made;
    },
  },
  {
    reason: 'key_expired',
    code: 'key_expired',
    action: 'key.refuse',
    make: async () => {
      const made = await keyOf({ expires_in: '1h' });
      clock.advance(3_600_000);
      return made;
    },
  },
  {
    reason: 'person_disabled',
    code: 'invalid_api_key',
    action: 'key.refuse',
    make: async () => {
      const made = await keyOf();
      await disable();
      return made;
    },
  },
  {
    reason: 'person_disabled',
    code: 'invalid_api_key',
    action: 'user.refuse',
    make: async () => {
      const made = await tokenOf();
      await disable();
      return made;
    },
  },
  {
    reason: 'insufficient_scope',
    code: 'insufficient_scope',
    action: 'key.refuse',
    make: () => keyOf({ scopes: ['usage'] }),
  },
  {
    reason: 'model_not_allowed',
    code: 'model_not_allowed',
    action: 'key.refuse',
    make: () => keyOf({ models: ['nova-*'] }),
    path: '/v1/chat/completions',
    body: chat,
  },
  { reason: 'forbidden', code: 'forbidden', action: 'user.refuse', make: () => tokenOf(), path: '/v1/keys?all=true' },
  {
    reason: 'mfa_required',
    code: 'mfa_required',
    action: 'user.refuse',
    make: async () => {
      ann = await deployment.createPerson(['admin']);
      return tokenOf(ann);
    },
    path: '/v1/audit',
  },
];

async function disable(): Promise<void> {
  await deployment.admin.send(new AdminDisableUserCommand({ UserPoolId: deployment.userPoolId, Username: ann }));
  instance.people.forget(ann);
}

describe('an attempt of somebody who is known', () => {
  test.for(cases)('$action: $reason is one row an hour, from whichever instance', async (each, { expect }) => {
    const { credential, target } = await each.make();
    const other = await startGateway(deployment, clock);
    const ask = (asked: Gateway) =>
      asked.call(each.path ?? '/v1/models', credential, {
        ...(each.body !== undefined && { method: 'POST', body: each.body }),
      });
    const replies = [await ask(gateway), await ask(gateway)];
    const rows = await eventually(
      () => refusalsOf(ann),
      ({ length }) => length > 0,
    );
    const before = puts();
    replies.push(await ask(other), await ask(other));
    // The other instance asks for the marker, finds it taken, and writes nothing.
    expect(
      await eventually(
        async () => puts() - before,
        (count) => count >= 1,
      ),
    ).toBe(1);
    expect(await refusalsOf(ann)).toEqual(rows);
    expect(replies.map(({ code }) => code)).toEqual(replies.map(() => each.code));
    expect(rows).toEqual([
      {
        pk: expect.any(String),
        sk: expect.any(String),
        v: 1,
        actor: ann,
        actor_key: each.action === 'key.refuse' ? target : null,
        action: each.action,
        target,
        user: ann,
        request_id: replies[0]?.headers.get('x-request-id'),
        source_ip: '127.0.0.1',
        reason: each.reason,
      },
    ]);
    await other.close();
  });

  test('is told again in the next hour', async ({ expect }) => {
    const { credential } = await keyOf({ scopes: ['usage'], expires_in: 'never' });
    await gateway.call('/v1/models', credential);
    await eventually(
      () => refusalsOf(ann),
      ({ length }) => length === 1,
    );
    clock.advance(3_600_000);
    await gateway.call('/v1/models', credential);
    expect(
      await eventually(
        () => refusalsOf(ann),
        ({ length }) => length === 2,
      ),
    ).toHaveLength(2);
  });

  test('again and again costs two writes, however often', async ({ expect }) => {
    const made = await keyOf();
    await instance.keys.revoke(await deployment.callerOf(instance, ann), made.target);
    const before = puts();
    const ask = () => gateway.call('/v1/models', made.credential);
    const replies = await Promise.all(Array.from({ length: 1_000 }, ask));
    expect(new Set(replies.map(({ code }) => code))).toEqual(new Set(['key_revoked']));
    await eventually(
      () => refusalsOf(ann),
      ({ length }) => length > 0,
    );
    expect(puts() - before).toBe(2);
    expect(suspicious()).toHaveLength(1);
    expect(JSON.parse(suspicious()[0] ?? '')).toMatchObject({ SuspiciousActivity: 1, reason: 'key_revoked' });
    expect(
      gateway.logLines.filter((line) => line.includes('suspicious_activity')).map((line) => JSON.parse(line)),
    ).toMatchObject([{ level: 'warn', reason: 'key_revoked', username: ann, id: made.target }]);
  });

  test('is written after the answer, and the answer waits for nothing', async ({ expect }) => {
    const { credential } = await keyOf({ scopes: ['usage'] });
    const before = puts();
    const response = await createApp(gateway.context)({
      method: 'GET',
      path: '/v1/models',
      query: new URLSearchParams(),
      headers: { authorization: [`Bearer ${credential}`] },
      sourceIp: undefined,
      baseUrl: '',
      readBody: async () => new Uint8Array(),
    });
    expect([response.status, puts() - before]).toEqual([403, 0]);
    await response.finish?.({ clientClosed: false });
    expect(puts() - before).toBe(2);
    expect(await refusalsOf(ann)).toHaveLength(1);
  });
});

describe('a table that does not answer', () => {
  test('is told in the log, not to the caller', async ({ expect }) => {
    const broken = await Deployment.start();
    const { dynamo } = broken.clients();
    await broken.close();
    const lines: string[] = [];
    const logger = createLogger((line) => lines.push(line));
    const audit = createAuditTrail({ dynamo, table: auditTable, clock });
    const refusals = createRefusals({ audit, dynamo, table, clock, logger, metrics: undefined });
    const error = invalidApiKey({ username: 'ann', keyId: null, reason: 'person_disabled' });
    const request = { headers: {}, sourceIp: undefined };
    await refusals.note(error, { identity: undefined, request, requestId: 'req_1' })?.();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'refusal_not_recorded', username: 'ann', kind: 'person_disabled' },
    ]);
  });

  test('and whose answer was lost has its marker for the one who tried again', async ({ expect }) => {
    const { dynamo } = deployment.clients();
    const twice = {
      ...dynamo,
      putItem: async (...put: Parameters<typeof dynamo.putItem>) => {
        await dynamo.putItem(...put);
        await dynamo.putItem(...put);
      },
    };
    const audit = createAuditTrail({ dynamo, table: auditTable, clock });
    const logger = createLogger(() => undefined);
    const refusals = createRefusals({ audit, dynamo: twice, table, clock, logger, metrics: undefined });
    const error = invalidApiKey({ username: ann, keyId: null, reason: 'person_disabled' });
    const request = { headers: {}, sourceIp: undefined };
    await refusals.note(error, { identity: undefined, request, requestId: `req_${randomUUID()}` })?.();
    expect(await refusalsOf(ann)).toHaveLength(1);
  });
});

describe('a credential that nobody has', () => {
  const forged = () => `pnw_${randomUUID().replaceAll('-', '')}`;

  test('is counted and costs no call; a storm of them in one minute is told once', async ({ expect }) => {
    const before = callsOf(deployment.cognito, deployment.dynamo, deployment.ssm);
    for (let index = 1; index < stormOf401; index++) await gateway.call('/v1/models', forged());
    expect(suspicious()).toEqual([]);
    for (let index = 0; index < 50; index++) await gateway.call('/v1/models', forged());
    expect(suspicious().map((line) => JSON.parse(line).reason)).toEqual(['invalid_credentials']);
    expect(gateway.metricLines.filter((line) => line.includes('"event":"unauthorized"'))).toHaveLength(stormOf401 + 49);
    expect(callsOf(deployment.cognito, deployment.dynamo, deployment.ssm) - before).toBe(0);
  });

  test('that was never sent is no storm', async ({ expect }) => {
    const ask = () => fetch(new URL('/v1/models', gateway.url)).then(({ status }) => status);
    const statuses = await Promise.all(Array.from({ length: stormOf401 + 10 }, ask));
    expect([new Set(statuses), suspicious()]).toEqual([new Set([401]), []]);
  });
});
