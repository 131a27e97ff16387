import fc from 'fast-check';
import { describe, test } from 'vitest';
import { GatewayError } from '../errors.ts';
import { testPerson } from '../people/test-person.ts';
import { type Access, authorize, checkClient, isModelAllowed } from './authorize.ts';
import type { Identity, TokenIdentity } from './identity.ts';

function keyWith(...scopes: ('inference' | 'usage' | 'mcp')[]): Identity {
  return {
    kind: 'key',
    person: testPerson,
    keyId: 'key_000000000001',
    scopes,
    models: ['*'],
    mcpTools: ['*'],
    team: null,
    expiresAt: null,
  };
}

function tokenIn(groups: string[], mfa = false): TokenIdentity {
  return { kind: 'token', client: 'cli', person: { ...testPerson, mfa }, groups, team: null };
}

function outcome(identity: Identity, access: Access): string {
  try {
    authorize(identity, access);
    return 'ok';
  } catch (error) {
    return error instanceof GatewayError ? `${error.status} ${error.code}` : String(error);
  }
}

const adminToken = tokenIn(['admin'], true);

describe('authorize', () => {
  const scope = '403 insufficient_scope';
  test.for([
    ['a key with inference', keyWith('inference'), ['ok', 'ok', scope, scope, scope, scope, scope]],
    ['a key with usage', keyWith('usage'), ['ok', scope, 'ok', scope, scope, scope, scope]],
    ['a key with mcp', keyWith('mcp'), ['ok', scope, scope, 'ok', scope, scope, scope]],
    ['a token', tokenIn(['red']), ['ok', 'ok', 'ok', 'ok', 'ok', '403 forbidden', '403 forbidden']],
    ['an auditor', tokenIn(['auditor']), ['ok', 'ok', 'ok', 'ok', 'ok', '403 forbidden', 'ok']],
    ['an admin', tokenIn(['admin']), ['ok', 'ok', 'ok', 'ok', 'ok', '403 mfa_required', '403 mfa_required']],
    ['an admin with MFA', tokenIn(['admin'], true), ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']],
    ['both without MFA', tokenIn(['admin', 'auditor']), ['ok', 'ok', 'ok', 'ok', 'ok', '403 mfa_required', 'ok']],
  ] as const)('decides every kind of route for %s', ([, identity, expected], { expect }) => {
    const kinds = ['anyone', 'inference', 'usage', 'mcp', 'self', 'admin', 'auditor'] as const;
    expect(kinds.map((access) => outcome(identity, access))).toEqual(expected);
  });

  test('opens /mcp alone to a token that is for MCP', ({ expect }) => {
    const kinds = ['anyone', 'inference', 'usage', 'mcp', 'self', 'admin', 'auditor'] as const;
    const refused = (identity: Identity) =>
      kinds.filter((access) => {
        try {
          checkClient(identity, access);
          return false;
        } catch (error) {
          return error instanceof GatewayError && error.status === 403 && error.code === 'insufficient_scope';
        }
      });
    const { person, groups, team } = adminToken;
    expect(refused({ kind: 'token', client: 'mcp', person, groups, team })).toEqual(
      kinds.filter((kind) => kind !== 'mcp'),
    );
    expect(refused(adminToken)).toEqual([]);
    expect(refused(keyWith('mcp'))).toEqual([]);
  });
});

describe('isModelAllowed', () => {
  const alias = 'claude-sonnet-4-5';
  const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

  test.for([
    [['*'], true],
    [['claude-sonnet-4-5'], true],
    [['claude-*'], true],
    [['*sonnet*'], true],
    [['us.anthropic.*'], true],
    [['*:0'], true],
    [['c*-*-*-5'], true],
    [['nova-*', 'claude-sonnet-4-5'], true],
    [['claude-sonnet'], false],
    [['sonnet*'], false],
    [['nova-*'], false],
    [['*-5-5'], false],
    [['claude-sonnet-4-5*claude-sonnet-4-5'], false],
    [['.*'], false],
    [['CLAUDE-*'], false],
    [[''], false],
    [[], false],
  ] as const)('%j → %s', ([patterns, expected], { expect }) => {
    expect(isModelAllowed(patterns, alias, modelId)).toBe(expected);
  });

  test('agrees with the regular expression of the same meaning', ({ expect }) => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(letters, text, (pattern, name) => {
        const meaning = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(isModelAllowed([pattern], name, name)).toBe(meaning.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no longer for a pattern made to backtrack', ({ expect }) => {
    const start = performance.now();
    expect(isModelAllowed(['*a'.repeat(100)], 'a'.repeat(99), `${'a'.repeat(100_000)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
