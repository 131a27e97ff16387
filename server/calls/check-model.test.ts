import { test } from 'vitest';
import type { Identity } from '../auth/identity.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { GatewayError } from '../errors.ts';
import { createModel } from '../local/bedrock/test-models.ts';
import type { Person } from '../people/person.ts';
import type { Rights } from '../people/rights.ts';
import { testPerson } from '../people/test-person.ts';
import { unlimited } from '../people/test-rights.ts';
import { checkModelAllowed } from './check-model.ts';

const target: CallTarget = {
  provider: 'bedrock',
  modelId: 'us.amazon.nova-lite-v1:0',
  model: createModel('amazon.nova-lite-v1:0', 'amazon', {}),
  price: null,
};
const all: Rights = { ...unlimited, models: ['*'], teams: ['red'] };
const fewer = (...models: string[]): Rights => ({ ...all, models });

const personWith = (rights: Rights): Person => ({ ...testPerson, groups: rights.teams, rights });
function key(rights: Rights, models: readonly string[], team: string | null = null): Identity {
  const person = personWith(rights);
  return { kind: 'key', person, keyId: 'key_1', scopes: ['inference'], models, mcpTools: ['*'], team, expiresAt: null };
}
function token(rights: Rights, team: string | null = null): Identity {
  return { kind: 'token', client: 'cli', person: personWith(rights), groups: rights.teams, team };
}

test.for([
  ['a key of someone who may all', key(all, ['*']), 'ok'],
  ['a key that covers it, of someone who may', key(fewer('*nova*'), ['us.amazon.*']), 'ok'],
  ['a key that does not cover it', key(all, ['claude-*']), /^403 model_not_allowed This key may call claude-\*, not/],
  [
    'a key that covers it, of someone who may not',
    key(fewer('claude-*'), ['*']),
    /^403 model_not_allowed You may call claude/,
  ],
  ['a key of someone who may nothing', key(fewer(), ['*']), /You may call no model, not/],
  ['a key that its team pays for', key(all, ['*'], 'red'), 'ok'],
  ['a key whose owner has left that team', key(all, ['*'], 'blue'), /^403 forbidden This key pays from the team blue/],
  ['the token of someone who may', token(fewer('us.amazon.nova-lite*'), 'red'), 'ok'],
  ['the token of someone who may not', token(fewer('claude-*')), /^403 model_not_allowed You may call claude/],
] as const)('%s', ([, identity, expected], { expect }) => {
  let outcome = 'ok';
  try {
    checkModelAllowed(identity, target);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    outcome = `${error.status} ${error.code} ${error.message}`;
  }
  expect(outcome).toMatch(expected);
});
