import { describe, expect, test } from 'vitest';
import { readSettings } from '../settings.ts';
import { bearerChallenge, findOAuth } from './deployment.ts';

const needed = {
  PENNYWORTH_TABLE: 'table',
  PENNYWORTH_AUDIT_TABLE: 'audit',
  PENNYWORTH_BUCKET: 'bucket',
  PENNYWORTH_USER_POOL_ID: 'us-west-2_AbCdEf123',
  PENNYWORTH_CLIENT_ID: 'cli',
  PENNYWORTH_ROOT_SECRET_PARAMETER: '/root',
};
const login = { PENNYWORTH_LOGIN_URL: 'https://people.auth.us-west-2.amazoncognito.com' };
const both = readSettings({ ...needed, ...login, PENNYWORTH_MCP_CLIENT_ID: 'mcp' });
const base = 'https://api.example.com';

describe('OAuth for MCP', () => {
  test('is there with an app client and a login, by variables or by the stage', () => {
    const expected = {
      clientId: 'mcp',
      loginUrl: 'https://people.auth.us-west-2.amazoncognito.com',
      issuer: base,
      resource: `${base}/mcp`,
      callback: `${base}/oauth/callback`,
      cognitoScope: `${base}/mcp/use`,
    };
    expect(findOAuth({ baseUrl: base }, both)).toEqual(expected);
    const byStage = readSettings({ ...needed, ...login });
    expect(findOAuth({ baseUrl: base, mcpClientId: 'mcp' }, byStage)).toEqual(expected);
    for (const [asked, settings] of [
      [{ baseUrl: base }, byStage],
      [{ baseUrl: base, mcpClientId: 'mcp' }, readSettings(needed)],
      [{ baseUrl: '' }, both],
      // A token of the command line's client is good everywhere, so it is none that programs may be given.
      [{ baseUrl: base, mcpClientId: 'cli' }, byStage],
    ] as const) {
      expect(findOAuth(asked, settings)).toBeUndefined();
    }
  });

  test.each([
    [{ ...login, PENNYWORTH_MCP_CLIENT_ID: 'cli' }, /PENNYWORTH_MCP_CLIENT_ID: is PENNYWORTH_CLIENT_ID/],
    [{ PENNYWORTH_MCP_CLIENT_ID: 'mcp' }, /PENNYWORTH_LOGIN_URL: PENNYWORTH_MCP_CLIENT_ID needs it/],
    [{ PENNYWORTH_LOGIN_URL: 'https://people.example.com/' }, /PENNYWORTH_LOGIN_URL: is the https address/],
    [{ PENNYWORTH_LOGIN_URL: 'http://people.example.com' }, /PENNYWORTH_LOGIN_URL/],
    [{ PENNYWORTH_LOGIN_URL: 'javascript:alert(1)' }, /PENNYWORTH_LOGIN_URL/],
  ])('does not start with %j', (more, fault) => {
    expect(() => readSettings({ ...needed, ...more })).toThrow(fault);
  });

  test('is told with each refusal at /mcp, and not where there is none', () => {
    const metadata = `resource_metadata="${base}/.well-known/oauth-protected-resource/mcp", scope="mcp"`;
    expect(bearerChallenge({ baseUrl: base }, both)).toBe(`Bearer ${metadata}`);
    expect(bearerChallenge({ baseUrl: base }, both, 'invalid_token')).toBe(`Bearer error="invalid_token", ${metadata}`);
    const none = readSettings(needed);
    expect(bearerChallenge({ baseUrl: base }, none)).toBe('Bearer');
    expect(bearerChallenge({ baseUrl: base }, none, 'insufficient_scope')).toBe('Bearer error="insufficient_scope"');
  });
});
