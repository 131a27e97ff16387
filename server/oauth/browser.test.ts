import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../http.ts';
import { isSameOrigin, knownBrowser, markBrowser } from './browser.ts';

const issuer = 'https://abc.execute-api.us-west-2.amazonaws.com/prod';

function requestWith(headers: HttpRequest['headers']): HttpRequest {
  return {
    method: 'GET',
    path: '/oauth/authorize',
    query: new URLSearchParams(),
    headers,
    sourceIp: undefined,
    baseUrl: issuer,
    readBody: async () => new Uint8Array(),
  };
}

describe('the cookie', () => {
  test('is of this host alone, is read by no script, and comes with no form of another site', () => {
    const { headers } = markBrowser(requestWith({}), issuer);
    expect(headers['set-cookie']).toMatch(
      /^__Host-pennyworth-oauth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
    );
    const local = markBrowser(requestWith({}), 'http://127.0.0.1:8787').headers['set-cookie'];
    expect(local).toMatch(/^pennyworth-oauth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  });

  test('marks one browser through all steps, and no two alike', () => {
    const first = markBrowser(requestWith({}), issuer);
    const pair = first.headers['set-cookie']?.split(';')[0] ?? '';
    const back = requestWith({ cookie: [`other=1; ${pair}`] });
    expect(knownBrowser(back, issuer)).toBe(first.browser);
    expect(markBrowser(back, issuer).browser).toBe(first.browser);
    expect(markBrowser(requestWith({}), issuer).browser).not.toBe(first.browser);
    expect(pair).not.toContain(first.browser);
    // Planted under the name of plain http it is not looked at.
    expect(knownBrowser(requestWith({ cookie: [pair.replace('__Host-', '')] }), issuer)).toBeUndefined();
    expect(knownBrowser(requestWith({ cookie: ['__Host-pennyworth-oauth=short'] }), issuer)).toBeUndefined();
    expect(knownBrowser(requestWith({}), issuer)).toBeUndefined();
  });
});

test.each<[HttpRequest['headers'], boolean]>([
  [{}, true],
  [{ origin: ['https://abc.execute-api.us-west-2.amazonaws.com'] }, true],
  [{ origin: ['https://abc.execute-api.us-west-2.amazonaws.com'], 'sec-fetch-site': ['same-origin'] }, true],
  [{ origin: ['https://evil.example'] }, false],
  [{ origin: ['null'] }, false],
  [{ 'sec-fetch-site': ['cross-site'] }, false],
  [{ 'sec-fetch-site': ['same-site'] }, false],
])('a form with %j is ours: %s', (headers, expected) => {
  expect(isSameOrigin(requestWith(headers), issuer)).toBe(expected);
});
