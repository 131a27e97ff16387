import { describe, test } from 'vitest';
import type { Identity } from '../auth/identity.ts';
import type { Config } from '../config.ts';
import { createModel } from '../local/bedrock/test-models.ts';
import { requestWith } from '../model/test-requests.ts';
import { testPerson } from '../people/test-person.ts';
import { planCall } from './plan.ts';

const model = { ...createModel('example.small', 'example', {}), maxOutputTokens: 8_000, minOutputTokens: 16 };
const token: Identity = { kind: 'token', client: 'cli', person: testPerson, groups: [], team: null };
const keyed = (keyId: string): Identity => {
  return {
    kind: 'key',
    person: testPerson,
    keyId,
    scopes: ['inference'],
    models: ['*'],
    mcpTools: ['*'],
    team: null,
    expiresAt: null,
  };
};

describe('the output cap', () => {
  const cases: readonly (readonly [string, number | undefined, number, readonly string[]])[] = [
    ['is the caller’s', 500, 500, []],
    ['is the model’s maximum at most, and that is told', 9_000, 8_000, ['max_tokens']],
    ['is the model’s minimum at least, and that is told', 1, 16, ['max_tokens']],
    ['is ours where the caller names none', undefined, 8_000, []],
  ];
  test.for(cases)('%s', ([, asked, maxOutputTokens, dropped], { expect }) => {
    const plan = planCall(requestWith({ maxOutputTokens: asked }), model, token, undefined);
    expect(plan).toEqual({ maxOutputTokens, guardrail: undefined, dropped });
  });
});

describe('the guardrail in force', () => {
  const callers = { id: 'callers', version: '1', trace: 'enabled_full', streamMode: 'async' } as const;
  const ofDefault = { id: 'default', version: '2' };
  const ofKey = { id: 'keys', version: 'DRAFT', trace: 'enabled' } as const;
  const config: Config['guardrails'] = { default: ofDefault, keys: { key_A: ofKey } };
  const cases: readonly (readonly [string, Config['guardrails'], Identity, boolean, object | undefined])[] = [
    ['is none where nobody wants one', undefined, token, false, undefined],
    ['is the caller’s where the operator has none', undefined, token, true, callers],
    [
      'is the caller’s where the operator has one for other keys',
      { keys: { key_A: ofKey } },
      keyed('key_B'),
      true,
      callers,
    ],
    ['is the deployment’s for a token', config, token, false, ofDefault],
    ['is the deployment’s for a key without one', config, keyed('key_B'), false, ofDefault],
    ['is the key’s own before the deployment’s', config, keyed('key_A'), false, ofKey],
    ['is the deployment’s, whatever the caller asks', config, token, true, ofDefault],
    ['is the key’s, whatever the caller asks', config, keyed('key_A'), true, ofKey],
    [
      'is the deployment’s for a key called like a member of all objects',
      config,
      keyed('constructor'),
      true,
      ofDefault,
    ],
  ];
  test.for(cases)('%s', ([, guardrails, identity, asks, guardrail], { expect }) => {
    const plan = planCall(requestWith({ guardrail: asks ? callers : undefined }), model, identity, guardrails);
    expect(plan.guardrail).toEqual(guardrail);
    expect(plan.dropped).toEqual(asks && guardrail !== callers ? ['guardrailConfig'] : []);
  });
});
