import { describe, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { isRedirectAllowed, withQuery } from './redirect-uris.ts';

const configOf = (...uris: readonly string[]) => JSON.stringify({ mcp: { redirect_uris: uris } });

describe('the operator’s list', () => {
  test('takes the place of the editors’, and loopback needs no entry', () => {
    const listed = parseConfig(configOf('https://claude.ai/api/mcp/auth_callback')).mcp?.redirect_uris;
    expect(isRedirectAllowed('https://claude.ai/api/mcp/auth_callback', listed)).toBe(true);
    expect(isRedirectAllowed('https://claude.ai/api/mcp/auth_callback')).toBe(false);
    expect(isRedirectAllowed('https://vscode.dev/redirect', listed)).toBe(false);
    expect(isRedirectAllowed('http://127.0.0.1:5/', listed)).toBe(true);
    expect(isRedirectAllowed('http://127.0.0.1:5/', [])).toBe(true);
  });

  test.each([
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['file:///etc/passwd'],
    ['http://example.com/cb'],
    ['blob:https://x'],
    ['intent://x'],
    ['https://example.com/cb#x'],
    ['https://example.com/c b'],
    ['https://user@example.com/'],
    ['example.com/cb'],
    ['https://example.com:99999/cb'],
    ['https://:80/'],
    ['https://%zz/'],
    ['https:////'],
    ['cursor://a:b'],
    [''],
  ])('cannot hold %j', (uri) => {
    expect(() => parseConfig(configOf(uri))).toThrow(/mcp\.redirect_uris\.0/);
  });

  test.each([['https://example.com:8443/cb?x=1'], ['cursor://a.b/c'], ['com.example.app:/cb']])(
    'may hold %j',
    (uri) => {
      expect(parseConfig(configOf(uri)).mcp?.redirect_uris).toEqual([uri]);
    },
  );
});

test.each([[65_536], [99_999]])('port %d is none, also on this computer', (port) => {
  const uri = `http://127.0.0.1:${port}/cb`;
  expect(isRedirectAllowed(uri, [uri])).toBe(false);
});

test('an answer is added to the query that an address has', () => {
  expect(withQuery('http://127.0.0.1:1/', { code: 'a&b', state: undefined })).toBe('http://127.0.0.1:1/?code=a%26b');
  expect(withQuery('http://127.0.0.1:1/cb?x=1', { code: 'a', iss: 'https://x' })).toBe(
    'http://127.0.0.1:1/cb?x=1&code=a&iss=https%3A%2F%2Fx',
  );
});
